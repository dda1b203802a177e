package search

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
	"snug/internal/servertest/capture"
	"snug/protocol"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("SNUG_TEST_INDEX"); path != "" {
		indexUntilKilled(path)
	}
	goleak.VerifyTestMain(m)
}

// patience bounds every wait of a test, also on a busy machine.
const patience = 2 * time.Minute

// bench is a journal with an index.
type bench struct {
	testing.TB
	Journal
	*Index
	path string // of the journal
	stop func()
	logs capture.Text
}

// openAt opens the journal at path, and runs an index of it unless running is false.
func openAt(t testing.TB, path string, changes ...func(*Options)) *bench {
	t.Helper()
	j, err := local.Open(t.Context(), path, local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{TB: t, Journal: j, path: path}
	o := Options{Journal: j, Path: path + "-search", Log: slog.New(slog.NewTextHandler(&b.logs, nil)), Gather: time.Millisecond, Retry: 10 * time.Millisecond, Rest: 1, Look: patience}
	for _, change := range changes {
		change(&o)
	}
	b.Index = New(o)
	b.run()
	t.Cleanup(b.close)
	return b
}

func open(t testing.TB) *bench {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "log.snug"))
}

// inMemory returns a journal in memory with its search.
func inMemory(t testing.TB) *bench {
	j := memory.Open(memory.Options{})
	b := &bench{TB: t, Journal: j, Index: New(Options{Journal: j, Log: slog.New(slog.DiscardHandler), Look: patience})}
	b.run()
	t.Cleanup(b.close)
	return b
}

func (b *bench) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx)
	}()
	b.stop = func() { cancel(); <-done }
}

// close ends index and journal. A second call does nothing.
func (b *bench) close() {
	b.stop()
	_ = b.Journal.Close()
}

func draft(room, nick, content string) journal.Draft {
	return journal.Draft{Room: room, Event: protocol.Event{
		Type: protocol.EventMessage, ID: "x", From: protocol.Member{Member: "m-" + nick, Nick: nick, Role: protocol.RoleMember},
		Body: protocol.MessageBody{Content: content}.Encode(),
	}}
}

// put appends a draft, and returns its seq.
func (b *bench) put(d journal.Draft) uint64 {
	b.Helper()
	type result struct {
		journal.Outcome
		error
	}
	got := make(chan result, 1)
	if err := b.Append(context.Background(), d, func(o journal.Outcome, err error) { got <- result{o, err} }); err != nil {
		b.Fatalf("append: %v", err)
	}
	r := <-got
	if r.error != nil {
		b.Fatalf("append: %v", r.error)
	}
	return r.Seq
}

// say appends a message of Ann's.
func (b *bench) say(room, content string) uint64 {
	b.Helper()
	return b.put(draft(room, "Ann", content))
}

// edit and erase are of a message in the room.
func (b *bench) edit(target uint64, content string) {
	d := draft("room", "Ann", "")
	d.Event.Type, d.Event.Target, d.Event.Body = protocol.EventEdited, target, protocol.EditedBody{Content: content}.Encode()
	b.put(d)
}

func (b *bench) erase(target uint64) {
	d := draft("room", "Ann", "")
	d.Event.Type, d.Event.Target, d.Event.Body = protocol.EventDeleted, target, nil
	b.put(d)
}

func (b *bench) closeRoom(room string) {
	d := draft(room, "Ann", "")
	d.Event.Type, d.Event.Body, d.Close = protocol.EventModerated, protocol.ModeratedBody{Action: protocol.ActionClose}.Encode(), true
	b.put(d)
}

// fill appends many messages at once.
func (b *bench) fill(room string, n int, content func(int) string) {
	b.Helper()
	var pending sync.WaitGroup
	for i := range n {
		pending.Add(1)
		if err := b.Append(context.Background(), draft(room, "Ann", content(i)), func(_ journal.Outcome, err error) {
			if err != nil {
				b.Errorf("append: %v", err)
			}
			pending.Done()
		}); err != nil {
			b.Fatal(err)
		}
	}
	pending.Wait()
}

// indexed waits until the file has everything of these rooms, and nothing is left to do.
func (b *bench) indexed(rooms ...string) {
	b.Helper()
	b.until(fmt.Sprint("indexed ", rooms), func() bool {
		for _, code := range rooms {
			l := b.log(code)
			f := finder{Index: b.Index, Log: l}
			b.Index.mu.RLock()
			r, err := f.room(b.Context())
			b.Index.mu.RUnlock()
			if err != nil || r.head != l.Head && l.Head > 0 || r.first != 0 && r.first < l.First {
				return false
			}
		}
		return true
	})
}

// until waits until ok.
func (b *bench) until(what string, ok func() bool) {
	b.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("not %s after %v; log:\n%s", what, patience, b.logs.String())
		}
	}
}

// log returns a room's log as it is now.
func (b *bench) log(room string) Log {
	b.Helper()
	s, feed, err := b.Follow(context.Background(), room)
	if err != nil {
		b.Fatal(err)
	}
	feed.Close()
	return Log{Room: room, Epoch: s.Epoch, First: s.First, Head: s.Head}
}

// search returns what is found in a room.
func (b *bench) search(room, query string, before uint64, limit int) protocol.Search {
	b.Helper()
	q, err := Parse(query)
	if err != nil {
		b.Fatalf("parse %q: %v", query, err)
	}
	found, err := b.Search(context.Background(), b.log(room), q, before, limit)
	if err != nil {
		b.Fatalf("search %q: %v", query, err)
	}
	return found
}

// finds returns the seqs of all that is found, over all pages.
func (b *bench) finds(room, query string) (seqs []uint64) {
	b.Helper()
	for before := uint64(protocol.MaxSeq); ; {
		found := b.search(room, query, before, 20)
		for _, e := range found.Events {
			seqs = append(seqs, e.Seq)
		}
		if !found.More {
			return seqs
		}
		if found.Next >= before {
			b.Fatalf("search %q before %d goes on before %d", query, before, found.Next)
		}
		before = found.Next
	}
}
