package hook_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"snug/internal/hook"
)

var update = flag.Bool("update", false, "write what Decode returns into the fixtures, to be read before it is kept")

// Each fixture is what one sender posts, and the message it becomes. Its comment names the
// source that shows how the sender builds the body.
func TestWhatSendersPostBecomesAMessage(t *testing.T) {
	names, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(name, "testdata/"), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(archive.Comment, []byte("Source: ")) {
				t.Error("the fixture doesn't name its source")
			}
			header, body, want := fixture(t, archive)
			got := describe(hook.Decode(header, body, "", 4000))
			if *update {
				archive.Files[2].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

// fixture returns the parts of an archive: a request's header and body, and the message.
func fixture(t *testing.T, archive *txtar.Archive) (header http.Header, body []byte, want string) {
	t.Helper()
	if len(archive.Files) != 3 {
		t.Fatalf("%d files: there must be header, body, message", len(archive.Files))
	}
	lines := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(archive.Files[0].Data, '\n'))))
	h, err := lines.ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	return http.Header(h), bytes.TrimSuffix(archive.Files[1].Data, []byte("\n")), string(archive.Files[2].Data)
}

// describe returns what a fixture's "message" shows.
func describe(m hook.Message, err error) string {
	if refusal := (*hook.Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Word + ": " + refusal.Detail + "\n"
	}
	return "as: " + m.As + "\n" + m.Content + "\n"
}
