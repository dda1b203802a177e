package jetstream_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal"
	"snug/internal/journal/jetstream"
	"snug/internal/journal/local"
	"snug/protocol"
)

func message(room, member, id, content string) journal.Draft {
	return journal.Draft{Room: room, Once: true, Event: protocol.Event{
		Type: protocol.EventMessage, ID: id, From: protocol.Member{Member: member, Nick: member, Role: protocol.RoleMember},
		Body: protocol.MessageBody{Content: content}.Encode(),
	}}
}

func about(typ protocol.EventType, room, member, id string, seq uint64) journal.Draft {
	d := message(room, member, id, "changed")
	d.Event.Type, d.Event.Target = typ, seq
	return d
}

// put appends a draft and waits for what becomes of it.
func put(j journal.Journal, d journal.Draft) (o journal.Outcome, err error) {
	told := make(chan struct{})
	refused := j.Append(context.Background(), d, func(got journal.Outcome, failed error) {
		o, err = got, failed
		close(told)
	})
	if refused != nil {
		return o, refused
	}
	<-told
	return o, err
}

func must(t *testing.T, j journal.Journal, d journal.Draft) journal.Outcome {
	t.Helper()
	o, err := put(j, d)
	if err != nil {
		t.Fatalf("append %s: %v", d.Event.ID, err)
	}
	return o
}

// wait polls for what is to come about.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// read returns all that a room has.
func read(t *testing.T, j journal.Journal, room string) (all []journal.Entry) {
	t.Helper()
	for after := uint64(0); ; after = all[len(all)-1].Seq {
		page, err := j.ReadAfter(context.Background(), room, after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

// digest sums up all that is promised of rooms.
func digest(t *testing.T, j journal.Journal, rooms []string) string {
	t.Helper()
	hash := sha256.New()
	for _, room := range rooms {
		s, feed, err := j.Follow(context.Background(), room)
		if err != nil {
			t.Fatal(err)
		}
		feed.Close()
		_, _ = fmt.Fprintln(hash, room, s.Epoch, s.First, s.Head, s.State)
		for _, e := range read(t, j, room) {
			_, _ = fmt.Fprintln(hash, e.Seq, e.At.UnixMilli(), e.Type, e.ID, e.From, e.Target, string(e.Body), e.Private)
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}

// agree waits until all journals have the same.
func agree(t *testing.T, rooms []string, js ...journal.Journal) {
	t.Helper()
	wait(t, "all nodes have the same", func() bool {
		for _, j := range js[1:] {
			if digest(t, j, rooms) != digest(t, js[0], rooms) {
				return false
			}
		}
		return true
	})
}

func closeAll(t *testing.T, js ...*stored) {
	t.Helper()
	for _, j := range js {
		if j != nil {
			if err := j.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
	}
}

// openThree opens a stream's journal on all nodes at once.
func (c *trio) openThree(stream string) []*stored {
	all := make([]*stored, 3)
	var opened sync.WaitGroup
	for i := range all {
		opened.Go(func() { all[i] = open(c.t, c.nodes[i], stream, c.path(i)) })
	}
	opened.Wait()
	for _, j := range all {
		if j == nil {
			c.t.FailNow()
		}
	}
	return all
}

var rooms = []string{"lobby", "attic", "Zürich.1", "a.b.*.>"}

// All do all at once: messages, repeats, edits, deletions, claims, prunes.
func TestAllNodesComeToTheSameLogs(t *testing.T) {
	t.Parallel()
	c := three(t)
	js := c.openThree(newStream())
	defer closeAll(t, js...)
	var all sync.WaitGroup
	for n, j := range js {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			var told sync.WaitGroup
			for i := range 1500 {
				// Ids of few, so that nodes repeat and contradict each other.
				d := message(rooms[random.IntN(len(rooms))], fmt.Sprint("m", random.IntN(3)), fmt.Sprint(i/2), fmt.Sprint("says ", random.IntN(2)))
				switch random.IntN(8) {
				case 0:
					d = about(protocol.EventEdited, d.Room, "m1", fmt.Sprint(n, "e", i), uint64(1+random.IntN(i/4+1)))
				case 1:
					d = about(protocol.EventDeleted, d.Room, "m1", fmt.Sprint(n, "d", i), uint64(1+random.IntN(i/4+1)))
				case 2:
					key := fmt.Sprint("key", i/10)
					d.If, d.State = []journal.Condition{{Key: key}}, []journal.Change{{Key: key, Value: []byte(fmt.Sprint(n))}}
				}
				d.Private = []byte{byte(n)}
				told.Add(1)
				err := j.Append(context.Background(), d, func(o journal.Outcome, err error) {
					defer told.Done()
					if errors.Is(err, journal.ErrUnavailable) {
						return // it may be there or not: alike on all
					}
					if err != nil && !errors.Is(err, journal.ErrConflict) && !errors.Is(err, journal.ErrGone) && !errors.Is(err, journal.ErrChanged) {
						t.Errorf("append: %v", err)
					}
				})
				if err != nil {
					t.Errorf("append: %v", err)
				}
				if i == 700 {
					if _, err := j.Prune(context.Background(), journal.Retention{Last: 100}); err != nil {
						t.Errorf("prune: %v", err)
					}
				}
			}
			told.Wait()
		})
	}
	all.Wait()
	agree(t, rooms, js[0], js[1], js[2])
	if n := len(read(t, js[0], "lobby")); n < 100 {
		t.Errorf("there are %d entries, of so many", n)
	}
	for _, j := range js {
		if !bytes.Equal(j.Key("seat"), js[0].Key("seat")) {
			t.Error("nodes have different keys")
		}
	}
}

// load has members who each say one thing after the other, and again, on whatever
// node takes it, until it is said.
type load struct {
	mu      sync.RWMutex
	js      []*stored // nil where a node is down
	stop    chan struct{}
	members sync.WaitGroup
	said    [6]atomic.Int64
}

func begin(t *testing.T, js []*stored) *load {
	l := &load{js: js, stop: make(chan struct{})}
	for m := range l.said {
		l.members.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
				}
				d := message(rooms[m%len(rooms)], fmt.Sprint("m", m), fmt.Sprint(l.said[m].Load()), fmt.Sprint("number ", l.said[m].Load()))
				for try := m; ; try++ {
					l.mu.RLock()
					j := l.js[try%3]
					err := journal.ErrClosed
					if j != nil {
						_, err = put(j, d)
					}
					l.mu.RUnlock()
					if err == nil {
						break
					}
					if !errors.Is(err, journal.ErrUnavailable) && !errors.Is(err, journal.ErrClosed) {
						t.Errorf("append: %v", err)
					}
					time.Sleep(10 * time.Millisecond) // the pace of who tries again
				}
				l.said[m].Add(1)
			}
		})
	}
	return l
}

// set puts a journal in, or takes it out: then nobody uses it.
func (l *load) set(i int, j *stored) (was *stored) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, l.js[i] = l.js[i], j
	return was
}

// more waits until everyone has said some more.
func (l *load) more(t *testing.T) {
	t.Helper()
	for m := range l.said {
		until := l.said[m].Load() + 10
		wait(t, "they talk on", func() bool { return l.said[m].Load() >= until })
	}
}

// end checks that all that was said is there once, in order.
func (l *load) end(t *testing.T) {
	t.Helper()
	close(l.stop)
	l.members.Wait()
	var js []journal.Journal
	for _, j := range l.js {
		js = append(js, j)
	}
	agree(t, rooms, js...)
	next := map[string]int{}
	for _, room := range rooms {
		for _, e := range read(t, js[0], room) {
			if want := fmt.Sprint(next[e.From.Member]); e.ID != want {
				t.Errorf("in %q %s says %s, should say %s", room, e.From.Member, e.ID, want)
			}
			next[e.From.Member]++
		}
	}
	for m := range l.said {
		if got := next[fmt.Sprint("m", m)]; got != int(l.said[m].Load()) {
			t.Errorf("of %d things that m%d said %d are there", l.said[m].Load(), m, got)
		}
	}
}

// Each in turn is stopped and started again, with its journal; of the last the file
// is removed meanwhile.
func TestARollingRestartLosesNothing(t *testing.T) {
	t.Parallel()
	c := three(t)
	stream := newStream()
	l := begin(t, c.openThree(stream))
	for i := range 3 {
		l.more(t)
		closeAll(t, l.set(i, nil))
		c.stop(i)
		l.more(t)
		if i == 2 {
			if err := os.Remove(c.path(i)); err != nil {
				t.Fatal(err)
			}
		}
		c.start(i)
		l.set(i, open(t, c.nodes[i], stream, c.path(i)))
	}
	l.more(t)
	l.end(t)
	closeAll(t, l.js...)
}

// One can't go on, and says so; it serves what it has. When they are two again,
// messages are taken.
func TestOneOfThreeTakesNothing(t *testing.T) {
	t.Parallel()
	c := three(t)
	stream := newStream()
	js := c.openThree(stream)
	must(t, js[0], message("lobby", "ann", "before", "hello"))
	agree(t, rooms, js[0], js[1], js[2])
	closeAll(t, js[1], js[2])
	c.stop(1)
	c.stop(2)
	began := time.Now()
	if o, err := put(js[0], message("lobby", "ann", "alone", "is anybody there?")); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("alone: %+v, %v; want ErrUnavailable", o, err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it was told after %v", took)
	}
	wait(t, "it says that it takes nothing", func() bool { return errors.Is(js[0].Probe(), journal.ErrUnavailable) })
	if all := read(t, js[0], "lobby"); len(all) != 1 {
		t.Errorf("%d entries are read, want 1", len(all))
	}
	c.start(1)
	js[1] = open(t, c.nodes[1], stream, c.path(1))
	wait(t, "it takes messages again", func() bool {
		_, err := put(js[0], message("lobby", "ann", "alone", "is anybody there?"))
		return err == nil
	})
	wait(t, "it says that it takes them", func() bool { return js[0].Probe() == nil })
	agree(t, rooms, js[0], js[1])
	if all := read(t, js[1], "lobby"); len(all) != 2 || all[1].ID != "alone" {
		t.Errorf("there is %v", all)
	}
	closeAll(t, js[0], js[1])
}

// purged waits until a stream begins after a position.
func purged(t *testing.T, j *stored, after uint64) {
	t.Helper()
	js, err := natsjs.New(j.node.Conn())
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "the stream is purged", func() bool {
		s, err := js.Stream(t.Context(), j.stream)
		return err == nil && s.CachedInfo().State.FirstSeq > after
	})
}

// A journal of the same stream over the same NATS is another node as good as any.
func TestANewNodeStartsFromAnothersSnapshot(t *testing.T) {
	t.Parallel()
	n := alone(t)
	stream := newStream()
	first := open(t, n, stream, filepath.Join(t.TempDir(), "log.snug"))
	for i := range 300 {
		must(t, first, message(rooms[i%len(rooms)], "ann", fmt.Sprint(i), strings.Repeat("x", 4000)))
	}
	must(t, first, about(protocol.EventDeleted, "lobby", "ann", "d", 1))
	purged(t, first, 301)
	must(t, first, message("lobby", "ann", "after", "hello"))

	path := filepath.Join(t.TempDir(), "log.snug")
	second := openAs(t, n, "n2", stream, path)
	agree(t, rooms, first, second)
	must(t, second, message("attic", "bob", "a", "from the second"))
	agree(t, rooms, first, second)

	// It is away for longer than the stream reaches back.
	closeAll(t, second)
	must(t, first, message("attic", "bob", "b", "meanwhile"))
	must(t, first, about(protocol.EventDeleted, "attic", "bob", "d", 3))
	if err := first.purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	second = openAs(t, n, "n2", stream, path)
	agree(t, rooms, first, second)
	if o := must(t, second, message("lobby", "ann", "after", "hello")); !o.Duplicate {
		t.Error("it doesn't know a repeat")
	}
	for _, left := range []string{".snapshot", ".copy"} {
		if _, err := os.Stat(path + left); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", left, err)
		}
	}
	closeAll(t, first, second)
}

// What was erased is in no file: neither the projection's nor the stream's.
func TestErasedTextLeavesTheStream(t *testing.T) {
	t.Parallel()
	n, dir := aloneIn(t)
	j := open(t, n, newStream(), filepath.Join(dir, "log.snug"))
	defer closeAll(t, j)
	must(t, j, message("lobby", "ann", "a", "a secret that goes"))
	must(t, j, message("lobby", "ann", "b", "what is said stays"))
	if !has(t, dir, "a secret that goes") {
		t.Fatal("it can't be seen in the files what was said")
	}
	must(t, j, about(protocol.EventDeleted, "lobby", "ann", "d", 1))
	must(t, j, message("lobby", "ann", "a", "a secret that goes")) // a repeat says it again
	wait(t, "it is gone", func() bool { return !has(t, dir, "a secret that goes") })
	if !has(t, dir, "what is said stays") {
		t.Error("what wasn't erased is gone too")
	}
}

// A log of one machine becomes a cluster's.
func TestALogOfOneMachineGrows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log.snug")
	one, err := local.Open(t.Context(), path, local.Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		must(t, one, message("lobby", "ann", fmt.Sprint(i), "hello"))
	}
	was, feed, err := one.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	feed.Close()
	key := one.Key("seat")
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	n := alone(t)
	stream := newStream()
	first := open(t, n, stream, path)
	second := openAs(t, n, "n2", stream, filepath.Join(t.TempDir(), "log.snug"))
	defer closeAll(t, first, second)
	s, feed, err := second.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	feed.Close()
	if s.Head != 10 || s.Epoch == was.Epoch || !bytes.Equal(second.Key("seat"), key) {
		t.Errorf("the room is %+v, was %+v", s, was)
	}
	if o := must(t, second, message("lobby", "ann", "9", "hello")); !o.Duplicate {
		t.Error("it doesn't know what was said on the one machine")
	}
	if o := must(t, second, message("lobby", "ann", "next", "hello")); o.Seq != 11 {
		t.Errorf("the next is %d, want 11", o.Seq)
	}
	agree(t, rooms, first, second)
}

func TestAFileOfAnotherStreamIsRefused(t *testing.T) {
	t.Parallel()
	n := alone(t)
	path := filepath.Join(t.TempDir(), "log.snug")
	j := open(t, n, newStream(), path)
	must(t, j, message("lobby", "ann", "a", "hello"))
	closeAll(t, j)
	other := open(t, n, newStream(), filepath.Join(t.TempDir(), "log.snug"))
	defer closeAll(t, other)
	_, err := jetstream.Open(t.Context(), n.Conn(), path, jetstream.Options{Log: quiet(), Stream: other.stream, Node: "n2", Keep: time.Hour})
	if !errors.Is(err, jetstream.ErrOther) || !strings.Contains(err.Error(), "move the file away") {
		t.Errorf("%v, want ErrOther and what to do", err)
	}
}

// has reports whether any file below dir has what a message says, in whatever place
// of base64 it is.
func has(t *testing.T, dir, what string) (found bool) {
	t.Helper()
	forms := [][]byte{[]byte(what)}
	for skip := range 3 {
		forms = append(forms, inBase64(what, skip))
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && d.IsDir() {
			return nil // it is gone again
		}
		data, err := os.ReadFile(path)
		for _, form := range forms {
			found = found || bytes.Contains(data, form)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// inBase64 returns how text looks in base64 after skip bytes, but for the letters
// that what is around it has a part in.
func inBase64(text string, skip int) []byte {
	all := base64.StdEncoding.EncodeToString(append(make([]byte, skip), text...))
	return []byte(all[4 : len(all)-4])
}
