package client_test

import (
	"testing"

	"go.uber.org/goleak"

	"snug"
	"snug/client"
	"snug/internal/servertest"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// owned makes the first member of a room its owner, with the first event of the log.
func owned(o *snug.Options) { o.Rooms.NoOwners = false }

// startServer starts a server without limits and owners. journal is memory: or
// sqlite:. The server ends with the test, after the rooms that were joined since.
func startServer(t testing.TB, journal string, changes ...func(*snug.Options)) *servertest.Server {
	t.Helper()
	ownerless := func(o *snug.Options) { o.Rooms.NoOwners = true }
	return servertest.Start(t, journal, append([]func(*snug.Options){ownerless}, changes...)...)
}

// join joins the room "lobby" of the server at addr. The room is closed with the test.
func join(t testing.TB, addr string, o client.Options) *client.Room {
	t.Helper()
	if o.Nick == "" {
		o.Nick = "ann"
	}
	o.Transport = transport(t)
	r, err := client.Join(t.Context(), "http://"+addr, "lobby", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // an error is of no interest here
	return r
}

// say sends a message, which must be confirmed.
func say(t testing.TB, r *client.Room, content string) uint64 {
	t.Helper()
	seq, err := r.Send(t.Context(), client.Message{Content: content})
	if err != nil {
		t.Fatalf("send %q: %v", content, err)
	}
	return seq
}

// read reads the next event.
func read(t testing.TB, r *client.Room) client.Event {
	t.Helper()
	for e, err := range r.Events(t.Context()) {
		if err != nil {
			t.Fatalf("events: %v", err)
		}
		return e
	}
	t.Fatal("the events ended without an error")
	return nil
}

// until reads up to the next event of type E.
func until[E client.Event](t testing.TB, r *client.Room) E {
	t.Helper()
	for {
		if e, ok := read(t, r).(E); ok {
			return e
		}
	}
}

// contents reads n messages, whose seqs must follow each other.
func contents(t testing.TB, r *client.Room, n int) (all []string) {
	t.Helper()
	var last uint64
	for e, err := range r.Events(t.Context()) {
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(all), n, err)
		}
		switch e := e.(type) {
		case *protocol.Event:
			if last != 0 && e.Seq != last+1 {
				t.Fatalf("event %d after %d", e.Seq, last)
			}
			last = e.Seq
			m, err := e.Message()
			if err != nil {
				t.Fatal(err)
			}
			if all = append(all, m.Content); len(all) == n {
				return all
			}
		case *protocol.Gap:
			t.Fatalf("%d to %d are missing", e.First, e.Last)
		}
	}
	return all
}
