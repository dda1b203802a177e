package client_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"snug/client"
	"snug/internal/servertest"
	"snug/protocol"
)

// talk sends messages in each of the rooms, each from every one of its senders
// goroutines, and reads them in all rooms, including the quiet ones. It checks that no
// reader misses a message, or gets one twice or out of order.
func talk(t *testing.T, rooms, quiet []*client.Room, senders, each int, during func(said int)) {
	t.Helper()
	total := len(rooms) * senders * each
	var mu sync.Mutex
	confirmed := make(map[uint64]string)
	var all sync.WaitGroup
	for i, r := range rooms {
		for s := range senders {
			all.Go(func() {
				for n := range each {
					content := fmt.Sprintf("%d/%d/%d", i, s, n)
					seq, err := r.Send(t.Context(), client.Message{Content: content})
					if err != nil {
						t.Errorf("send %s: %v", content, err)
						return
					}
					mu.Lock()
					if other, ok := confirmed[seq]; ok {
						t.Errorf("%s and %s are both event %d", other, content, seq)
					}
					confirmed[seq] = content
					if during != nil {
						during(len(confirmed))
					}
					mu.Unlock()
				}
			})
		}
	}
	read := make([][]string, len(rooms)+len(quiet))
	for i, r := range slices.Concat(rooms, quiet) {
		all.Go(func() { read[i] = contentsOf(t, r, total) })
	}
	all.Wait()
	for i, contents := range read {
		for at, content := range contents {
			if want := confirmed[uint64(at)+1]; content != want {
				t.Fatalf("reader %d has %q as event %d, and %q was confirmed", i, content, at+1, want)
			}
		}
	}
}

// contentsOf is contents for goroutines other than the test's.
func contentsOf(t *testing.T, r *client.Room, n int) (all []string) {
	var last uint64
	for e, err := range r.Events(t.Context()) {
		if err != nil {
			t.Errorf("after %d of %d: %v", len(all), n, err)
			return all
		}
		switch e := e.(type) {
		case *protocol.Event:
			if e.Seq != last+1 {
				t.Errorf("event %d after %d", e.Seq, last)
				return all
			}
			last = e.Seq
			m, _ := e.Message()
			if all = append(all, m.Content); len(all) == n {
				return all
			}
		case *protocol.Gap:
			t.Errorf("%d to %d are missing", e.First, e.Last)
		}
	}
	return all
}

func TestNothingIsLostOrDoubledOnABadNetwork(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			s := startServer(t, "sqlite:")
			p := newProxy(t, s.Addr, seed, 20)
			var rooms []*client.Room
			for i := range 4 {
				rooms = append(rooms, patientJoin(t, p.addr, fmt.Sprint("n", i)))
			}
			direct := join(t, s.Addr, client.Options{Nick: "direct"})
			talk(t, rooms, []*client.Room{direct}, 4, 50, nil)
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.cuts > 10 {
				t.Errorf("%d cuts are left: this has tried little", p.cuts)
			}
		})
	}
}

// patientJoin joins through a proxy that may cut the connection during the join.
func patientJoin(t *testing.T, addr, nick string) *client.Room {
	t.Helper()
	for {
		r, err := client.Join(t.Context(), "http://"+addr, "lobby", client.Options{Nick: nick, Transport: transport(t)})
		if err == nil {
			t.Cleanup(func() { _ = r.Close() })
			return r
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingIsLostOrDoubledWhenTheServerRestarts(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:")
	rooms := []*client.Room{join(t, s.Addr, client.Options{Nick: "ann"}), join(t, s.Addr, client.Options{Nick: "bob"})}
	var restarts sync.WaitGroup
	talk(t, rooms, nil, 3, 100, func(said int) {
		if said == 150 || said == 400 {
			restarts.Go(func() {
				s.Stop()
				s.Start()
			})
		}
	})
	restarts.Wait()
	for _, r := range rooms {
		if n := len(r.Members().Members); n != 2 {
			t.Errorf("%d members are here", n)
		}
	}
}

func TestAnotherLogIsToldAndReadFromItsFront(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	ann := join(t, s.Addr, client.Options{})
	say(t, ann, "of the old log")
	if c := until[*client.Connected](t, ann); c.Resumed {
		t.Error("the first welcome is said to go on from somewhere")
	}
	contents(t, ann, 1)
	before := ann.Position()
	s.Stop() // a room in memory goes with its server
	s.Start()
	if d := until[*client.Disconnected](t, ann); d.Err == nil || d.Retry <= 0 {
		t.Errorf("disconnected: %+v", d)
	}
	c := until[*client.Connected](t, ann)
	if c.Resumed || c.Epoch == before.Epoch {
		t.Errorf("another log goes on from the old one: %+v", c)
	}
	if at := ann.Position(); at.Epoch != c.Epoch || at.Seq != 0 {
		t.Errorf("the position is %+v in another log", at)
	}
	if seq := say(t, ann, "new"); seq != 1 {
		t.Errorf("the new log begins with %d", seq)
	}
	if got := contents(t, ann, 1); got[0] != "new" {
		t.Errorf("read %q", got)
	}
}

// held returns a room with a message "x" that the server has, and the client doesn't
// know that.
func held(t *testing.T, s *servertest.Server) (*client.Room, *proxy, chan error) {
	t.Helper()
	p := newProxy(t, s.Addr, 0, 0)
	r := join(t, p.addr, client.Options{})
	other := join(t, s.Addr, client.Options{Nick: "witness"})
	p.hold()
	sent := make(chan error, 1)
	go func() {
		_, err := r.Send(t.Context(), client.Message{ID: "held", Content: "x"})
		sent <- err
	}()
	contents(t, other, 1)
	return r, p, sent
}

func TestAMessageInDoubtIsSettledByTheReplay(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	r, p, sent := held(t, s)
	p.cut()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if seq := say(t, r, "next"); seq != 2 {
		t.Errorf("the next message is event %d: the one in doubt was said twice", seq)
	}
}

func TestAMessageInDoubtIsNotSentAsAnotherMember(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	r, p, sent := held(t, s)
	was := r.You()
	old := s.TakeOffline()
	p.cut()
	s.ShutDown(old) // with the key to its seats
	s.Start()
	err := <-sent
	var unknown *client.UnknownError
	if !errors.As(err, &unknown) || unknown.ID != "held" || !errors.Is(err, client.ErrSeatLost) {
		t.Errorf("the outcome is %v", err)
	}
	if r.You().Member == was.Member {
		t.Error("this tries nothing: the member is the same")
	}
	if seq := say(t, r, "mine"); seq != 1 {
		t.Errorf("the new log has %d before", seq-1)
	}
}

func TestSeatAndPositionBringBackMemberAndPlace(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:")
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	say(t, ann, "one")
	contents(t, ann, 1)
	seat, at, you := ann.Seat(), ann.Position(), ann.You()
	if err := ann.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	for n := range 100 { // more than a fresh join would get
		say(t, bob, fmt.Sprint(n))
	}
	again := join(t, s.Addr, client.Options{Nick: "ann", Seat: seat, Since: at})
	if again.You() != you {
		t.Errorf("came back as %+v, was %+v", again.You(), you)
	}
	if c := until[*client.Connected](t, again); !c.Resumed {
		t.Error("not resumed")
	}
	if got := contents(t, again, 100); got[0] != "0" || got[99] != "99" {
		t.Errorf("read %q to %q", got[0], got[99])
	}
}
