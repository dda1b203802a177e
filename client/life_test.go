package client_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"snug/client"
	"snug/protocol"
)

func TestARoomHasANameAndPins(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	ends := time.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)
	if err := ann.Set(t.Context(), client.Change{Name: new("Tea room"), Keep: new(time.Hour), Expires: &ends}); err != nil {
		t.Fatal(err)
	}
	first, second, third := say(t, bob, "one"), say(t, bob, "two"), say(t, bob, "three")
	for _, seq := range []uint64{third, second, first} {
		if err := ann.Pin(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	if err := bob.Unpin(t.Context(), first); !code(protocol.Forbidden)(err) {
		t.Errorf("a member unpins: %v", err)
	}
	if err := errors.Join(ann.Unpin(t.Context(), third), bob.Delete(t.Context(), second)); err != nil {
		t.Fatal(err)
	}
	last := say(t, bob, "last")
	for _, r := range []*client.Room{ann, bob, join(t, s.Addr, client.Options{Nick: "cy"})} {
		for until[*protocol.Event](t, r).Seq < last {
		}
		if got := r.Pins(); !slices.Equal(got, []uint64{first}) {
			t.Errorf("pinned are %d, want %d", got, first)
		}
		at, err := time.Parse(protocol.TimeLayout, r.Settings().Expires)
		if n := r.Settings(); n.Name != "Tea room" || n.KeepSeconds != 3600 || err != nil || !at.Equal(ends) {
			t.Errorf("the settings are %+v", n)
		}
	}
	if err := ann.Set(t.Context(), client.Change{Expires: new(time.Time), Keep: new(time.Duration)}); err != nil {
		t.Fatal(err)
	}
	if n := ann.Settings(); n.Expires != "" || n.KeepSeconds != 0 {
		t.Errorf("the settings are %+v", n)
	}
}

func TestARoomThatIsClosedIsOverForEveryone(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	p := newProxy(t, s.Addr, 0, 0)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	away := join(t, p.addr, client.Options{Nick: "cy"})
	reader := startReading(t, s.Addr, client.Options{})
	say(t, bob, "hello")
	if err := bob.CloseRoom(t.Context()); !code(protocol.Forbidden)(err) {
		t.Errorf("a member closes the room: %v", err)
	}
	p.hold()
	if err := ann.CloseRoom(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.cut() // with the event and the goodbye
	for who, err := range map[string]error{"the owner": ends(t, ann), "a member": ends(t, bob), "one who was away": ends(t, away), "a reader": readerEnds(t, reader)} {
		if !client.IsRoomClosed(err) {
			t.Errorf("the events of %s end with %v", who, err)
		}
	}
	_, err := bob.Send(t.Context(), client.Message{Content: "but"})
	if !client.IsRoomClosed(err) || errors.As(err, new(*client.UnknownError)) {
		t.Errorf("a message afterwards: %v", err)
	}
	o := client.Options{Nick: "ann", Seat: ann.Seat(), Transport: transport(t)}
	if _, err := client.Join(t.Context(), s.Addr, "lobby", o); !client.IsRoomClosed(err) {
		t.Errorf("a join afterwards: %v", err)
	}
	if _, err := client.Read(t.Context(), s.Addr, "lobby", client.Options{}); !client.IsRoomClosed(err) {
		t.Errorf("a reader afterwards: %v", err)
	}
}

// The end of the room settles what is under way: also the close itself.
func TestWhatIsInDoubtWhenARoomIsClosedIsSettled(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		if f.n > 1 {
			f.say(protocol.AppendError(nil, &protocol.Error{Code: protocol.Closed, Message: "why", RetryAfter: time.Hour}))
			_ = f.ws.Close(4404, "")
			return
		}
		f.welcome("e", 0)
		for range 2 {
			f.hear()
		}
		_ = f.ws.CloseNow()
	})
	r := join(t, addr, client.Options{})
	sent := make(chan error, 1)
	ctx := t.Context()
	go func() {
		_, err := r.Send(ctx, client.Message{Content: "x"})
		sent <- err
	}()
	if err := r.CloseRoom(t.Context()); err != nil {
		t.Errorf("the close: %v", err)
	}
	if err := <-sent; !client.IsRoomClosed(err) || errors.As(err, new(*client.UnknownError)) {
		t.Errorf("the message: %v", err)
	}
}

func TestWhatIsNoLongerKeptIsForgotten(t *testing.T) {
	t.Parallel()
	const head = 2000 // more than wait in memory
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		for seq := range uint64(head) {
			f.message(seq+1, "m2", "x", "x")
			if seq == 10 || seq == 1500 { // the second one doesn't fit
				f.event(protocol.EventPruned, protocol.Pruned{First: seq})
			}
		}
		for c := f.hear(); c.Type != ""; c = f.hear() {
			switch c.Type {
			case protocol.CommandHistory:
				f.page(c, func(seq uint64) (protocol.Event, bool) { return logged(seq, "m2", "x", "x"), seq <= head })
			case protocol.CommandSend:
				f.say(protocol.AppendError(nil, &protocol.Error{Code: protocol.Forbidden, ID: c.ID}))
			}
		}
	})
	r := join(t, addr, client.Options{})
	_, _ = r.Send(t.Context(), client.Message{Content: "x"}) // now the client has received everything
	var fold client.Fold
	var pruned []uint64
	for len(pruned) < 2 {
		switch e := read(t, r).(type) {
		case *protocol.Event:
			fold.Apply(e)
		case *protocol.Pruned:
			pruned = append(pruned, e.First)
			fold.Prune(e.First)
			for l := range fold.Lines() {
				if l.Seq != e.First {
					t.Errorf("the first line is that of event %d after %d", l.Seq, e.First)
				}
				break
			}
		}
	}
	if want := []uint64{10, 1500}; !slices.Equal(pruned, want) {
		t.Errorf("told are %d, want %d", pruned, want)
	}
}

func TestDevicesAgreeOnWhatIsSeen(t *testing.T) {
	t.Parallel()
	told := make(chan uint64, 10)
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		if f.n == 1 {
			for seq := range uint64(9) {
				f.message(seq+1, "m2", fmt.Sprint(seq), "x")
			}
			f.event(protocol.EventSeen, protocol.Seen{Seq: 5})
		}
		for c := f.hear(); c.Type != ""; c = f.hear() {
			if c.Type != protocol.CommandSeen {
				t.Errorf("heard %+v", c)
			}
			told <- c.Seq
		}
	})
	r := join(t, addr, client.Options{})
	if e := until[*protocol.Seen](t, r); e.Seq != 5 || r.Seen() != 5 {
		t.Errorf("seen is %d, and then %d", e.Seq, r.Seen())
	}
	for _, seq := range []uint64{3, 7} {
		if err := r.SetSeen(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	if seq := <-told; seq != 7 || r.Seen() != 7 {
		t.Errorf("the server is told %d, seen is %d", seq, r.Seen())
	}
}
