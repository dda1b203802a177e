package journaltest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"snug/internal/journal"
)

var modelling = []promise{
	{name: "AJournalIsASlicePerRoom", holds: isASlice},
}

// model is a room as a slice.
type model struct {
	name    string
	entries []journal.Entry
	known   map[[2]string]journal.Entry // by member and id
	topic   string
	pruned  int // how many of the first entries are gone

	feed *journal.Feed // nil if the model doesn't follow the room
	fed  uint64        // the last seq of the feed
}

// isASlice does random operations in random order, and compares the journal with the
// models. Each run uses new rooms of the same journal.
func isASlice(t *testing.T, j *watched) {
	runs, passed, enough := 0, 0, 100
	if j.engine.Reopen != nil {
		enough = 25 // every step waits for the disk
	}
	rapid.Check(t, func(rt *rapid.T) {
		if passed == enough && runs == passed { // a failed run is repeated, to shrink it
			return
		}
		runs++
		rooms := []*model{}
		for _, name := range []string{"a", "b"} {
			rooms = append(rooms, &model{name: fmt.Sprint("run-", runs, name), known: map[[2]string]journal.Entry{}})
		}
		some := func(rt *rapid.T) *model { return rapid.SampledFrom(rooms).Draw(rt, "room") }
		leave := func() {
			for _, m := range rooms {
				m.leave()
			}
		}
		defer leave()
		actions := map[string]func(*rapid.T){
			"append": func(rt *rapid.T) { some(rt).append(rt, j) },
			"read":   func(rt *rapid.T) { some(rt).read(rt, j) },
			"follow": func(rt *rapid.T) { some(rt).follow(rt, j) },
			"leave":  func(rt *rapid.T) { some(rt).leave() },
			"prune": func(rt *rapid.T) {
				last := rapid.IntRange(1, 30).Draw(rt, "last")
				j.prune(journal.Retention{Last: uint64(last)})
				for _, m := range rooms {
					m.pruned = max(m.pruned, len(m.entries)-last)
				}
			},
			"": func(rt *rapid.T) { rooms[0].take(rt); rooms[1].take(rt) },
		}
		if j.engine.Reopen != nil {
			actions["reopen"] = func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "seldom") > 0 {
					rt.Skip()
				}
				leave()
				j.reopen()
			}
		}
		rt.Repeat(actions)
		passed++
	})
}

func (m *model) append(rt *rapid.T, j *watched) {
	draw := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, name) }
	d := message(m.name, draw("member", "ann", "bob"), draw("id", "1", "2", "3", "4", "5", "6"), draw("content", "hi", "ho"))
	d.Once = rapid.IntRange(0, 3).Draw(rt, "once") > 0
	topic := draw("topic", "", "seals", "boats")
	if topic != "" {
		d.State = []journal.Change{{Key: "topic", Value: []byte(topic)}}
	}
	e := journal.Entry{Event: d.Event}
	e.Seq = uint64(len(m.entries) + 1)
	key := [2]string{e.From.Member, e.ID}
	want, wantErr := journal.Outcome{Seq: e.Seq}, error(nil)
	if first, known := m.known[key]; known && d.Once {
		if want = (journal.Outcome{Seq: first.Seq, Duplicate: true}); string(first.Body) != string(e.Body) {
			want, wantErr = journal.Outcome{}, journal.ErrConflict
		}
	}
	got, err := j.put(d)
	if got != want || !errors.Is(err, wantErr) {
		rt.Fatalf("append %+v: got %+v, %v; want %+v, %v", d.Event, got, err, want, wantErr)
	}
	if want.Duplicate || wantErr != nil {
		return
	}
	m.entries = append(m.entries, e)
	if d.Once {
		m.known[key] = e
	}
	if topic != "" {
		m.topic = topic
	}
}

func (m *model) read(rt *rapid.T, j *watched) {
	bound := rapid.IntRange(0, len(m.entries)+3).Draw(rt, "bound")
	limit := rapid.IntRange(0, len(m.entries)+3).Draw(rt, "limit")
	from := max(min(bound, len(m.entries)), m.pruned)
	want := m.entries[from:min(from+limit, len(m.entries))]
	page, err := j.ReadAfter(context.Background(), m.name, uint64(bound), limit)
	if diff := diff(want, page); err != nil || diff != "" {
		rt.Fatalf("after %d limit %d: %v (-want +got)\n%s", bound, limit, err, diff)
	}
	to := min(max(bound-1, 0), len(m.entries))
	to = max(to, m.pruned)
	want = m.entries[max(to-limit, m.pruned):to]
	page, err = j.ReadBefore(context.Background(), m.name, uint64(bound), limit)
	if diff := diff(want, page); err != nil || diff != "" {
		rt.Fatalf("before %d limit %d: %v (-want +got)\n%s", bound, limit, err, diff)
	}
}

func (m *model) follow(rt *rapid.T, j *watched) {
	if m.feed != nil {
		rt.Skip()
	}
	s, feed, err := j.Follow(context.Background(), m.name)
	if err != nil {
		rt.Fatalf("follow: %v", err)
	}
	m.feed, m.fed = feed, s.Head
	if s.First != uint64(m.pruned+1) || s.Head != uint64(len(m.entries)) || string(s.State["topic"]) != m.topic {
		rt.Fatalf("the snapshot is %+v, want %d to %d and topic %q", s, m.pruned+1, len(m.entries), m.topic)
	}
}

func (m *model) take(rt *rapid.T) {
	if m.feed == nil {
		return
	}
	got := taken(m.feed)
	if diff := diff(m.entries[m.fed:], got); diff != "" {
		rt.Fatalf("the feed after %d (-want +got):\n%s", m.fed, diff)
	}
	m.fed += uint64(len(got))
}

func (m *model) leave() {
	if m.feed != nil {
		m.feed.Close()
		m.feed = nil
	}
}
