// Command picture draws snug join as it is: a server, members who talk, and the
// terminal of one of them, as docs/img/join.svg. Run it at the root of the
// repository.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"snug/test/screen"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := draw(ctx, filepath.Join("docs", "img", "join.svg")); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		cancel()
		os.Exit(1) //nolint:gocritic // cancel has been called
	}
}

// draw builds the programs, lets people talk, and draws a terminal into file.
func draw(ctx context.Context, file string) (err error) {
	dir, err := os.MkdirTemp("", "snug-picture-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	build := exec.CommandContext(ctx, "go", "build", "-o", dir, "./cmd/server", "./cmd/snug") //nolint:gosec // a directory of its own
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the programs: %w", err)
	}
	server, stop, err := serve(ctx, dir)
	if err != nil {
		return err
	}
	defer stop()

	join := exec.CommandContext(ctx, filepath.Join(dir, "snug"), "join", "--server", server, "--nick", "ann", "teahouse", "ops", "lobby") //nolint:gosec // built a moment ago
	join.Env = append(os.Environ(), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=", "LC_ALL=C.UTF-8")
	ann, err := screen.Start(join, 100, 26)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ann.Close()) }()
	if err := talk(ctx, server, ann); err != nil {
		return fmt.Errorf("%w; on the screen was:\n%s", err, ann)
	}
	return os.WriteFile(file, ann.SVG("snug join teahouse ops lobby"), 0o644) //nolint:gosec // it is for all to see
}

// serve starts the server and returns its address.
func serve(ctx context.Context, dir string) (address string, stop func(), err error) {
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "server"), "--addr", "127.0.0.1:0", "--journal", "memory:") //nolint:gosec // built a moment ago
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start the server: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Kill() // it has nothing to keep
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	for word := range strings.FieldsSeq(line) {
		if strings.HasPrefix(word, "http://") {
			return word, stop, nil
		}
	}
	stop()
	return "", nil, fmt.Errorf("the server said %q where it should say its address: %w", line, err)
}
