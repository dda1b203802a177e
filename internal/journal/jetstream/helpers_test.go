package jetstream_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

var rooms = []string{"lobby", "attic", "Zürich.1", "a.b.*.>"}

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

// put appends a draft and waits for its outcome.
func put(j journal.Journal, d journal.Draft) (o journal.Outcome, err error) {
	answered := make(chan struct{})
	refused := j.Append(context.Background(), d, func(got journal.Outcome, failed error) {
		o, err = got, failed
		close(answered)
	})
	if refused != nil {
		return o, refused
	}
	<-answered
	return o, err
}

// must puts a draft, and repeats it while its outcome is unknown, as a client does. On a
// busy machine that may happen.
func must(t *testing.T, j journal.Journal, d journal.Draft) journal.Outcome {
	t.Helper()
	for {
		o, err := put(j, d)
		switch {
		case err == nil:
			return o
		case !errors.Is(err, journal.ErrUnavailable) || t.Context().Err() != nil:
			t.Fatalf("append %s: %v", d.Event.ID, err)
		}
	}
}

// wait polls until ok returns true. Only the time limit of the whole test run ends it.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	end, limited := t.Deadline()
	for ; !ok(); time.Sleep(20 * time.Millisecond) {
		if limited && time.Until(end) < 10*time.Second {
			t.Fatalf("%s: not before the end of the test run", what)
		}
	}
}

// read returns all entries of a room.
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

// digest returns a hash of everything that nodes must agree on about rooms.
func digest(t *testing.T, j journal.Journal, rooms []string) string {
	t.Helper()
	hash := sha256.New()
	for _, room := range rooms {
		s, feed, err := j.Follow(context.Background(), room)
		if err != nil {
			t.Fatal(err)
		}
		feed.Close()
		_, _ = fmt.Fprintln(hash, room, s.Epoch, s.First, s.Head, s.State, s.Generation, s.Closed.UnixMilli())
		for _, e := range read(t, j, room) {
			_, _ = fmt.Fprintln(hash, e.Seq, e.At.UnixMilli(), e.Type, e.ID, e.From, e.Target, string(e.Body), e.Private)
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}

// agree waits until all journals have the same rooms.
func agree(t *testing.T, rooms []string, js ...journal.Journal) {
	t.Helper()
	wait(t, "all nodes agree", func() bool {
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

// openThree opens a stream's journal on all three nodes at once.
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
