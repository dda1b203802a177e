package journaltest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

var filing = []promise{
	{name: "AFileIsReadAsItWasWritten", holds: filesRead},
	{name: "AFileBelongsToOneMessageOfItsUploader", holds: filesUsedOnce},
	{name: "AnErasedMessageHasNoFiles", holds: filesErased},
	{name: "PrunedAndExpiredMessagesHaveNoFiles", holds: filesPruned},
	{name: "AClosedRoomHasNoFiles", holds: filesClosed},
	{name: "ARoomHasAsManyBytesAsItMay", holds: filesLimited},
	{name: "WhatIsDiscardedLeavesNothing", holds: filesDiscarded},
	{name: "FilesSurviveReopening", holds: filesReopened, reopens: true},
	{name: "ABackupHasTheFiles", holds: filesBackedUp, restores: true},
	{name: "ABackupOfNoFilesIsALogAlone", holds: filesNotBackedUp, restores: true},
	{name: "FilesThatAreNotOldAreNotDropped", holds: filesKept},
}

// files returns the journal's files.
func (w *watched) files() journal.Files { return w.Journal.(journal.Files) }

// write returns an upload with content.
func (w *watched) write(content string) journal.Upload {
	w.t.Helper()
	u, err := w.files().NewFile(context.Background())
	if err != nil {
		w.t.Fatalf("new file: %v", err)
	}
	if n, err := io.WriteString(u, content); err != nil || n != len(content) {
		w.t.Fatalf("write: %d, %v", n, err)
	}
	return u
}

// store stores a file of ann.
func (w *watched) store(room, content string) journal.File {
	w.t.Helper()
	f, err := w.write(content).Store(context.Background(), journal.NewFile{Room: room, Uploader: "ann", Info: []byte("about " + content)})
	if err != nil {
		w.t.Fatalf("store %q: %v", content, err)
	}
	return f
}

// content returns the content of a file, and why it can't be read.
func (w *watched) content(room, id string) (string, error) {
	r, _, err := w.files().OpenFile(context.Background(), room, id)
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	return string(content), err
}

// gone checks that files of the lobby are gone from the log, and soon from the disk.
func (w *watched) gone(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if content, err := w.content("lobby", id); !errors.Is(err, journal.ErrGone) {
			w.t.Errorf("a file that should be gone: %q, %v", content, err)
		}
		if _, err := w.files().StatFile(context.Background(), "lobby", id); !errors.Is(err, journal.ErrGone) {
			w.t.Errorf("a file that should be gone: %v", err)
		}
	}
	if w.engine.HasBytes == nil {
		return
	}
	for _, id := range ids {
		for w.engine.HasBytes(w.Journal, id) {
			time.Sleep(time.Millisecond) // the time limit of the test run ends it
		}
	}
}

// bytes checks how many bytes the files of a room have, or all if it is "".
func (w *watched) bytes(room string, want int64) {
	w.t.Helper()
	if n, err := w.files().FileBytes(context.Background(), room); err != nil || n != want {
		w.t.Errorf("the files of %q have %d bytes, %v; want %d", room, n, err, want)
	}
}

// withFiles returns a message with files.
func withFiles(room, member, id string, files ...journal.File) journal.Draft {
	d := message(room, member, id, "with files")
	for _, f := range files {
		d.Files = append(d.Files, f.ID)
	}
	return d
}

func filesRead(t *testing.T, j *watched) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 70_000)
	u, err := j.files().NewFile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for piece := content; len(piece) > 0; {
		n, err := u.Write(piece[:min(len(piece), 100_000)])
		if err != nil {
			t.Fatal(err)
		}
		piece = piece[n:]
	}
	copy(content[7:], "replaced")
	if _, err := u.WriteAt([]byte("replaced"), 7); err != nil {
		t.Error(err)
	}
	if _, err := u.WriteAt([]byte("x"), u.Size()); err == nil {
		t.Error("it can be written to behind its end")
	}
	some := make([]byte, 10)
	if _, err := u.ReadAt(some, 6); err != nil || string(some) != "6replacedf" {
		t.Errorf("read %q, %v", some, err)
	}
	before := time.Now().Add(-time.Minute)
	f, err := u.Store(t.Context(), journal.NewFile{Room: "lobby", Uploader: "ann", Info: []byte(`{"name":"a.txt"}`)})
	if err != nil {
		t.Fatal(err)
	}
	u.Discard() // does nothing
	if len(f.ID) < 26 || f.Room != "lobby" || f.Uploader != "ann" || f.Size != int64(len(content)) || f.Digest != sha256.Sum256(content) ||
		string(f.Info) != `{"name":"a.txt"}` || f.Seq != 0 || f.At.Before(before) {
		t.Errorf("stored as %+v", f)
	}
	r, is, err := j.files().OpenFile(t.Context(), "lobby", f.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if fmt.Sprint(is) != fmt.Sprint(f) {
		t.Errorf("opened as %+v, stored as %+v", is, f)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if _, err := r.Seek(-5, io.SeekEnd); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "bcdef" {
		t.Errorf("the end is %q, %v", got, err)
	}
	j.bytes("lobby", f.Size)
	j.bytes("attic", 0)
	j.bytes("", f.Size)
	for _, id := range []string{"", "a", "../" + f.ID, f.ID + "A", "new"} {
		if _, err := j.content("lobby", id); !errors.Is(err, journal.ErrGone) {
			t.Errorf("there is a file %q: %v", id, err)
		}
	}
	if _, err := j.content("attic", f.ID); !errors.Is(err, journal.ErrGone) {
		t.Errorf("another room has the file: %v", err)
	}
	if s := j.snapshot("lobby"); s.Head != 0 {
		t.Errorf("storing a file has added an entry: %+v", s)
	}
}

func filesUsedOnce(t *testing.T, j *watched) {
	a, b := j.store("lobby", "a"), j.store("lobby", "b")
	for what, d := range map[string]journal.Draft{
		"another member's": withFiles("lobby", "bob", "1", a),
		"another room's":   withFiles("attic", "ann", "2", a),
		"one twice":        withFiles("lobby", "ann", "3", a, b, a),
		"an unknown one":   withFiles("lobby", "ann", "4", a, journal.File{ID: "NOSUCHFILE"}),
	} {
		if _, err := j.put(d); !errors.Is(err, journal.ErrGone) {
			t.Errorf("a message with the file(s) %s: %v, want ErrGone", what, err)
		}
	}
	d := withFiles("lobby", "ann", "use", a, b)
	seq := j.must(d)
	if o, err := j.put(d); err != nil || !o.Duplicate || o.Seq != seq {
		t.Errorf("a repeat: %+v, %v", o, err)
	}
	if _, err := j.put(withFiles("lobby", "ann", "again", b)); !errors.Is(err, journal.ErrGone) {
		t.Errorf("a message with another one's file: %v, want ErrGone", err)
	}
	if f, err := j.files().StatFile(t.Context(), "lobby", b.ID); err != nil || f.Seq != seq {
		t.Errorf("the file belongs to %d, %v; want %d", f.Seq, err, seq)
	}
	if content, err := j.content("lobby", a.ID); err != nil || content != "a" {
		t.Errorf("%q, %v", content, err)
	}
}

func filesErased(t *testing.T, j *watched) {
	a, b, c := j.store("lobby", "a"), j.store("lobby", "bb"), j.store("lobby", "ccc")
	seq := j.must(withFiles("lobby", "ann", "m", a, b))
	j.must(withFiles("lobby", "ann", "other", c))
	r, _, err := j.files().OpenFile(t.Context(), "lobby", b.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d := message("lobby", "ann", "delete", "")
	d.Event.Type, d.Event.Target, d.Event.Body = protocol.EventDeleted, seq, []byte("{}")
	j.must(d)
	j.gone(a.ID, b.ID)
	j.bytes("lobby", 3)
	if content, err := j.content("lobby", c.ID); err != nil || content != "ccc" {
		t.Errorf("the file of another message: %q, %v", content, err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "bb" {
		t.Errorf("whoever has it open reads %q, %v", got, err)
	}
}

func filesPruned(t *testing.T, j *watched) {
	unused := j.store("lobby", "unused")
	var files []journal.File
	for i := range 3 {
		f := j.store("lobby", fmt.Sprint("file ", i))
		files = append(files, f)
		j.must(withFiles("lobby", "ann", fmt.Sprint("m", i), f))
	}
	if _, err := j.Journal.(journal.Pruner).Prune(t.Context(), journal.Retention{Last: 2}); err != nil {
		t.Fatal(err)
	}
	j.gone(files[0].ID)
	if content, err := j.content("lobby", files[1].ID); err != nil || content != "file 1" {
		t.Errorf("the file of a message that is kept: %q, %v", content, err)
	}
	if _, err := j.put(expire(-1)); err != nil {
		t.Fatal(err)
	}
	j.gone(files[1].ID, files[2].ID)
	j.bytes("", unused.Size)
}

func filesClosed(t *testing.T, j *watched) {
	a, unused, other := j.store("lobby", "a"), j.store("lobby", "b"), j.store("attic", "c")
	j.must(withFiles("lobby", "ann", "m", a))
	j.must(closeOf("lobby", "close"))
	j.gone(a.ID, unused.ID)
	j.bytes("lobby", 0)
	j.bytes("", 1)
	if content, err := j.content("attic", other.ID); err != nil || content != "c" {
		t.Errorf("the file of another room: %q, %v", content, err)
	}
	u := j.write("too late")
	if _, err := u.Store(t.Context(), journal.NewFile{Room: "lobby", Uploader: "ann"}); !errors.Is(err, journal.ErrRoomClosed) {
		t.Errorf("store in a closed room: %v, want ErrRoomClosed", err)
	}
}

func filesLimited(t *testing.T, j *watched) {
	store := func(room, content string, most int64) error {
		_, err := j.write(content).Store(t.Context(), journal.NewFile{Room: room, Uploader: "ann", MaxRoom: most})
		return err
	}
	for _, c := range []struct {
		room, content string
		max           int64
		want          error
	}{
		{"lobby", "0123456789", 9, journal.ErrNoSpace},
		{"lobby", "0123456789", 10, nil},
		{"lobby", "0", 10, journal.ErrNoSpace},
		{"attic", "0123456789", 10, nil},
		{"lobby", "0", 11, nil},
		{"lobby", "0123456789", 0, nil},
	} {
		if err := store(c.room, c.content, c.max); !errors.Is(err, c.want) {
			t.Errorf("%d bytes in %q, which may have %d: %v, want %v", len(c.content), c.room, c.max, err, c.want)
		}
	}
	j.bytes("lobby", 21)
}

func filesDiscarded(t *testing.T, j *watched) {
	u := j.write("nothing")
	u.Discard()
	u.Discard()
	if _, err := u.Store(t.Context(), journal.NewFile{Room: "lobby", Uploader: "ann"}); err == nil {
		t.Error("what was discarded can be stored")
	}
	j.bytes("", 0)
}

func filesReopened(t *testing.T, j *watched) {
	unused, used := j.store("lobby", "unused"), j.store("lobby", "used")
	j.must(withFiles("lobby", "ann", "m", used))
	j.write("not stored")
	j.reopen()
	for _, f := range []journal.File{unused, used} {
		if content, err := j.content("lobby", f.ID); err != nil || "about "+content != string(f.Info) {
			t.Errorf("%s: %q, %v", f.Info, content, err)
		}
	}
	j.must(withFiles("lobby", "ann", "later", unused))
	j.bytes("", 10)
}

func filesKept(t *testing.T, j *watched) {
	f := j.store("lobby", "fresh")
	d := note("lobby", "k", "v")
	d.DropFiles = true
	if _, err := j.put(d); err != nil {
		t.Fatal(err)
	}
	j.must(withFiles("lobby", "ann", "m", f))
}

func filesBackedUp(t *testing.T, j *watched) {
	var files []journal.File
	for i := range 5 {
		files = append(files, j.store("lobby", fmt.Sprintf("file %d %s", i, bytes.Repeat([]byte("x"), 300*i))))
	}
	empty := j.store("attic", "")
	seq := j.must(withFiles("lobby", "ann", "m", files[0], files[1]))
	j.must(withFiles("lobby", "ann", "n", files[2]))
	d := message("lobby", "ann", "d", "")
	d.Event.Type, d.Event.Target, d.Event.Body = protocol.EventDeleted, seq, []byte("{}")
	j.must(d)
	backup, size, err := j.Journal.(journal.Copier).Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// What is erased while the backup is read stays in it.
	d.Event.ID, d.Event.Target = "e", seq+1
	j.must(d)
	data, err := io.ReadAll(backup)
	if err := errors.Join(err, backup.Close()); err != nil || int64(len(data)) != size {
		t.Fatalf("read %d bytes of %d, %v", len(data), size, err)
	}
	j.gone(files[0].ID, files[1].ID, files[2].ID)
	r := j.restored(data)
	r.gone(files[0].ID, files[1].ID)
	for _, f := range append(files[2:], empty) {
		if content, err := r.content(f.Room, f.ID); err != nil || "about "+content != string(f.Info) {
			t.Errorf("%.20s: %.20q, %v", f.Info, content, err)
		}
	}
	if f, err := r.files().StatFile(t.Context(), "lobby", files[2].ID); err != nil || f.Seq != seq+1 {
		t.Errorf("%+v, %v", f, err)
	}
	r.must(withFiles("lobby", "ann", "later", files[4]))
	if is := string(j.restored(j.backup()).backup()[:6]); is != "snug.d" {
		t.Errorf("a backup with files begins with %q", is)
	}
}

func filesNotBackedUp(t *testing.T, j *watched) {
	f := j.store("lobby", "a")
	j.must(withFiles("lobby", "ann", "m", f))
	j.must(closeOf("lobby", "close"))
	if is := string(j.backup()[:6]); is != "SQLite" {
		t.Errorf("a backup of no files begins with %q", is)
	}
}
