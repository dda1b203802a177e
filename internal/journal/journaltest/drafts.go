package journaltest

import (
	"context"
	"fmt"
	"sync"

	"snug/internal/journal"
	"snug/protocol"
)

// message returns a draft like that of a connection.
func message(room, member, id, content string) journal.Draft {
	return journal.Draft{Room: room, Once: true, Event: protocol.Event{
		Type: protocol.EventMessage,
		ID:   id,
		From: protocol.Member{Member: member, Nick: "nick of " + member, Role: protocol.RoleMember},
		Body: protocol.MessageBody{Content: content}.Encode(),
	}}
}

// put appends a draft and waits for its outcome.
func (w *watched) put(d journal.Draft) (o journal.Outcome, err error) {
	answered := make(chan struct{})
	refused := w.Append(context.Background(), d, func(got journal.Outcome, failed error) {
		o, err = got, failed
		close(answered)
	})
	if refused != nil {
		return journal.Outcome{}, refused
	}
	<-answered
	return o, err
}

// must puts a draft that must add an entry, and returns its seq.
func (w *watched) must(d journal.Draft) uint64 {
	w.t.Helper()
	o, err := w.put(d)
	if err != nil || o.Duplicate {
		w.t.Fatalf("append %q to %q: %+v, %v; want a new entry", d.Event.ID, d.Room, o, err)
	}
	return o.Seq
}

// fill appends n messages that are not to be recognised when repeated, all at once.
func (w *watched) fill(room string, n int) {
	w.t.Helper()
	var pending sync.WaitGroup
	for i := range n {
		d := message(room, "filler", fmt.Sprint("fill-", i), fmt.Sprint("content ", i))
		d.Once = false
		pending.Add(1)
		err := w.Append(context.Background(), d, func(_ journal.Outcome, err error) {
			if err != nil {
				w.t.Errorf("fill %q: %v", room, err)
			}
			pending.Done()
		})
		if err != nil {
			w.t.Fatalf("fill %q: %v", room, err)
		}
	}
	pending.Wait()
}

// snapshot returns the snapshot of a room.
func (w *watched) snapshot(room string) journal.Snapshot {
	w.t.Helper()
	s, feed, err := w.Follow(context.Background(), room)
	if err != nil {
		w.t.Fatalf("follow %q: %v", room, err)
	}
	feed.Close()
	return s
}
