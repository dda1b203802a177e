package protocol

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// constants returns the values of this package's constants of a type, so that tests notice
// a new one that is missing elsewhere.
func constants(t *testing.T, typ string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typ {
				return true
			}
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok {
					value := lit.Value
					if unquoted, err := strconv.Unquote(value); err == nil {
						value = unquoted
					}
					values[value] = true
				}
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("no constants of type %s", typ)
	}
	return values
}

func readDocs(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDocsNameEveryConstant(t *testing.T) {
	text := readDocs(t)
	for _, typ := range []string{"CommandType", "EventType", "ErrorCode", "CloseCode"} {
		for value := range constants(t, typ) {
			if value == strconv.Itoa(int(CloseNoneGiven)) {
				continue // never sent (RFC 6455, section 7.4.1)
			}
			if !strings.Contains(text, "`"+value+"`") {
				t.Errorf("docs/protocol.md doesn't tell of %s %s", typ, value)
			}
		}
	}
}

// A line "> …" of an example is a frame to the server, "< …" one from it. If a frame is
// refused, the line below it is the refusal.
func TestDocsShowRealFrames(t *testing.T) {
	events := constants(t, "EventType")
	lines := strings.Split(readDocs(t), "\n")
	shown := 0
	for i, line := range lines {
		frame, kind := line[min(2, len(line)):], line[:min(2, len(line))]
		v1 := strings.HasPrefix(frame, `{"type"`)
		switch {
		case kind == "> ":
			if answer := refusalOf(frame, v1); answer != "" && lines[i+1] != "< "+answer {
				t.Errorf("line %d: the answer is %s", i+1, answer)
			}
		case kind == "< ":
			var e struct{ Type string }
			if err := json.Unmarshal([]byte(frame), &e); err != nil || v1 && !events[e.Type] {
				t.Errorf("line %d: no event %q, %v", i+1, e.Type, err)
			}
		default:
			continue
		}
		shown++
	}
	if shown < 20 {
		t.Errorf("only %d frames are shown", shown)
	}
}

// refusalOf returns the refusal of a frame that can't be decoded; empty if it can be.
func refusalOf(frame string, v1 bool) string {
	var e *Error
	if !v1 {
		if _, err := DecodePlain([]byte(frame)); errors.As(err, &e) {
			return string(AppendPlainError(nil, e))
		}
	} else if _, err := DecodeCommand([]byte(frame)); errors.As(err, &e) {
		return string(AppendError(nil, e))
	}
	return ""
}
