package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"snug/client"
	"snug/protocol"
)

func TestWhoFallsFarBehindGetsEverything(t *testing.T) {
	t.Parallel()
	const senders = 100
	messages := uint64(3000)
	if os.Getenv("SNUG_SOAK") != "" { // SQLite under the race detector takes its time; see the fake server's
		messages = 50_000
	}
	s := startServer(t, "sqlite:")
	slow := join(t, s.Addr, client.Options{Nick: "slow"})
	ann := join(t, s.Addr, client.Options{History: -1})
	if c := until[*client.Connected](t, slow); c.You.Nick != "slow" {
		t.Fatalf("connected as %+v", c.You)
	}
	ctx := t.Context()
	var sending sync.WaitGroup
	for range senders {
		sending.Go(func() {
			for range messages / senders {
				if _, err := ann.Send(ctx, client.Message{Content: "x"}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	sending.Wait()
	if err := ann.Rename(t.Context(), "zoe"); err != nil {
		t.Fatal(err)
	}
	// Whichever event tells it, the new name must come; the event itself was lost,
	// unless the server was as slow to send as this is to read.
	renamed := false
	for n := uint64(0); n < messages || !renamed; {
		for e, err := range slow.Events(t.Context()) { // again and again: a loop goes on where the last one stopped
			if err != nil {
				t.Fatalf("after %d: %v", n, err)
			}
			switch e := e.(type) {
			case *protocol.Event:
				if n++; e.Seq != n || slow.Position().Seq != n {
					t.Fatalf("event %d at %d, want %d", e.Seq, slow.Position().Seq, n)
				}
			case *protocol.Renamed:
				renamed = e.Nick == "zoe"
			case *protocol.Members:
				renamed = slices.ContainsFunc(e.Members, func(m protocol.Member) bool { return m.Nick == "zoe" })
			}
			if n%100 == 0 {
				break
			}
		}
	}
}

func TestOnlyOneLoopReadsAtATime(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	ann := join(t, s.Addr, client.Options{})
	for _, err := range ann.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range ann.Events(t.Context()) {
			if !errors.Is(err, client.ErrBusy) {
				t.Errorf("the second loop gets %v", err)
			}
		}
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	var last error
	for _, err := range ann.Events(ctx) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the loop ended with %v", last)
	}
}

func TestEventsTellWhoIsHere(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	ann := join(t, s.Addr, client.Options{})
	bob := join(t, s.Addr, client.Options{Nick: "bob"})
	if e := until[*protocol.Joined](t, ann); e.Nick != "bob" || e.Count != 2 {
		t.Errorf("joined: %+v", e)
	}
	if err := bob.Typing(t.Context()); err != nil {
		t.Error(err)
	}
	if e := until[*protocol.Typing](t, ann); e.Member != bob.You().Member {
		t.Errorf("typing: %+v", e)
	}
	if err := bob.Rename(t.Context(), "rob"); err != nil || bob.You().Nick != "rob" {
		t.Errorf("renamed: %v, %+v", err, bob.You())
	}
	if e := until[*protocol.Renamed](t, ann); e.Nick != "rob" {
		t.Errorf("renamed: %+v", e)
	}
	var refused *protocol.Error
	if err := bob.Rename(t.Context(), "ann"); !errors.As(err, &refused) || refused.Code != protocol.NickTaken {
		t.Errorf("another's nick: %v", err)
	}
	if m := ann.Members(); m.Count != 2 || len(m.Members) != 2 || m.Members[1].Nick != "rob" {
		t.Errorf("here are %+v", m)
	}
	if err := bob.Close(); err != nil {
		t.Error(err)
	}
	if e := until[*protocol.Left](t, ann); e.Nick != "rob" || ann.Members().Count != 1 {
		t.Errorf("left: %+v, and here are %+v", e, ann.Members())
	}
}

func TestWhatIsNoLongerKeptIsNamed(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:") // the last 1,000
	slow, ann := join(t, s.Addr, client.Options{Nick: "slow"}), join(t, s.Addr, client.Options{})
	say(t, ann, "first")
	contents(t, slow, 1)
	at := slow.Position()
	var sending sync.WaitGroup
	for range 100 {
		sending.Go(func() {
			for range 30 {
				if _, err := ann.Send(t.Context(), client.Message{Content: "x"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	sending.Wait()
	for name, r := range map[string]*client.Room{
		"who read slowly": slow,
		"who came back":   join(t, s.Addr, client.Options{Nick: "back", Since: at}),
	} {
		pos, missing := at.Seq, uint64(0)
		for e, err := range r.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			switch e := e.(type) {
			case *protocol.Gap:
				if e.First != pos+1 {
					t.Errorf("%s: a gap from %d at %d", name, e.First, pos)
				}
				missing += e.Last - e.First + 1
				pos = e.Last
			case *protocol.Event:
				if e.Seq != pos+1 {
					t.Fatalf("%s: %d after %d", name, e.Seq, pos)
				}
				pos = e.Seq
			}
			if pos == 3001 {
				break
			}
		}
		if missing == 0 || missing > 2000 {
			t.Errorf("%s: %d are missing", name, missing)
		}
	}
}

func TestHistoryIsReadInPages(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:")
	ann := join(t, s.Addr, client.Options{})
	for n := range 20 {
		say(t, ann, fmt.Sprint(n+1))
	}
	for _, c := range []struct {
		name        string
		page        client.Page
		first, last uint64
		more        bool
	}{
		{"the newest", client.Page{Limit: 5}, 16, 20, true},
		{"before", client.Page{Before: 6, Limit: 10}, 1, 5, false},
		{"after", client.Page{After: 6, Limit: 10}, 7, 16, true},
		{"the first", client.Page{First: true, Limit: 3}, 1, 3, true},
		{"all", client.Page{}, 1, 20, false},
	} {
		got, err := ann.History(t.Context(), c.page)
		if err != nil || len(got.Events) == 0 {
			t.Fatalf("%s: %+v, %v", c.name, got, err)
		}
		first, last := got.Events[0].Seq, got.Events[len(got.Events)-1].Seq
		if first != c.first || last != c.last || got.More != c.more {
			t.Errorf("%s: %d to %d, more %t; want %d to %d, more %t", c.name, first, last, got.More, c.first, c.last, c.more)
		}
	}
	if err := ann.Edit(t.Context(), 3, "three"); err != nil {
		t.Fatal(err)
	}
	for current, want := range map[bool]client.Line{false: {Seq: 3, Content: "3"}, true: {Seq: 3, Content: "three", Edited: true}} {
		got, err := ann.History(t.Context(), client.Page{After: 2, Limit: 1, Current: current})
		if err != nil || len(got.Events) != 1 {
			t.Fatalf("the third: %+v, %v", got, err)
		}
		if l := new(client.Fold).Apply(&got.Events[0]); l.Seq != want.Seq || l.Content != want.Content || l.Edited != want.Edited {
			t.Errorf("current %t: %+v, want %+v", current, l, want)
		}
	}
	var refused *protocol.Error
	if _, err := ann.History(t.Context(), client.Page{Limit: 1000}); !errors.As(err, &refused) || refused.Code != protocol.BadField {
		t.Errorf("too large a page: %v", err)
	}
	if _, err := ann.History(t.Context(), client.Page{Before: 1, After: 1}); err == nil {
		t.Error("a page on two sides was read")
	}
}

func TestHistoryToBeginWith(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	ann := join(t, s.Addr, client.Options{})
	for n := range 60 {
		say(t, ann, fmt.Sprint(n+1))
	}
	for _, c := range []struct {
		history int
		first   string
	}{{0, "11"}, {3, "58"}, {-1, "live"}} {
		r := join(t, s.Addr, client.Options{Nick: "new", History: c.history})
		if c.history < 0 {
			say(t, ann, "live")
		}
		if got := contents(t, r, 1); got[0] != c.first {
			t.Errorf("history %d begins with %q, want %q", c.history, got[0], c.first)
		}
	}
}
