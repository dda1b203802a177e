package client_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/coder/websocket"

	"snug/client"
	"snug/protocol"
)

func TestWhoIsTwentyThousandBehindGetsEverything(t *testing.T) {
	t.Parallel()
	const head = 20_000
	pages, top, last := 0, uint64(head), protocol.Event{}
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		for seq := range uint64(head) {
			f.message(seq+1, "m2", "x", "x")
		}
		f.event(protocol.EventJoined, protocol.Presence{Member: protocol.Member{Member: "m3", Nick: "bob"}, Count: 2})
		for {
			switch c := f.hear(); c.Type {
			case protocol.CommandHistory:
				pages++
				f.page(c, func(seq uint64) (protocol.Event, bool) {
					if seq > head {
						return last, seq == top
					}
					return logged(seq, "m2", "x", "x"), true
				})
			case protocol.CommandSend:
				if top == head {
					top = head + 1
					last = logged(top, "m1", c.ID, c.Content)
					f.say(last.AppendJSON(nil))
				}
			case "":
				return
			}
		}
	})
	r := join(t, addr, client.Options{})
	say(t, r, "last") // now the client has received all events
	if got := contents(t, r, head+1); got[head] != "last" {
		t.Errorf("the last one is %q", got[head])
	}
	if at := r.Position(); at.Seq != head+1 {
		t.Errorf("at %+v", at)
	}
	if m, ok := read(t, r).(*protocol.Members); !ok || m.Count != 2 || len(m.Members) != 2 || m.Members[1].Nick != "bob" {
		t.Errorf("in place of the dropped presence event came %+v", m)
	}
	if r.Close() != nil || pages < (head-1024)/200 {
		t.Errorf("%d pages were read", pages)
	}
}

func TestAReconnectThatDidNotFitIsToldAfterwards(t *testing.T) {
	t.Parallel()
	const head = 2000
	addr := startFake(t, func(f *fakeConn) {
		if f.n == 1 {
			f.welcome("e", 0)
			for seq := range uint64(head) {
				f.message(seq+1, "m2", "x", "x")
			}
			_ = f.ws.Close(websocket.StatusGoingAway, "") // the client reads it after these events
			return
		}
		f.welcome("e", head)
		for c := f.hear(); c.Type != ""; c = f.hear() {
			if c.Type == protocol.CommandSend {
				f.event(protocol.EventAck, protocol.Ack{ID: c.ID, Seq: 1})
				continue
			}
			f.page(c, func(seq uint64) (protocol.Event, bool) { return logged(seq, "m2", "x", "x"), seq <= head })
		}
	})
	r := join(t, addr, client.Options{})
	say(t, r, "anything") // only the second connection confirms it
	contents(t, r, head)
	if c, ok := read(t, r).(*client.Connected); !ok || !c.Resumed {
		t.Errorf("after the events came %+v", c)
	}
}

func TestTheOldLogsEventsAreDropped(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		if f.n == 1 {
			f.welcome("old", 0)
			for seq := range uint64(3000) {
				f.message(seq+1, "m2", "x", "old")
			}
			return
		}
		f.welcome("new", 0)
		c := f.hear()
		f.message(1, "m1", c.ID, c.Content)
		f.drain()
	})
	r := join(t, addr, client.Options{})
	if e := until[*protocol.Event](t, r); e.Seq != 1 { // and then this reader is busy elsewhere
		t.Fatalf("began with %d", e.Seq)
	}
	if seq := say(t, r, "new"); seq != 1 {
		t.Fatalf("sent as %d", seq)
	}
	if c, ok := read(t, r).(*client.Connected); !ok || c.Resumed || c.Epoch != "new" {
		t.Errorf("next came %+v", c)
	}
	if got := contents(t, r, 1); got[0] != "new" || r.Position().Epoch != "new" {
		t.Errorf("read %q at %+v", got, r.Position())
	}
}

func TestASeamIsReadAgainFromBeforeIt(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		switch {
		case f.n == 1:
			f.welcome("e", 0)
			f.message(1, "m2", "x", "one")
			f.message(3, "m2", "x", "not yet")
		case f.join.Since == nil || f.join.Since.Seq != 1:
			t.Errorf("came back with %+v", f.join.Since)
		default:
			f.welcome("e", 3)
			f.message(2, "m2", "x", "two")
			f.message(3, "m2", "x", "three")
		}
		f.drain()
	})
	if got := contents(t, join(t, addr, client.Options{}), 3); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("read %q", got)
	}
}

func TestWhatALaterServerSaysIsPassedOverAndCounted(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		e := logged(1, "m2", "x", "")
		e.Type, e.Body = "sparkled", json.RawMessage(`{"how":["much"]}`)
		f.say(e.AppendJSON(nil))
		f.say([]byte(`{"type":"confetti","member":"m2"}`))
		f.say([]byte(`{"type":"receipt","seq":99}`))
		f.event(protocol.EventCrowd, protocol.Crowd{Count: 300})
		f.event(protocol.EventGap, protocol.Gap{First: 2, Last: 9})
		f.message(10, "m2", "x", "hi")
		f.drain()
	})
	r := join(t, addr, client.Options{})
	var got []string
	for len(got) < 5 {
		got = append(got, fmt.Sprintf("%T", read(t, r)))
	}
	want := []string{"*client.Connected", "*protocol.Event", "*protocol.Crowd", "*protocol.Gap", "*protocol.Event"}
	if !slices.Equal(got, want) || r.Position() != (protocol.Position{Epoch: "e", Seq: 10}) {
		t.Errorf("got %v at %+v", got, r.Position())
	}
	if m := r.Members(); m.Count != 300 || len(m.Members) != 0 {
		t.Errorf("in the crowd are %+v", m)
	}
}

func TestWhoComesToAPrunedLogKnowsItsPlace(t *testing.T) {
	t.Parallel()
	since := make(chan *protocol.Position, 2)
	addr := startFake(t, func(f *fakeConn) {
		since <- f.join.Since
		f.event(protocol.EventWelcome, protocol.Welcome{
			Room: "lobby", Epoch: "e", First: 11, Head: 10, Resumed: f.join.Since != nil,
			You: protocol.You{Member: protocol.Member{Member: "m1", Nick: "ann", Role: "member"}, Seat: "s"},
		})
		if f.n > 1 {
			f.drain()
		}
	})
	join(t, addr, client.Options{})
	<-since
	if got := <-since; got == nil || *got != (protocol.Position{Epoch: "e", Seq: 10}) {
		t.Errorf("comes back with %+v", got)
	}
}

// A client that was far behind gets members in place of single presence events.
func TestANickIsTakenAlsoIfOnlyMembersTellIt(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		for c := f.hear(); c.Type != ""; c = f.hear() {
			me := protocol.Member{Member: "m1", Nick: c.Nick, Role: "member"}
			f.event(protocol.EventMembers, protocol.Members{Members: []protocol.Member{me}, Count: 1})
		}
	})
	r := join(t, addr, client.Options{})
	if err := r.Rename(t.Context(), "eve"); err != nil || r.You().Nick != "eve" {
		t.Errorf("it goes by %q, %v", r.You().Nick, err)
	}
}
