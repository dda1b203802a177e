package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// The same drafts and controls have the same result, however they are divided into batches.
func TestControlsAreInTheOrderOfDrafts(t *testing.T) {
	secret := [32]byte{1, 2, 3}
	at := time.UnixMilli(1_700_000_000_000)
	var all []Placed
	add := func(p Placed) {
		p.Position = Position{uint64(len(all)) + 1, at.Add(time.Duration(len(all)) * time.Second)}
		all = append(all, p)
	}
	add(Placed{Control: &Control{Secret: &secret}})
	for i := range 40 {
		add(Placed{Draft: drafts("lobby", string(rune('a'+i)), 1)[0]})
		switch i {
		case 10:
			add(Placed{Control: &Control{}}) // only uses up its position
		case 20:
			add(Placed{Control: &Control{Cuts: []Cut{{Room: "lobby", First: 15}, {Room: "attic", First: 1}}}})
		case 30:
			add(Placed{Control: &Control{Secret: &[32]byte{9}}}) // ignored, because it isn't the first position
		}
	}
	for _, batch := range []int{1, 7, 100} {
		f := newFile(t)
		var erased uint64
		for from := 0; from < len(all); from += batch {
			results, err := f.Commit(t.Context(), all[from:min(from+batch, len(all))])
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				erased = max(erased, r.Erased)
			}
		}
		id := journal.Identity{Secret: secret}
		if string(f.Key("x")) != string(id.Key("x")) {
			t.Errorf("in batches of %d the secret is different", batch)
		}
		s, _, err := f.Snapshot(t.Context(), "lobby")
		if err != nil || s.First != 15 || s.Head != 40 || f.Position().Position != uint64(len(all)) {
			t.Errorf("in batches of %d the room is %+v at %d, %v", batch, s, f.Position().Position, err)
		}
		if erased != 16 { // the position of seq 14: two controls come before it
			t.Errorf("in batches of %d Erased is %d, want 16", batch, erased)
		}
		again, err := f.Commit(t.Context(), []Placed{{Position: Position{uint64(len(all)) + 1, at.Add(time.Hour)}, Draft: drafts("lobby", "a", 1)[0]}})
		if err != nil || !again[0].Duplicate || again[0].Seq != 1 || again[0].Erased == 0 {
			t.Errorf("in batches of %d a repeat of a pruned message is %+v, %v", batch, again, err)
		}
	}
}

func TestOldEntriesAreFoundByTime(t *testing.T) {
	f := newFile(t)
	at := time.UnixMilli(1_700_000_000_000)
	for i := range 50 {
		if _, err := f.Commit(t.Context(), f.place(drafts("lobby", string(rune('a'+i)), 2), at.Add(time.Duration(i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Prune(t.Context(), []Cut{{Room: "lobby", First: 21}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  uint64
	}{
		{0, 0}, {5 * time.Minute, 0}, {10 * time.Minute, 0}, {11 * time.Minute, 22}, {20 * time.Minute, 40}, {20*time.Minute + time.Millisecond, 42}, {time.Hour, 100},
	} {
		if got, err := f.LastBefore(t.Context(), at.Add(c.after)); err != nil || got != c.want {
			t.Errorf("before minute %v it is %d, %v; want %d", c.after, got, err, c.want)
		}
	}
}

func TestLastErasure(t *testing.T) {
	f := newFile(t)
	if last, err := f.LastErasure(t.Context()); last != 0 || err != nil {
		t.Errorf("of an empty log it is %d, %v", last, err)
	}
	f.must(t, drafts("lobby", "a", 3))
	d := drafts("lobby", "d", 1)
	d[0].Event.Type, d[0].Event.Target = protocol.EventDeleted, 2
	if r := f.must(t, d); r[0].Erased != 4 {
		t.Errorf("Erased is %d, want 4", r[0].Erased)
	}
	f.must(t, drafts("lobby", "b", 3))
	if last, err := f.LastErasure(t.Context()); last != 4 || err != nil {
		t.Errorf("it is %d, %v; want 4", last, err)
	}
}

// A copy of a projection replaces another file, and keeps the incarnation.
func TestAProjectionKeepsItsIncarnation(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "a", 3))
	c, err := f.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	path := filepath.Join(t.TempDir(), "log.snug")
	other := openFile(t, path)
	other.must(t, drafts("lobby", "other", 30))
	fresh := path + ".fresh"
	copyFile(t, c.Name(), fresh)
	if err := Replace(path, fresh); !errors.Is(err, ErrInUse) {
		t.Errorf("a file that is open is replaced: %v", err)
	}
	if err := other.closeWriter(); err != nil { // as a kill would: its -wal is left
		t.Fatal(err)
	}
	other.lock.release()
	if err := other.reads.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, fresh); err != nil {
		t.Fatal(err)
	}
	g, err := OpenProjection(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	incarnation := g.Incarnation()
	if s, _, err := g.Snapshot(t.Context(), "lobby"); g.Renewed() || g.Incarnation() != f.Incarnation() || err != nil || s.Head != 3 {
		t.Errorf("it is renewed: %v; the room is %+v, %v", g.Renewed(), s, err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if g, err = OpenProjection(context.Background(), path); err != nil || g.Incarnation() != incarnation {
		t.Fatalf("opened again it has another incarnation, %v", err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	alone := openFile(t, path)
	defer alone.Close()
	if !alone.Renewed() || alone.Incarnation() == incarnation {
		t.Error("opened without the stream, it still has the stream's epochs")
	}
	if _, err := os.Stat(fresh); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", fresh, err)
	}
}
