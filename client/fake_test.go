package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"snug/client"
	"snug/protocol"
)

// fake is one connection of a server that says what a test wants.
type fake struct {
	t    testing.TB
	ws   *websocket.Conn
	n    int              // which connection it is, from 1
	join protocol.Command // how it was joined
}

// pretend starts a server whose connections, once joined, talk as they are told.
func pretend(t testing.TB, talk func(*fake)) (addr string) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow() //nolint:errcheck // it is over
		f := &fake{t: t, ws: ws, n: int(n.Add(1))}
		f.join = f.hear()
		talk(f)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// hear reads the next command; one without a type is the end.
func (f *fake) hear() (c protocol.Command) {
	_, frame, err := f.ws.Read(context.Background())
	if err != nil {
		return protocol.Command{}
	}
	if err := json.Unmarshal(frame, &c); err != nil {
		f.t.Errorf("%s: %v", frame, err)
	}
	return c
}

// drain reads until the client goes.
func (f *fake) drain() {
	for f.hear().Type != "" {
	}
}

func (f *fake) say(frame []byte) {
	_ = f.ws.Write(context.Background(), websocket.MessageText, frame) // the client may have gone
}

func (f *fake) event(typ protocol.EventType, fields any) {
	f.say(protocol.AppendEvent(nil, typ, fields))
}

// welcome is m1's, into a log with so many events.
func (f *fake) welcome(epoch string, head uint64) {
	f.event(protocol.EventWelcome, protocol.Welcome{
		Room: "lobby", Epoch: epoch, First: 1, Head: head,
		Resumed: f.join.Since != nil && f.join.Since.Epoch == epoch && f.join.Since.Seq <= head,
		You:     protocol.You{Member: protocol.Member{Member: "m1", Nick: "ann", Role: "member"}, Seat: "s"},
		Members: []protocol.Member{{Member: "m1", Nick: "ann", Role: "member"}}, Count: 1,
		Limits: protocol.Limits{ContentChars: 100, FrameBytes: 5000, EventBytes: 500_000, RetryMS: 20},
	})
}

// logged is event seq, a message of member's.
func logged(seq uint64, member, id, content string) protocol.Event {
	return protocol.Event{
		Type: protocol.EventMessage, Seq: seq, ID: id, At: time.UnixMilli(1e12).UTC(),
		From: protocol.Member{Member: member, Nick: member, Role: "member"}, Body: protocol.MessageBody{Content: content}.Encode(),
	}
}

func (f *fake) message(seq uint64, member, id, content string) {
	e := logged(seq, member, id, content)
	f.say(e.AppendJSON(nil))
}

// page answers a history.
func (f *fake) page(c protocol.Command, event func(seq uint64) (protocol.Event, bool)) {
	var events []protocol.Event
	for seq := *c.After + 1; len(events) < *c.Limit; seq++ {
		e, ok := event(seq)
		if !ok {
			break
		}
		events = append(events, e)
	}
	f.say(protocol.AppendHistory(nil, c.Ref, events, true))
}

func TestWhoIsTwentyThousandBehindGetsEverything(t *testing.T) {
	t.Parallel()
	const head = 20_000
	pages, top, last := 0, uint64(head), protocol.Event{}
	addr := pretend(t, func(f *fake) {
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
			case protocol.CommandSend: // again and again, until all before it is read
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
	say(t, r, "last") // by now all of it has come
	if got := contents(t, r, head+1); got[head] != "last" {
		t.Errorf("the last one is %q", got[head])
	}
	if at := r.Position(); at.Seq != head+1 {
		t.Errorf("at %+v", at)
	}
	if m, ok := read(t, r).(*protocol.Members); !ok || m.Count != 2 || len(m.Members) != 2 || m.Members[1].Nick != "bob" {
		t.Errorf("what was lost beside the log is made good by %+v", m)
	}
	if r.Close() != nil || pages < (head-1024)/200 {
		t.Errorf("%d pages were read", pages)
	}
}

func TestAReconnectThatDidNotFitIsToldAfterwards(t *testing.T) {
	t.Parallel()
	const head = 2000
	addr := pretend(t, func(f *fake) {
		if f.n == 1 {
			f.welcome("e", 0)
			for seq := range uint64(head) {
				f.message(seq+1, "m2", "x", "x")
			}
			_ = f.ws.Close(websocket.StatusGoingAway, "") // which comes after all that
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
	say(t, r, "anything") // which only the second connection takes
	contents(t, r, head)
	if c, ok := read(t, r).(*client.Connected); !ok || !c.Resumed {
		t.Errorf("after the events came %+v", c)
	}
}

func TestAMessageWhoseIDMayBeForgottenIsNotSentAgain(t *testing.T) {
	t.Parallel()
	addr := pretend(t, func(f *fake) {
		if f.n == 1 {
			f.welcome("e", 0)
			f.hear()
			return
		}
		f.welcome("e", 20_001)
		f.event(protocol.EventGap, protocol.Gap{First: 1, Last: 20_000})
		f.message(20_001, "m2", "x", "x")
		if c := f.hear(); c.Type != "" {
			t.Errorf("sent again: %+v", c)
		}
	})
	r := join(t, addr, client.Options{})
	_, err := r.Send(within(t), client.Message{Content: "x"})
	var unknown *client.UnknownError
	if !errors.As(err, &unknown) || !errors.Is(err, client.ErrTooOld) {
		t.Errorf("the outcome is %v", err)
	}
}

func TestGoodbyeSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	addr := pretend(t, func(f *fake) {
		f.welcome("e", 0)
		f.event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeDraining, ReconnectAfterMS: 4321})
		_ = f.ws.Close(websocket.StatusGoingAway, "")
	})
	r := join(t, addr, client.Options{})
	if d := until[*client.Disconnected](t, r); d.Retry != 4321*time.Millisecond {
		t.Errorf("comes back in %v", d.Retry)
	}
}

func TestTheTokenIsShownOnEachConnection(t *testing.T) {
	t.Parallel()
	tokens := make(chan string, 2)
	addr := pretend(t, func(f *fake) {
		tokens <- f.join.Token
		f.welcome("e", 0)
		if f.n > 1 {
			f.drain()
		}
	})
	join(t, addr, client.Options{Token: "t0ken"})
	for n := range 2 {
		if got := <-tokens; got != "t0ken" {
			t.Errorf("connection %d shows %q", n+1, got)
		}
	}
}

func TestSomeClosingsAreForGood(t *testing.T) {
	t.Parallel()
	for _, code := range []websocket.StatusCode{4401, 4403, 4404} {
		addr := pretend(t, func(f *fake) {
			if f.n > 1 {
				t.Errorf("came back after %d", code)
			}
			f.welcome("e", 0)
			f.message(1, "m2", "x", "the last words")
			f.hear()
			_ = f.ws.Close(code, "why")
		})
		r := join(t, addr, client.Options{})
		_, err := r.Send(within(t), client.Message{Content: "x"})
		var unknown *client.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%d: the message under way: %v", code, err)
		}
		if got := contents(t, r, 1); got[0] != "the last words" {
			t.Errorf("%d: read %q", code, got)
		}
		var ended *client.EndedError
		for _, err = range r.Events(within(t)) {
		}
		if !errors.As(err, &ended) || ended.Code != protocol.CloseCode(code) || ended.Reason != "why" {
			t.Errorf("%d: the events end with %v", code, err)
		}
		if _, err := r.Send(within(t), client.Message{Content: "x"}); !errors.As(err, &ended) {
			t.Errorf("%d: a message afterwards: %v", code, err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%d: close: %v", code, err)
		}
	}
}

func TestUnsettledMessagesAreSentAgainInOrderAfterTheReplay(t *testing.T) {
	t.Parallel()
	const messages = 20
	again := make(chan []string, 1)
	addr := pretend(t, func(f *fake) {
		switch f.n {
		case 1:
			f.welcome("e", 0)
			for range messages {
				f.hear()
			}
		case 2:
			if f.join.Since == nil || f.join.Since.Seq != 0 || f.join.Seat != "s" {
				t.Errorf("came back with %+v", f.join)
			}
			heard := make(chan protocol.Command, messages)
			go func() {
				for c := f.hear(); c.Type != ""; c = f.hear() {
					heard <- c
				}
				close(heard)
			}()
			f.welcome("e", 2)
			f.message(1, "m1", "3", "x") // one of them had arrived
			for range 20 {               // the client has read as far as this, and has had time
				_ = f.ws.Ping(context.Background())
			}
			if len(heard) > 0 {
				t.Error("the rest is sent before the replay is read")
			}
			f.message(2, "m2", "5", "x") // another member's id is nothing to us
			var ids []string
			for len(ids) < messages-1 {
				c := <-heard
				ids = append(ids, c.ID)
				f.message(uint64(len(ids)+2), "m1", c.ID, c.Content)
			}
			again <- ids
			for range heard {
			}
		}
	})
	r := join(t, addr, client.Options{})
	sent := make(chan error)
	for n := range messages {
		go func() {
			_, err := r.Send(within(t), client.Message{ID: fmt.Sprint(n), Content: "x"})
			sent <- err
		}()
	}
	for range messages {
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
	ids := <-again
	if slices.Contains(ids, "3") || !slices.Contains(ids, "5") {
		t.Errorf("sent again: %v", ids)
	}
}

func TestSilenceAndUnavailableAreAnsweredWithTheSameAgain(t *testing.T) {
	t.Parallel()
	addr := pretend(t, func(f *fake) {
		f.welcome("e", 0)
		first := f.hear()
		for n := range 3 {
			again := f.hear() // the first time nothing is said
			if again.ID != first.ID || again.Content != "hi" {
				t.Errorf("%d: sent again as %+v, was %+v", n, again, first)
			}
			if n < 2 {
				f.say(protocol.AppendError(nil, &protocol.Error{Code: protocol.Unavailable, Message: "later", ID: first.ID}))
			}
		}
		f.event(protocol.EventAck, protocol.Ack{ID: first.ID, Seq: 7, Duplicate: true})
		f.drain()
	})
	r := join(t, addr, client.Options{})
	if seq := say(t, r, "hi"); seq != 7 {
		t.Errorf("settled as %d", seq)
	}
}

func TestASeamIsReadAgainFromBeforeIt(t *testing.T) {
	t.Parallel()
	addr := pretend(t, func(f *fake) {
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
	addr := pretend(t, func(f *fake) {
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

func TestTheOldLogsEventsAreDropped(t *testing.T) {
	t.Parallel()
	addr := pretend(t, func(f *fake) {
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

func TestWhoComesToAPrunedLogKnowsItsPlace(t *testing.T) {
	t.Parallel()
	since := make(chan *protocol.Position, 2)
	addr := pretend(t, func(f *fake) {
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

// Who had fallen far behind gets members in place of what was told meanwhile.
func TestANickIsTakenAlsoIfOnlyMembersTellIt(t *testing.T) {
	t.Parallel()
	addr := pretend(t, func(f *fake) {
		f.welcome("e", 0)
		for c := f.hear(); c.Type != ""; c = f.hear() {
			me := protocol.Member{Member: "m1", Nick: c.Nick, Role: "member"}
			f.event(protocol.EventMembers, protocol.Members{Members: []protocol.Member{me}, Count: 1})
		}
	})
	r := join(t, addr, client.Options{})
	if err := r.Rename(within(t), "eve"); err != nil || r.You().Nick != "eve" {
		t.Errorf("it goes by %q, %v", r.You().Nick, err)
	}
}
