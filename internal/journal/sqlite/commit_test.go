package sqlite

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal"
)

func seqs(results []Result) (all []uint64) {
	for _, r := range results {
		all = append(all, r.Seq)
	}
	return all
}

// The file becomes full in the middle of a commit.
func TestAFailedCommitLeavesNoTrace(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "before-", 3))
	at := f.Position()
	if _, err := f.write.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // no more pages than it has
		t.Fatal(err)
	}
	failed := append(drafts("lobby", "failed-", 500), drafts("attic", "failed-", 500)...)
	if _, err := f.try(failed); err == nil {
		t.Fatal("the commit doesn't fail")
	}
	if f.Position() != at {
		t.Errorf("the position is %v, was %v", f.Position(), at)
	}
	for _, room := range []string{"lobby", "attic"} {
		s, _, err := f.Snapshot(t.Context(), room)
		if want := map[string]uint64{"lobby": 3, "attic": 0}[room]; err != nil || s.Head != want {
			t.Errorf("the head of %s is %d, %v; want %d", room, s.Head, err, want)
		}
	}
	found, err := f.Reopen(t.Context())
	if err != nil || len(found) != 0 {
		t.Fatalf("reopen: %v, %v", found, err)
	}
	results := f.must(t, append(drafts("lobby", "failed-", 2), drafts("attic", "failed-", 2)...))
	for i, want := range []uint64{4, 5, 1, 2} {
		if results[i].Seq != want || results[i].Duplicate {
			t.Errorf("seqs are %v, want 4 5 1 2", seqs(results))
		}
	}
	if n := f.Position().Position; n != 3+4 {
		t.Errorf("the position is %d, want 7", n)
	}
}

// The rows that another program inserts stand for a commit that was reported to fail.
func TestReopenFindsACommitThatSeemedToFail(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "before-", 3))
	raw(t, f.path,
		"INSERT INTO entries SELECT position+1, room, seq+1, at, type, 'unknown', member, nick, role, guest, target, body, 'secret', bot FROM entries WHERE seq = 3",
		"UPDATE rooms SET head = 4, recent = json_insert(recent, '$[#]', recent ->> '$[#-1]' + 1)", "UPDATE log SET position = position + 1")

	// The first attempt fails after the file was opened. The second must still find it.
	raw(t, f.path, "ALTER TABLE rooms RENAME COLUMN code TO other")
	if found, err := f.Reopen(t.Context()); err == nil {
		t.Fatalf("it finds %v in a file without room codes", found)
	}
	if _, err := f.try(drafts("lobby", "meanwhile-", 1)); err == nil {
		t.Error("a log that isn't open accepts a commit")
	}
	raw(t, f.path, "ALTER TABLE rooms RENAME COLUMN other TO code")
	found, err := f.Reopen(t.Context())
	if err != nil || len(found) != 1 {
		t.Fatalf("it finds %v, %v; want one entry", found, err)
	}
	if got := found[0]; got.Room != "lobby" || got.Entry.Seq != 4 || got.Entry.ID != "unknown" || string(got.Entry.Private) != "secret" {
		t.Errorf("it finds %+v", got)
	}
	if again, err := f.Reopen(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("then it finds %v, %v; want nothing", again, err)
	}
	if got := f.must(t, drafts("lobby", "after-", 1)); got[0].Seq != 5 {
		t.Errorf("the next seq is %d, want 5", got[0].Seq)
	}
}

func TestReopenRefusesAnotherLogInItsPlace(t *testing.T) {
	f, other := newFile(t), newFile(t)
	raw(t, other.path, "PRAGMA wal_checkpoint(TRUNCATE)")
	raw(t, f.path, "UPDATE log SET secret = zeroblob(32)")
	if _, err := f.Reopen(t.Context()); err == nil {
		t.Error("it continues with another identity")
	}
}

// A reopen must get its turn while other goroutines read all the time.
func TestReopenDuringReads(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "", 100))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				f.Key("seats")
				if _, _, err := f.Snapshot(t.Context(), "lobby"); err != nil {
					t.Errorf("snapshot: %v", err)
				}
				if page, err := f.ReadAfter(t.Context(), "lobby", 0, 100); err != nil || len(page) != 100 {
					t.Errorf("read: %d entries, %v", len(page), err)
				}
			}
		})
	}
	for i := range 20 {
		f.must(t, drafts("lobby", fmt.Sprint("amid-", i, "-"), 1)) // the -wal has something to write back
		if _, err := f.Reopen(t.Context()); err != nil {
			t.Errorf("reopen: %v", err)
		}
	}
	close(stop)
	readers.Wait()
}

func TestTheLogsClockNeverRunsBackwards(t *testing.T) {
	f := newFile(t)
	year := time.Now().AddDate(1, 0, 0)
	var last time.Time
	for i, at := range []time.Time{time.Now(), year, time.Now(), time.Unix(0, 0), year.Add(time.Hour)} {
		d := drafts("lobby", string(rune('a'+i)), 1)
		results, err := f.Commit(t.Context(), f.place(d, at))
		if err != nil {
			t.Fatal(err)
		}
		got := results[0].Entry.At
		if want := journal.Millis(at); got.Before(last) || (at.After(last) && !got.Equal(want)) {
			t.Errorf("entry %d has the time %v after %v; the clock was at %v", i, got, last, at)
		}
		last = got
		if _, err := f.Reopen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIDsAreSweptAfterADay(t *testing.T) {
	f := newFile(t)
	at := time.Now()
	commit := func(prefix string, n int) {
		t.Helper()
		if _, err := f.Commit(t.Context(), f.place(drafts("lobby", prefix, n), at)); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		t.Helper()
		if err := f.write.conn.QueryRowContext(t.Context(), "SELECT count(*) FROM ids").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	commit("first-", 50)
	at = at.Add(24 * time.Hour)
	commit("second-", 1)
	if n := count(); n != 51 {
		t.Errorf("after a day there are %d IDs, want all 51", n)
	}
	at = at.Add(time.Millisecond)
	for i := range 5 { // each removes a few more than it adds
		commit(string(rune('a'+i)), 1)
	}
	if n := count(); n != 6 {
		t.Errorf("after a day and a moment there are %d IDs, want the 6 of that day", n)
	}
}

// Another node gets the same drafts, but hardly ever in the same batches.
func TestFilesWithTheSameDraftsAreEqual(t *testing.T) {
	begin := time.Now()
	var all []Placed
	for i := range 300 {
		d := drafts([]string{"lobby", "attic"}[i%2], fmt.Sprint(i%250, "-"), 1)[0] // some of them twice
		at := begin.Add(time.Duration(i*i%700) * time.Hour / 4)                    // also backwards, and over days
		all = append(all, Placed{Position: Position{uint64(i) + 1, at}, Draft: d})
	}
	read := func(batch int) (pages [][]journal.Entry, outcomes []journal.Outcome) {
		f := newFile(t)
		for rest := all; len(rest) > 0; rest = rest[min(batch, len(rest)):] {
			results, err := f.Commit(t.Context(), rest[:min(batch, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				outcomes = append(outcomes, r.Outcome)
			}
		}
		for _, room := range []string{"lobby", "attic"} {
			page, err := f.ReadAfter(t.Context(), room, 0, len(all))
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, page)
		}
		return pages, outcomes
	}
	pages, outcomes := read(len(all))
	for _, batch := range []int{1, 7, 100} {
		p, o := read(batch)
		if diff := cmp.Diff(pages, p); diff != "" {
			t.Errorf("in batches of %d: %s", batch, diff)
		}
		if diff := cmp.Diff(outcomes, o); diff != "" {
			t.Errorf("in batches of %d: %s", batch, diff)
		}
	}
}

func TestAHoleInThePositionsIsAnError(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "a", 2))
	placed := f.place(drafts("lobby", "b", 3), time.Now())
	for name, wrong := range map[string][]Placed{"ahead": placed[1:], "between": {placed[0], placed[2]}} {
		if _, err := f.Commit(t.Context(), wrong); err == nil {
			t.Errorf("a hole %s was accepted", name)
		}
	}
	if _, err := f.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if results, err := f.Commit(t.Context(), placed); err != nil || results[2].Seq != 5 {
		t.Errorf("the same without a hole: %+v, %v", results, err)
	}
}
