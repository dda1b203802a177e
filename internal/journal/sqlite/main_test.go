package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/protocol"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("SNUG_TEST_HOLD"); path != "" {
		hold(path)
	}
	if limit := os.Getenv("SNUG_TEST_FILES"); limit != "" {
		openWithFewFiles(os.Getenv("SNUG_TEST_PATH"), limit)
	}
	goleak.VerifyTestMain(m)
}

func openFile(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// newFile returns an open log in a new directory.
func newFile(t *testing.T) *File {
	t.Helper()
	f := openFile(t, filepath.Join(t.TempDir(), "log.snug"))
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return f
}

func drafts(room, prefix string, n int) []journal.Draft {
	ds := make([]journal.Draft, n)
	for i := range ds {
		ds[i] = journal.Draft{Room: room, Once: true, Event: protocol.Event{
			Type: protocol.EventMessage, ID: fmt.Sprint(prefix, i), From: protocol.Member{Member: "ann", Nick: "Ann", Role: protocol.RoleMember},
			Body: protocol.MessageBody{Content: "hello to " + room}.Encode(),
		}}
	}
	return ds
}

func (f *File) try(ds []journal.Draft) ([]Result, error) {
	return f.Commit(context.Background(), f.place(ds, time.Now()))
}

// place gives drafts the next positions of the log, and the time at.
func (f *File) place(ds []journal.Draft, at time.Time) []Placed {
	placed := make([]Placed, len(ds))
	for i, d := range ds {
		placed[i] = Placed{Position: Position{f.after.Position + uint64(i) + 1, at}, Draft: d}
	}
	return placed
}

func (f *File) must(t *testing.T, ds []journal.Draft) []Result {
	t.Helper()
	results, err := f.try(ds)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// raw executes statements on a log that Snug itself doesn't.
func raw(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// killed returns a log as a killed process leaves it: its last entries are only in the
// -wal. statements are executed before.
func killed(t *testing.T, statements ...string) string {
	t.Helper()
	f := newFile(t)
	f.must(t, drafts("lobby", "early-", 5))
	if err := f.closeWriter(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Reopen(t.Context()); err != nil { // which moves the first entries to the file
		t.Fatal(err)
	}
	f.must(t, drafts("lobby", "late-", 5))
	if len(statements) > 0 {
		raw(t, f.path, statements...)
	}
	path := filepath.Join(t.TempDir(), "copy.snug")
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(f.path + end)
		if err != nil || len(b) == 0 {
			t.Fatalf("%d bytes of %s: %v", len(b), end, err)
		}
		write(t, path+end, b)
	}
	return path
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// backup returns a copy of a log with ten entries.
func backup(t *testing.T) []byte {
	t.Helper()
	f := newFile(t)
	f.must(t, drafts("lobby", "", 10))
	c, err := f.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

// files returns the files in the directory of path, without the lock file.
func files(t *testing.T, path string) map[string][]byte {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string][]byte{}
	for _, e := range all {
		if filepath.Ext(e.Name()) == ".lock" || e.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
		if err != nil {
			b = []byte(err.Error()) // a link to nothing
		}
		contents[e.Name()] = b
	}
	return contents
}

// untouched fails if the files in the directory of path have changed.
func untouched(t *testing.T, path string, before map[string][]byte) {
	t.Helper()
	after := files(t, path)
	for name, b := range before {
		if !bytes.Equal(b, after[name]) {
			t.Errorf("%s was changed", name)
		}
		delete(after, name)
	}
	for name, b := range after {
		t.Errorf("%s is new and has %d bytes", name, len(b))
	}
}
