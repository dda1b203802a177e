package sqlite

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal"
	"snug/protocol"
)

const canary = "a canary that is not to survive"

// closing returns a draft that closes the lobby.
func closing() journal.Draft {
	d := drafts("lobby", "close", 1)[0]
	d.Event.Type, d.Close = protocol.EventModerated, true
	return d
}

// cage fills a room with n messages that have the canary, with as many IDs and keys.
func (f *File) cage(t *testing.T, room string, n int) {
	t.Helper()
	ds := drafts(room, canary, n)
	for i := range ds {
		ds[i].Event.Body, ds[i].Private = protocol.MessageBody{Content: canary}.Encode(), []byte(canary)
		ds[i].State = []journal.Change{{Key: fmt.Sprint(canary, i), Value: []byte(canary)}}
	}
	f.must(t, ds)
}

// caged returns which files of a log have the canary.
func caged(t *testing.T, path string) (names []string) {
	t.Helper()
	for name, held := range files(t, path) {
		if bytes.Contains(held, []byte(canary)) {
			names = append(names, name)
		}
	}
	return names
}

func (f *File) sweepAll(t *testing.T) (steps int) {
	t.Helper()
	for more := true; more; steps++ {
		var err error
		if more, err = f.RemoveLeftovers(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return steps
}

// Commits go on between the steps.
func TestWhatAClosedRoomHasLeftGoesInSteps(t *testing.T) {
	f := newFile(t)
	f.cage(t, "lobby", 3*leftoversStep)
	f.must(t, drafts("attic", "a", 2))
	if results := f.must(t, append(drafts("lobby", "last", 1), closing(), drafts("lobby", "late", 1)[0])); !results[1].Closed || results[1].Seq != 3*leftoversStep+2 || results[1].Generation != 0 || results[2].Err == nil {
		t.Fatalf("the close: %+v", results)
	}
	if s, _, err := f.Snapshot(t.Context(), "lobby"); err != nil || s.Head != 0 || s.Generation != 1 || len(s.State) != 0 {
		t.Errorf("before anything is removed the room is %+v, %v", s, err)
	}
	steps := 0
	for more := true; more; steps++ {
		var err error
		if more, err = f.RemoveLeftovers(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.must(t, drafts("attic", fmt.Sprint("between", steps), 1))
	}
	if want := 5; steps != want { // four with rows, and one that finds none
		t.Errorf("it took %d steps, want %d", steps, want)
	}
	if err := f.WriteBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names := caged(t, f.path); len(names) > 0 {
		t.Errorf("the text of the closed room is in %v", names)
	}
	if s, _, err := f.Snapshot(t.Context(), "attic"); err != nil || s.Head != uint64(2+steps) {
		t.Errorf("the other room is %+v, %v", s, err)
	}
}

// The log is copied as a kill leaves it: before the first step, and after it.
func TestAKillDoesNotKeepWhatAClosedRoomHasLeft(t *testing.T) {
	f := newFile(t)
	f.cage(t, "lobby", 2*leftoversStep)
	f.must(t, []journal.Draft{closing()})
	for steps := range 2 {
		path := filepath.Join(t.TempDir(), "log.snug")
		for _, end := range []string{"", "-wal", ".lock"} {
			b, err := os.ReadFile(f.path + end)
			if err != nil {
				t.Fatal(err)
			}
			write(t, path+end, b)
		}
		g := openFile(t, path)
		if len(caged(t, path)) == 0 {
			t.Fatal("nothing is left before it is removed")
		}
		if s, _, err := g.Snapshot(t.Context(), "lobby"); err != nil || s.Head != 0 || s.Generation != 1 || s.Closed.IsZero() {
			t.Errorf("after a kill at step %d the room is %+v, %v", steps, s, err)
		}
		if r := g.must(t, drafts("lobby", "late", 1)); r[0].Err == nil {
			t.Error("it takes a draft")
		}
		g.sweepAll(t)
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		if names := caged(t, path); len(names) > 0 {
			t.Errorf("after a kill at step %d the text is in %v", steps, names)
		}
		if _, err := f.RemoveLeftovers(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACopyHasNothingThatAClosedRoomHasLeft(t *testing.T) {
	f := newFile(t)
	f.cage(t, "lobby", 3*leftoversStep)
	f.must(t, append(drafts("attic", "a", 2), closing()))
	c, err := f.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if names := caged(t, f.path); slices.Contains(names, filepath.Base(c.Name())) || len(names) == 0 {
		t.Errorf("the text is in %v, and should be in the log alone", names)
	}
}

// What closed rooms have left are the oldest entries, which pruning passes over.
func TestPruningPassesOverClosedRooms(t *testing.T) {
	f := newFile(t)
	early := time.Now().Add(-time.Hour)
	for _, ds := range [][]journal.Draft{drafts("lobby", "a", 100), drafts("attic", "a", 10), {closing()}} {
		if _, err := f.Commit(t.Context(), f.place(ds, early)); err != nil {
			t.Fatal(err)
		}
	}
	f.must(t, drafts("attic", "b", 5))
	r := journal.Retention{Since: early.Add(time.Minute)}
	if p, err := f.Preview(t.Context(), r); err != nil || p.Excess != 10 || p.Total != 15 {
		t.Errorf("the preview is %+v, %v; want 10 of 15", p, err)
	}
	cuts, err := f.Excess(t.Context(), r, 50)
	if want := []Cut{{Room: "attic", First: 11, Entries: 10}}; err != nil || !slices.Equal(cuts, want) {
		t.Errorf("the cuts are %+v, %v; want %+v", cuts, err, want)
	}
	// Cuts that were decided before a room was closed.
	stale := []Cut{{Room: "lobby", First: 50}, {Room: "attic", Generation: 3, First: 12}}
	if err := f.Prune(t.Context(), stale); err != nil {
		t.Fatal(err)
	}
	for room, first := range map[string]uint64{"lobby": 1, "attic": 1} {
		if s, _, err := f.Snapshot(t.Context(), room); err != nil || s.First != first {
			t.Errorf("after a cut of another generation %s is %+v, %v", room, s, err)
		}
	}
}

func TestExpireRemovesAThousandAtATime(t *testing.T) {
	f := newFile(t)
	at := time.UnixMilli(1_700_000_000_000)
	for i := range 5 { // 2500 entries, in five minutes
		if _, err := f.Commit(t.Context(), f.place(drafts("lobby", fmt.Sprint(i, "-"), 500), at.Add(time.Duration(i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	end := at.Add(time.Hour)
	for i, c := range []struct {
		age   time.Duration
		first uint64
		more  bool
	}{
		{time.Hour, 0, false}, // the oldest are exactly that old
		{time.Hour - time.Millisecond, 501, false},
		{time.Hour - 4*time.Minute, 1501, true},
		{time.Hour - 4*time.Minute, 2001, false},
		{time.Hour - 4*time.Minute, 0, false},
		{-1, 2501, false},
	} {
		d := journal.Draft{Room: "lobby", StateOnly: true, Expire: c.age}
		r, err := f.Commit(t.Context(), f.place([]journal.Draft{d}, end))
		if err != nil || r[0].First != c.first || r[0].More != c.more {
			t.Errorf("draft %d: %+v, %v; want the first %d, more: %v", i, r, err, c.first, c.more)
		}
		if c.first > 0 && r[0].Erased != c.first-1 { // the first positions are those of the entries
			t.Errorf("draft %d: the last entry that it removed had the position %d", i, r[0].Erased)
		}
	}
}

// A commit that seems to have failed has closed a room and changed a state.
func TestFollowersHearOfACloseThatSeemedToFail(t *testing.T) {
	f := newFile(t)
	var followers journal.Followers
	c := NewCommitter(f, &followers, slog.New(slog.DiscardHandler))
	defer c.RetryTimer.Stop()
	f.must(t, append(drafts("lobby", "a", 3), drafts("attic", "a", 1)...))
	c.Maintain() // which finds that nothing is left of the time before
	feeds := map[string]*journal.Feed{}
	for _, room := range []string{"lobby", "attic"} {
		_, feed, err := followers.Follow(t.Context(), room, f.Snapshot)
		if err != nil {
			t.Fatal(err)
		}
		defer feed.Close()
		feeds[room] = feed
	}
	set := func(value string, conditions ...journal.Condition) journal.Draft {
		return journal.Draft{Room: "attic", StateOnly: true, State: []journal.Change{{Key: "k", Value: []byte(value)}}, If: conditions}
	}
	failed := f.place([]journal.Draft{
		drafts("lobby", "b", 1)[0], closing(), drafts("lobby", "late", 1)[0],
		set("1"), set("2", journal.Condition{Key: "k", Value: []byte("9")}),
	}, time.Now())
	before := f.after
	if _, err := f.Commit(t.Context(), failed); err != nil {
		t.Fatal(err)
	}
	f.after = before // as if it had failed
	c.noteUnsure(failed)
	c.broken.Store(true)
	if !c.Recover() {
		t.Fatal("it doesn't recover")
	}
	var seqs []uint64
	for _, e := range feeds["lobby"].Take() {
		seqs = append(seqs, e.Seq)
	}
	if !slices.Equal(seqs, []uint64{4, 5}) {
		t.Errorf("the closed room's follower got %v, want 4 and 5", seqs)
	}
	if diff := cmp.Diff([]journal.Change{{Key: "k", Value: []byte("1")}}, feeds["attic"].TakeChanges()); diff != "" {
		t.Errorf("the other's follower got (-want +got):\n%s", diff)
	}
	for range 3 {
		c.swept = time.Time{} // it needn't rest
		c.Maintain()
	}
	var left int
	if err := f.write.conn.QueryRowContext(t.Context(), "SELECT count(*) FROM leftovers").Scan(&left); err != nil || left > 0 {
		t.Errorf("%d closed rooms have left something, %v", left, err)
	}
	if r := f.must(t, drafts("lobby", "late", 1)); r[0].Err == nil {
		t.Error("the room takes a draft")
	}
}

// Leaders of a stream whose clocks are an hour apart take turns. Every node commits the same
// messages in batches of its own, is restarted, and sweeps when it likes.
func TestLogsAgreeWhateverTheClocks(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	at := time.UnixMilli(1_700_000_000_000)
	rooms := []string{"lobby", "attic", "cellar"}
	all := []Placed{{Position: Position{1, at}, Control: &Control{Secret: &[32]byte{1}}}}
	for i := range 1500 {
		at = at.Add(time.Duration(random.IntN(400)) * time.Second)
		d := drafts(rooms[random.IntN(len(rooms))], fmt.Sprint(random.IntN(600), "-"), 1)[0]
		switch random.IntN(12) {
		case 0, 1:
			d = journal.Draft{Room: d.Room, StateOnly: true, Expire: time.Duration(random.IntN(3)) * time.Hour, State: []journal.Change{{Key: "expired", Value: fmt.Append(nil, i)}}}
		case 2:
			d.NotBefore, d.NotAfter = at.Add(-time.Duration(random.IntN(3))*time.Hour), at.Add(time.Duration(random.IntN(3)-1)*time.Hour)
		case 3:
			d.Event.Type, d.Event.Target = protocol.EventDeleted, uint64(1+random.IntN(40))
		case 4:
			if d.Close = random.IntN(8) == 0; d.Close {
				d.NotBefore = at.Add(-time.Hour)
			}
		}
		leader := time.Duration(i/10%3-1) * time.Hour
		all = append(all, Placed{Position: Position{uint64(len(all) + 1), at.Add(leader)}, Draft: d})
	}
	type state struct {
		Snapshot journal.Snapshot
		Entries  []journal.Entry
		List     []journal.RoomInfo
	}
	var first map[string]state
	var outcomes []string
	for node := range 3 {
		path := filepath.Join(t.TempDir(), "log.snug")
		f, err := OpenProjection(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetIncarnation(t.Context(), [16]byte{1}); err != nil {
			t.Fatal(err)
		}
		var got []string
		closes, expired, late := 0, 0, 0
		for from := 0; from < len(all); {
			to := min(from+1+random.IntN(1+node*100), len(all))
			results, err := f.Commit(t.Context(), all[from:to])
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range results {
				got = append(got, fmt.Sprint(r.Outcome, r.Err, r.Erased, r.First, r.Generation))
				if r.Closed {
					closes++
				}
				if r.First > 0 {
					expired++
				}
				if d := all[from+i].Draft; r.Err != nil && !d.NotAfter.IsZero() {
					late++
				}
			}
			if from = to; random.IntN(3) == 0 {
				if _, err := f.RemoveLeftovers(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if random.IntN(60) == 0 {
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				if f, err = OpenProjection(t.Context(), path); err != nil {
					t.Fatal(err)
				}
			}
		}
		if closes < 3 || expired < 20 || late < 5 {
			t.Errorf("%d closed a room, %d removed entries, %d came at the wrong time: too few to prove anything", closes, expired, late)
		}
		rest := map[string]state{}
		for _, room := range rooms {
			s, _, err := f.Snapshot(t.Context(), room)
			if err != nil {
				t.Fatal(err)
			}
			entries, err := f.ReadAfter(t.Context(), room, 0, 10_000)
			if err != nil {
				t.Fatal(err)
			}
			list, err := f.List(t.Context(), journal.ListQuery{Order: journal.BySaid, Limit: 10, Keys: []string{""}})
			if err != nil {
				t.Fatal(err)
			}
			rest[room] = state{s, entries, list}
		}
		if node == 0 {
			first, outcomes = rest, got
		}
		if diff := cmp.Diff(outcomes, got); diff != "" {
			t.Errorf("node 0 (-) and node %d (+) decide:\n%s", node, diff)
		}
		if diff := cmp.Diff(first, rest); diff != "" {
			t.Errorf("node 0 (-) and node %d (+):\n%s", node, diff)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(first)), func(s state) bool { return s.Snapshot.Generation > 0 && s.Snapshot.Head > 0 }) {
		t.Error("no room was used again after a close")
	}
}
