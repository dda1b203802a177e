package journaltest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

var pruning = []promise{
	{name: "TheNewestEntriesStay", holds: keepsLast},
	{name: "OldEntriesGo", holds: keepsSince},
	{name: "BothBoundsHold", holds: keepsBoth},
	{name: "NothingElseGoes", holds: keepsAll},
	{name: "StateIDsAndHeadStay", holds: keepsRest},
	{name: "PrunedEntriesCannotBeReadOrReferredTo", holds: prunedIsGone},
	{name: "FeedsShowTheNewFirst", holds: feedsLearn},
	{name: "PagesThatWereReadStayAsTheyWere", holds: prunesACopy},
	{name: "AppendsContinueMeanwhile", holds: prunesDuringAppends},
	{name: "PrunedStaysPruned", holds: staysPruned, reopens: true},
	{name: "APreviewIsWhatPruningWouldRemove", holds: previews},
	{name: "AClosedJournalPrunesNothing", holds: prunesClosed},
}

// prune prunes, and returns how many entries it removed.
func (w *watched) prune(r journal.Retention) int {
	w.t.Helper()
	n, err := w.pruner().Prune(context.Background(), r)
	if err != nil {
		w.t.Fatalf("prune: %v", err)
	}
	return n
}

func (w *watched) pruner() journal.Pruner {
	w.t.Helper()
	p, ok := w.Journal.(journal.Pruner)
	if !ok {
		w.t.Fatal("the engine can't prune")
	}
	return p
}

// keeps checks which entries of a room are left.
func (w *watched) keeps(room string, first, head uint64) {
	w.t.Helper()
	if s := w.snapshot(room); s.First != first || s.Head != head {
		w.t.Errorf("%q has %d to %d, want %d to %d", room, s.First, s.Head, first, head)
	}
	w.checkRoom(room)
}

func keepsLast(t *testing.T, j *watched) {
	j.fill("lobby", 600)
	j.fill("attic", 3)
	j.must(message("empty", "ann", "a", "hi"))
	if n := j.prune(journal.Retention{Last: 5}); n != 595 {
		t.Errorf("%d entries went, want 595", n)
	}
	j.keeps("lobby", 596, 600)
	j.keeps("attic", 1, 3)
	if n := j.prune(journal.Retention{Last: 5}); n != 0 {
		t.Errorf("then %d more went", n)
	}
}

// later waits until the journal's clock, in milliseconds, has advanced.
func later() time.Time {
	for began := journal.Millis(time.Now()); ; time.Sleep(time.Millisecond) {
		if now := journal.Millis(time.Now()); now.After(began) {
			return now
		}
	}
}

func keepsSince(t *testing.T, j *watched) {
	j.fill("lobby", 400)
	j.fill("attic", 200)
	between := later()
	j.fill("attic", 2)
	if n := j.prune(journal.Retention{Since: between}); n != 600 {
		t.Errorf("%d entries went, want 600", n)
	}
	j.keeps("lobby", 401, 400)
	j.keeps("attic", 201, 202)
	if seq := j.must(message("lobby", "ann", "next", "hi")); seq != 401 {
		t.Errorf("the next seq in a room without entries is %d, want 401", seq)
	}
	j.keeps("lobby", 401, 401)
}

func keepsBoth(t *testing.T, j *watched) {
	j.fill("lobby", 10)
	between := later()
	j.fill("lobby", 10)
	j.prune(journal.Retention{Since: between, Last: 15})
	j.keeps("lobby", 11, 20)
	j.prune(journal.Retention{Since: between, Last: 4})
	j.keeps("lobby", 17, 20)
}

func keepsAll(t *testing.T, j *watched) {
	j.fill("lobby", 10)
	for _, k := range []journal.Retention{{}, {Last: 10}, {Last: ^uint64(0)}, {Since: time.Unix(1, 0)}} {
		if n := j.prune(k); n != 0 {
			t.Errorf("%+v: %d went", k, n)
		}
	}
	j.keeps("lobby", 1, 10)
}

func keepsRest(t *testing.T, j *watched) {
	d := message("lobby", "ann", "a", "hello")
	d.State = []journal.Change{{Key: "topic", Value: []byte("seals")}}
	j.must(d)
	j.fill("lobby", 9)
	epoch := j.snapshot("lobby").Epoch
	j.prune(journal.Retention{Since: later()})
	if o, err := j.put(d); err != nil || o != (journal.Outcome{Seq: 1, Duplicate: true}) {
		t.Errorf("a pruned message again: %+v, %v; want a duplicate", o, err)
	}
	d.Event.Body = protocol.MessageBody{Content: "other"}.Encode()
	if _, err := j.put(d); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("its id with other content: %v, want ErrConflict", err)
	}
	if s := j.snapshot("lobby"); s.Epoch != epoch || string(s.State["topic"]) != "seals" || s.Head != 10 {
		t.Errorf("the room is now %+v", s)
	}
}

func prunedIsGone(t *testing.T, j *watched) {
	j.fill("lobby", 10)
	j.prune(journal.Retention{Last: 2})
	if o, err := j.put(target(protocol.EventReacted, "lobby", "bob", "r", 8, `{"emoji":"👍"}`)); !errors.Is(err, journal.ErrGone) {
		t.Errorf("a reaction to a pruned message: %+v, %v; want ErrGone", o, err)
	}
	if page, err := j.ReadBefore(context.Background(), "lobby", 9, 10); err != nil || len(page) != 0 {
		t.Errorf("before the first entry there are %d, %v", len(page), err)
	}
	if page, err := j.ReadAfter(context.Background(), "lobby", 0, 1); err != nil || len(page) != 1 || page[0].Seq != 9 {
		t.Errorf("the first that can be read is %+v, %v; want 9", page, err)
	}
}

func feedsLearn(t *testing.T, j *watched) {
	j.fill("lobby", 10)
	_, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	j.prune(journal.Retention{Last: 3})
	if first := feed.First(); first != 8 {
		t.Errorf("the first entry by the feed is %d, want 8", first)
	}
	j.prune(journal.Retention{Since: later()})
	if first := feed.First(); first != 11 {
		t.Errorf("the first entry by the feed of a room without entries is %d, want 11", first)
	}
}

func prunesACopy(t *testing.T, j *watched) {
	j.fill("lobby", 5)
	page := j.up("lobby", 0)
	want := fmt.Sprint(page)
	j.prune(journal.Retention{Last: 1})
	if got := fmt.Sprint(page); got != want {
		t.Errorf("a page that was read before has changed to %s", got)
	}
}

func prunesDuringAppends(t *testing.T, j *watched) {
	j.fill("lobby", 900)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	appended := make(chan uint64)
	go func() {
		seq := uint64(0)
		for i := 0; ctx.Err() == nil || i < 10; i++ { // at least 10, however quick the pruning is
			o, err := j.put(message("lobby", "bob", fmt.Sprint("b", i), "hi"))
			if err != nil {
				t.Errorf("append: %v", err)
			}
			seq = o.Seq
		}
		appended <- seq
	}()
	j.prune(journal.Retention{Last: 100})
	cancel()
	head := <-appended
	j.prune(journal.Retention{Last: 100})
	j.keeps("lobby", head-99, head)
}

func previews(t *testing.T, j *watched) {
	p := j.pruner()
	check := func(r journal.Retention, excess, total int) {
		t.Helper()
		got, err := p.Preview(t.Context(), r)
		if err != nil || got.Excess != excess || got.Total != total {
			t.Errorf("%+v: %+v, %v; want %d of %d", r, got, err, excess, total)
		}
	}
	check(journal.Retention{Since: time.Now(), Last: 1}, 0, 0)
	j.fill("lobby", 30)
	j.fill("attic", 10)
	between := later()
	j.fill("attic", 5)
	check(journal.Retention{}, 0, 45)
	check(journal.Retention{Last: 100}, 0, 45)
	check(journal.Retention{Last: ^uint64(0)}, 0, 45)
	check(journal.Retention{Last: 12}, 18+3, 45)
	check(journal.Retention{Since: between}, 40, 45)
	check(journal.Retention{Since: between, Last: 3}, 30+12, 45)
	check(journal.Retention{Since: between.AddDate(1, 0, 0)}, 45, 45)
	want := 42
	if n := j.prune(journal.Retention{Since: between, Last: 3}); n != want {
		t.Errorf("%d entries went, want %d", n, want)
	}
	check(journal.Retention{Since: between, Last: 3}, 0, 3)
	newest := j.up("attic", 0)[2].At
	if got, err := p.Preview(t.Context(), journal.Retention{}); err != nil || got.Newest.Before(newest) || got.Newest.After(time.Now()) {
		t.Errorf("the newest draft is from %v, %v; want %v or later", got.Newest, err, newest)
	}
}

func staysPruned(t *testing.T, j *watched) {
	j.fill("lobby", 10)
	j.fill("attic", 10)
	j.prune(journal.Retention{Last: 3})
	j.prune(journal.Retention{Since: later()})
	j.fill("attic", 1)
	j.reopen()
	j.keeps("lobby", 11, 10)
	j.keeps("attic", 11, 11)
}

func prunesClosed(t *testing.T, j *watched) {
	j.fill("lobby", 10)
	p := j.pruner()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := p.Prune(context.Background(), journal.Retention{Last: 3}); n != 0 || !errors.Is(err, journal.ErrClosed) {
		t.Errorf("%d went, %v; want ErrClosed", n, err)
	}
}
