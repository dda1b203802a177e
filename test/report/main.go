// Command report reads what go test -json writes and prints what go test without
// -json would: a line for each package, and the whole output of the tests that
// failed. It also prints a line for each test that says NOT TESTED, which go test
// shows only with -v.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := report(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// event is a line of go test -json, as go doc test2json describes it.
type event struct {
	Action, Package, Test, Output string
}

// unit is a test, or a package where test is empty.
type unit struct{ pkg, test string }

// untested begins the reason of a skipped test that lacks something on this machine.
const untested = "NOT TESTED"

// report copies what matters from r to w. Lines that aren't events pass unchanged.
func report(r io.Reader, w io.Writer) error {
	out := bufio.NewWriter(w)
	outputs := make(map[unit][]string) // of what has not ended
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				_, _ = out.Write(line) // Flush returns the error
			} else {
				handle(out, outputs, e)
			}
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func handle(out *bufio.Writer, outputs map[unit][]string, e event) {
	u := unit{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		_, _ = out.WriteString(e.Output)
	case "output":
		outputs[u] = append(outputs[u], e.Output)
	case "skip":
		for _, line := range outputs[u] {
			if _, reason, ok := strings.Cut(line, untested); ok {
				_, _ = fmt.Fprintf(out, "%s%s (%s)\n", untested, strings.TrimRight(reason, "\n"), e.Test)
			}
		}
		end(out, outputs, u, false)
	case "pass":
		end(out, outputs, u, false)
	case "fail":
		end(out, outputs, u, true)
	}
}

// end prints the output of a test that has failed, or what go test says of a package. If a
// package fails, the tests in it that have not ended, such as those that a panic or a
// timeout ended, have failed too.
func end(out *bufio.Writer, outputs map[unit][]string, u unit, failed bool) {
	if failed && u.test == "" {
		for other := range outputs {
			if other.pkg == u.pkg && other.test != "" {
				end(out, outputs, other, true)
			}
		}
	}
	for _, line := range outputs[u] {
		noise := strings.HasPrefix(line, "=== ") || line == "PASS\n"
		if !noise && (failed || u.test == "" && !strings.Contains(line, "[no test files]")) {
			_, _ = out.WriteString(line)
		}
	}
	delete(outputs, u)
}
