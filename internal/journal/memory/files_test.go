package memory_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

func store(t *testing.T, j journal.Files, content string) journal.File {
	t.Helper()
	u, err := j.NewFile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(u, content); err != nil {
		t.Fatal(err)
	}
	f, err := u.Store(t.Context(), journal.NewFile{Room: "lobby", Uploader: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// use sends a message of ann's to the lobby, with a file.
func use(t *testing.T, j journal.Journal, id string, file journal.File) {
	t.Helper()
	d := journal.Draft{Room: "lobby", Files: []string{file.ID}, Event: protocol.Event{
		Type: protocol.EventMessage, ID: id, From: protocol.Member{Member: "ann"}, Body: protocol.MessageBody{Content: "hi"}.Encode(),
	}}
	if err := j.Append(t.Context(), d, func(_ journal.Outcome, err error) {
		if err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// onDisk returns the names of the files in the temporary directory.
func onDisk(t *testing.T, tmp string) (names []string) {
	t.Helper()
	all, err := filepath.Glob(tmp + "/snug-files-*/*/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		names = append(names, filepath.Base(name))
	}
	return names
}

func TestFilesGoWithTheirTimeRoomAndJournal(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	synctest.Test(t, func(t *testing.T) {
		j := memory.Open(memory.Options{ForgetAfter: 3 * time.Hour})
		used := store(t, j, "used")
		use(t, j, "m", used)
		store(t, j, "unused")
		if all := onDisk(t, tmp); len(all) != 2 {
			t.Errorf("there are %v", all)
		}
		time.Sleep(journal.UnusedFor)
		synctest.Wait()
		if all := onDisk(t, tmp); !slices.Equal(all, []string{used.ID}) {
			t.Errorf("after an hour there are %v, want only the one that is used", all)
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if all := onDisk(t, tmp); len(all) != 0 {
			t.Errorf("of a room that is forgotten there are %v", all)
		}
		if _, err := j.StatFile(t.Context(), "lobby", used.ID); !errors.Is(err, journal.ErrGone) {
			t.Errorf("the file of a room that is forgotten: %v", err)
		}
		store(t, j, "until the end")
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
			t.Errorf("the journal has left %v, %v", left, err)
		}
	})
}

func TestFilesOfEntriesThatAreNoLongerKeptGo(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	j := memory.Open(memory.Options{Keep: 2})
	defer j.Close()
	first, second := store(t, j, "1"), store(t, j, "2")
	use(t, j, "1", first)
	use(t, j, "2", second)
	use(t, j, "3", store(t, j, "3"))
	if all := onDisk(t, tmp); len(all) != 2 || slices.Contains(all, first.ID) {
		t.Errorf("there are %v", all)
	}
}
