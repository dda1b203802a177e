package journaltest

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

var messages = []promise{
	{name: "MessagesAreReadAsTheyAreNow", holds: readsMessages},
	{name: "AReadOfMessagesIsBounded", holds: readsMessagesInPages},
	{name: "ObserversLearnWhatIsRemoved", holds: observesFirst},
}

// about returns a draft about a message of the lobby.
func about(typ protocol.EventType, id string, target uint64, body []byte) journal.Draft {
	d := message("lobby", "ann", id, "")
	d.Event.Type, d.Event.Target, d.Event.Body = typ, target, body
	return d
}

// messages returns the messages of the lobby, each as its seq, its content, and whether it was edited.
func (w *watched) messages(first, last uint64) (all []string) {
	w.t.Helper()
	page, err := w.Journal.ReadMessages(w.t.Context(), "lobby", first, last)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range page {
		m, err := page[i].Message()
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, fmt.Sprint(page[i].Seq, " ", m.Content, " ", m.Edited))
	}
	return all
}

func readsMessages(t *testing.T, j *watched) {
	for i := range 4 {
		j.must(message("lobby", "ann", fmt.Sprint(i), fmt.Sprint("m", i+1)))
	}
	j.must(message("attic", "ann", "a", "elsewhere"))
	j.must(about(protocol.EventReacted, "r", 1, protocol.ReactedBody{Emoji: "👍"}.Encode()))
	j.must(about(protocol.EventEdited, "e1", 2, protocol.EditedBody{Content: "once"}.Encode()))
	j.must(about(protocol.EventEdited, "e2", 2, protocol.EditedBody{Content: "twice"}.Encode()))
	j.must(about(protocol.EventEdited, "e3", 3, protocol.EditedBody{Content: "gone"}.Encode()))
	j.must(about(protocol.EventDeleted, "d", 3, nil))
	all := []string{"4 m4 false", "2 twice true", "1 m1 false"}
	for _, c := range []struct {
		first, last uint64
		want        []string
	}{
		{1, 4, all}, {0, math.MaxUint64, all}, {2, 3, all[1:2]}, {3, 3, nil}, {1, 1, all[2:]}, {5, 99, nil}, {4, 1, nil},
	} {
		if got := j.messages(c.first, c.last); !slices.Equal(got, c.want) {
			t.Errorf("%d to %d: %q, want %q", c.first, c.last, got, c.want)
		}
	}
	if n := j.prune(journal.Retention{Last: 7}); n == 0 {
		t.Fatal("nothing was pruned")
	}
	if got := j.messages(1, 9); !slices.Equal(got, all[:1]) {
		t.Errorf("after pruning: %q", got)
	}
	// What was read is not the log's.
	if e := j.up("lobby", 3)[0]; string(e.Body) != `{"content":"m4"}` {
		t.Errorf("in the log, message 4 is %s", e.Body)
	}
}

func readsMessagesInPages(t *testing.T, j *watched) {
	long := fmt.Sprintf("%0*d", 60_000, 0)
	for i := range 12 {
		j.must(message("lobby", "ann", fmt.Sprint(i), long))
	}
	seqs, last := 0, uint64(12)
	for pages := 0; last > 0; pages++ {
		page, err := j.ReadMessages(t.Context(), "lobby", 1, last)
		if err != nil || len(page) == 0 || len(page) == 12 || page[0].Seq != last {
			t.Fatalf("page %d up to %d has %d messages, %v", pages, last, len(page), err)
		}
		seqs += len(page)
		last = page[len(page)-1].Seq - 1
	}
	if seqs != 12 {
		t.Errorf("the pages have %d messages", seqs)
	}
}

func observesFirst(t *testing.T, j *watched) {
	var mu sync.Mutex
	var seen []string
	stop := j.Journal.(journal.Observable).ObserveFirst(func(room string, first uint64) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprint(room, " ", first))
	})
	last := func() string {
		mu.Lock()
		defer mu.Unlock()
		if len(seen) == 0 {
			return "nothing"
		}
		return seen[len(seen)-1]
	}
	j.fill("lobby", 20)
	j.prune(journal.Retention{Last: 5})
	if got := last(); got != "lobby 16" {
		t.Errorf("after pruning: %s", got)
	}
	if _, err := j.put(expire(-1)); err != nil {
		t.Fatal(err)
	}
	if got := last(); got != "lobby 21" {
		t.Errorf("after expiry: %s", got)
	}
	stop()
	j.fill("lobby", 5)
	j.prune(journal.Retention{Last: 1})
	if got := last(); got != "lobby 21" {
		t.Errorf("when it is over: %s", got)
	}
}
