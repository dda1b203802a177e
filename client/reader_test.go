package client_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"snug/client"
	"snug/protocol"
)

// startReading reads the room "lobby" of the server at addr, through whatever cuts.
func startReading(t *testing.T, addr string, o client.Options) *client.Reader {
	t.Helper()
	for {
		r, err := client.Read(t.Context(), addr, "lobby", o)
		if err == nil {
			t.Cleanup(func() { _ = r.Close() }) // an error is of no interest here
			return r
		}
		if t.Context().Err() != nil || code(protocol.Forbidden)(err) {
			t.Fatal(err)
		}
	}
}

// readerEnds reads until the events end, and returns why.
func readerEnds(t *testing.T, r *client.Reader) (last error) {
	t.Helper()
	for _, last = range r.Events(t.Context()) {
	}
	return last
}

func TestReadingMakesNoRoomAndClaimsNone(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	r := startReading(t, s.Addr, client.Options{})
	s.Stop()
	s.Start()
	startReading(t, s.Addr, client.Options{Nick: "nobody"})
	ann := join(t, s.Addr, client.Options{})
	if you := ann.You(); you.Role != protocol.RoleOwner {
		t.Errorf("the first member after readers is %+v", you)
	}
	if here := ann.Members(); here.Count != 1 {
		t.Errorf("present are %+v", here)
	}
	said := say(t, ann, "hello")
	if said != 2 {
		t.Errorf("the first message is event %d, want 2: the one after the claim", said)
	}
	var seqs []uint64
	times := 0
	for e, err := range r.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case *client.Connected:
			if times++; times == 1 && (e.Head > 0 || e.Count > 0 || e.You.Member.Member != "") {
				t.Errorf("before anybody came, the reader is told %+v", e.Welcome)
			}
		case *client.Disconnected:
		case *protocol.Event:
			seqs = append(seqs, e.Seq)
		default:
			t.Errorf("the reader gets %T", e)
		}
		if len(seqs) == 2 {
			break
		}
	}
	if seqs[1] != said || r.Position().Seq != said {
		t.Errorf("read are %d, up to %+v", seqs, r.Position())
	}
}

func TestAReaderMissesNothingOnABadNetwork(t *testing.T) {
	t.Parallel()
	const messages = 1500 // more than wait in memory
	s := startServer(t, "sqlite:")
	p := newProxy(t, s.Addr, 3, 10)
	ann := join(t, s.Addr, client.Options{})
	r := startReading(t, p.addr, client.Options{History: -1})
	var saying sync.WaitGroup
	ctx := t.Context()
	for range 20 {
		saying.Go(func() {
			for range messages / 20 {
				if _, err := ann.Send(ctx, client.Message{Content: strings.Repeat("x", 100)}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	saying.Wait()
	var last uint64
	for e, err := range r.Events(t.Context()) {
		if err != nil {
			t.Fatalf("after %d: %v", last, err)
		}
		if e, ok := e.(*protocol.Event); ok {
			if e.Seq != last+1 {
				t.Fatalf("event %d after %d", e.Seq, last)
			}
			if last = e.Seq; last == messages {
				break
			}
		}
	}
}

func TestAReaderGoesOnWhereAnotherStopped(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:")
	ann := join(t, s.Addr, client.Options{})
	for n := range 5 {
		say(t, ann, fmt.Sprint(n))
	}
	first := startReading(t, s.Addr, client.Options{History: 3})
	for e, err := range first.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := e.(*protocol.Event); ok {
			if e.Seq != 3 {
				t.Errorf("a history of 3 begins with event %d", e.Seq)
			}
			break
		}
	}
	next := startReading(t, s.Addr, client.Options{Since: first.Position()})
	for e, err := range next.Events(t.Context()) {
		switch e := e.(type) {
		case *client.Connected:
			if !e.Resumed {
				t.Error("not resumed")
			}
			continue
		case *protocol.Event:
			if e.Seq != 4 {
				t.Errorf("goes on with event %d", e.Seq)
			}
		default:
			t.Errorf("%T, %v", e, err)
		}
		break
	}
}

func TestAReaderNeedsWhatTheRoomAsksFor(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann := join(t, s.Addr, client.Options{})
	if err := ann.Set(t.Context(), client.Change{Password: new("open sésame")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(t.Context(), s.Addr, "lobby", client.Options{}); !code(protocol.BadPassword)(err) {
		t.Errorf("without the password: %v", err)
	}
	r := startReading(t, s.Addr, client.Options{Password: "open sésame"})
	if !r.Settings().Password {
		t.Error("the reader isn't told that there is a password")
	}
	if err := ann.Set(t.Context(), client.Change{Reading: new(protocol.ReadingMembers)}); err != nil {
		t.Fatal(err)
	}
	if err := readerEnds(t, r); !code(protocol.Forbidden)(err) {
		t.Errorf("a reader in a room for members ends with %v", err)
	}
	if _, err := client.Read(t.Context(), s.Addr, "lobby", client.Options{Password: "open sésame"}); !code(protocol.Forbidden)(err) {
		t.Errorf("a stranger in a room for members: %v", err)
	}
	startReading(t, s.Addr, client.Options{Seat: ann.Seat()})
	if _, err := client.Read(t.Context(), s.Addr, "lobby", client.Options{Seat: "s3cret"}); !code(protocol.Forbidden)(err) {
		t.Errorf("with a bad seat: %v", err)
	}
	if _, err := client.Read(t.Context(), s.Addr, "", client.Options{}); err == nil {
		t.Error("a room without a code is read")
	}
}
