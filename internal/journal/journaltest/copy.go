package journaltest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

var copying = []promise{
	{name: "ABackupIsTheSameLogWithOtherEpochs", holds: copiesAll, restores: true},
	{name: "ABackupIsTheLogAtOneMoment", holds: copiesOneMoment, restores: true},
	{name: "ABackupHasNoErasedText", holds: copiesNothingErased, restores: true},
}

// backup returns a backup of the journal.
func (w *watched) backup() []byte {
	w.t.Helper()
	copier, ok := w.Journal.(journal.Copier)
	if !ok {
		w.t.Fatal("the engine can't make backups")
	}
	r, size, err := copier.Copy(context.Background())
	if err != nil {
		w.t.Fatalf("copy: %v", err)
	}
	data, err := io.ReadAll(r)
	if err != nil || int64(len(data)) != size {
		w.t.Errorf("read %d bytes of %d, %v", len(data), size, err)
	}
	if err := r.Close(); err != nil {
		w.t.Errorf("close the copy: %v", err)
	}
	return data
}

// restored returns a journal on a backup.
func (w *watched) restored(backup []byte) *watched {
	w.t.Helper()
	return watch(w.t, w.engine.Restore(w.t, backup), w.engine)
}

func copiesAll(t *testing.T, j *watched) {
	d := message("lobby", "ann", "a", "hello")
	d.Private = []byte("192.0.2.7")
	d.State = []journal.Change{{Key: "topic", Value: []byte("seals")}}
	j.must(d)
	j.fill("lobby", 9)
	j.fill("attic", 400)
	was := j.snapshot("lobby")

	r := j.restored(j.backup())
	is := r.snapshot("lobby")
	if is.Epoch == was.Epoch {
		t.Error("a room of the backup has the epoch of the log")
	}
	if is.Epoch = was.Epoch; fmt.Sprint(is) != fmt.Sprint(was) {
		t.Errorf("the room is %+v, was %+v", is, was)
	}
	for _, room := range []string{"lobby", "attic"} {
		if diff := diff(j.up(room, 0), r.up(room, 0)); diff != "" {
			t.Errorf("%q (-log +backup):\n%s", room, diff)
		}
	}
	if !bytes.Equal(r.Key("seat"), j.Key("seat")) {
		t.Error("the backup has another key")
	}
	if o, err := r.put(d); err != nil || !o.Duplicate {
		t.Errorf("a message of the log, sent again to the backup: %+v, %v; want a duplicate", o, err)
	}
	if seq := r.must(message("lobby", "ann", "next", "hi")); seq != 11 {
		t.Errorf("the next seq of the backup is %d, want 11", seq)
	}
	if s := j.snapshot("lobby"); s.Epoch != was.Epoch || s.Head != 10 {
		t.Errorf("the log itself has become %+v", s)
	}
	again := r.restored(r.backup()).snapshot("lobby").Epoch
	if again == was.Epoch || again == r.snapshot("lobby").Epoch {
		t.Error("a backup of the backup has an earlier epoch")
	}
}

func copiesOneMoment(t *testing.T, j *watched) {
	j.fill("lobby", 300)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ctx.Err() == nil; i++ {
			for _, room := range []string{"first", "second"} { // in that order
				if _, err := j.put(message(room, "bob", fmt.Sprint(i), "hi")); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		}
	}()
	backup := j.backup()
	cancel()
	<-done
	r := j.restored(backup)
	first, second := r.snapshot("first").Head, r.snapshot("second").Head
	if first != second && first != second+1 {
		t.Errorf("it has %d and %d messages of two rooms that got them in turn", first, second)
	}
}

func copiesNothingErased(t *testing.T, j *watched) {
	j.must(message("lobby", "ann", "a", "a secret that goes"))
	j.must(message("lobby", "ann", "b", "what is said stays"))
	if backup := j.backup(); !bytes.Contains(backup, []byte("a secret that goes")) {
		t.Fatal("a backup doesn't have the text before it is erased")
	}
	j.must(target(protocol.EventDeleted, "lobby", "ann", "d", 1, "{}"))
	if backup := j.backup(); bytes.Contains(backup, []byte("a secret that goes")) || !bytes.Contains(backup, []byte("what is said stays")) {
		t.Error("the backup has erased text, or lacks other text")
	}
}

func contains(backup []byte, text string) bool { return bytes.Contains(backup, []byte(text)) }
