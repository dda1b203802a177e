package journaltest

import (
	"context"
	"fmt"
	"sync"

	"snug/internal/journal"
	"snug/protocol"
)

// message is a draft like those that a connection makes.
func message(room, member, id, content string) journal.Draft {
	return journal.Draft{Room: room, Once: true, Event: protocol.Event{
		Type: protocol.EventMessage,
		ID:   id,
		From: protocol.Member{Member: member, Nick: "nick of " + member, Role: protocol.RoleMember},
		Body: protocol.MessageBody{Content: content}.Encode(),
	}}
}

// put appends a draft and waits for what becomes of it.
func (w *watched) put(d journal.Draft) (o journal.Outcome, err error) {
	told := make(chan struct{})
	refused := w.Append(context.Background(), d, func(got journal.Outcome, failed error) {
		o, err = got, failed
		close(told)
	})
	if refused != nil {
		return journal.Outcome{}, refused
	}
	<-told
	return o, err
}

// must puts a draft that adds an entry, and returns its seq.
func (w *watched) must(d journal.Draft) uint64 {
	w.t.Helper()
	o, err := w.put(d)
	if err != nil || o.Duplicate {
		w.t.Fatalf("append %q to %q: %+v, %v; it should add an entry", d.Event.ID, d.Room, o, err)
	}
	return o.Seq
}

// fill appends n messages that nobody will repeat, without waiting between them.
func (w *watched) fill(room string, n int) {
	w.t.Helper()
	var told sync.WaitGroup
	for i := range n {
		d := message(room, "filler", fmt.Sprint("fill-", i), fmt.Sprint("content ", i))
		d.Once = false
		told.Add(1)
		err := w.Append(context.Background(), d, func(_ journal.Outcome, err error) {
			if err != nil {
				w.t.Errorf("fill %q: %v", room, err)
			}
			told.Done()
		})
		if err != nil {
			w.t.Fatalf("fill %q: %v", room, err)
		}
	}
	told.Wait()
}

// snapshot follows a room for a moment.
func (w *watched) snapshot(room string) journal.Snapshot {
	w.t.Helper()
	s, feed, err := w.Follow(context.Background(), room)
	if err != nil {
		w.t.Fatalf("follow %q: %v", room, err)
	}
	feed.Close()
	return s
}
