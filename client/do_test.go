package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"snug/client"
	"snug/protocol"
)

// log reads the log up to head.
func log(t testing.TB, r *client.Room, head uint64) (events []*protocol.Event) {
	t.Helper()
	for uint64(len(events)) < head {
		e := until[*protocol.Event](t, r)
		if want := uint64(len(events)) + 1; e.Seq != want {
			t.Fatalf("event %d, want %d", e.Seq, want)
		}
		events = append(events, e)
	}
	return events
}

func TestWhatBecomesOfAMessageIsSeenByAll(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:")
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	mend, gone := say(t, ann, "helo"), say(t, ann, "oops")
	for _, err := range []error{
		ann.Edit(t.Context(), mend, "hello"),
		bob.React(t.Context(), mend, "👍"),
		bob.React(t.Context(), mend, "👎"),
		bob.Unreact(t.Context(), mend, "👎"),
		ann.Delete(t.Context(), gone),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	for name, r := range map[string]*client.Room{"ann": ann, "bob": bob, "one who comes later": join(t, s.Addr, client.Options{Nick: "zoe"})} {
		var shown client.Fold
		for _, e := range log(t, r, 7) {
			shown.Apply(e)
		}
		lines := slices.Collect(shown.Lines())
		if len(lines) != 2 || lines[0].Content != "hello" || !lines[0].Edited || !slices.Equal(lines[0].Reactions["👍"], []string{bob.You().Member}) ||
			len(lines[0].Reactions) != 1 || !lines[1].Deleted || lines[1].Content != "" {
			t.Errorf("%s is shown %+v", name, lines)
		}
	}
}

func TestWhatIsRefusedAboutAMessageSaysWhy(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	seq := say(t, ann, "hi")
	for name, c := range map[string]struct {
		err  error
		code protocol.ErrorCode
	}{
		"another's edited":        {bob.Edit(t.Context(), seq, "ho"), protocol.Forbidden},
		"another's erased":        {bob.Delete(t.Context(), seq), protocol.Forbidden},
		"nothing edited":          {ann.Edit(t.Context(), 99, "ho"), protocol.NotFound},
		"nothing reacted to":      {ann.React(t.Context(), 99, "👍"), protocol.NotFound},
		"edited to nothing":       {ann.Edit(t.Context(), seq, ""), protocol.Empty},
		"edited beyond a frame":   {ann.Edit(t.Context(), seq, strings.Repeat("x", 100_000)), protocol.TooLong},
		"no emoji":                {ann.React(t.Context(), seq, ""), protocol.BadField},
		"an emoji that isn't one": {ann.React(t.Context(), seq, "well done"), protocol.BadField},
		"an emoji, and no UTF-8":  {ann.React(t.Context(), seq, "\xff"), protocol.BadField},
		"a description that isn't UTF-8": {func() error {
			_, err := ann.Send(t.Context(), client.Message{Files: []protocol.File{{ID: "f", Alt: "\xff"}}})
			return err
		}(), protocol.BadField},
		"no such command": {func() error {
			_, err := ann.Do(t.Context(), protocol.Command{Type: protocol.CommandTyping})
			return err
		}(), protocol.UnknownType},
	} {
		if !code(c.code)(c.err) {
			t.Errorf("%s: %v, want %s", name, c.err, c.code)
		}
	}
	if seq := say(t, ann, "fine"); seq != 2 {
		t.Errorf("the next is event %d", seq)
	}
}

func TestTheSameIDIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	again := join(t, s.Addr, client.Options{Seat: ann.Seat()})
	hi := say(t, ann, "hi")
	whom := bob.You().Member
	head := hi
	for _, cmd := range []protocol.Command{
		{Type: protocol.CommandEdit, Seq: hi, Content: "ho"},
		{Type: protocol.CommandReact, Seq: hi, Emoji: "👍"},
		{Type: protocol.CommandDelete, Seq: hi},
		{Type: protocol.CommandSet, Topic: new("tea")},
		{Type: protocol.CommandRole, Member: whom, Role: protocol.RoleModerator},
		{Type: protocol.CommandKick, Member: whom, Reason: "spam"},
		{Type: protocol.CommandBan, Member: whom, Seconds: new(int64(60))},
		{Type: protocol.CommandUnban, Member: whom},
		{Type: protocol.CommandRole, Member: whom, Role: protocol.RoleOwner},
		{Type: protocol.CommandRole, Member: ann.You().Member, Role: protocol.RoleMember}, // which no repeat is entitled to
	} {
		head++
		cmd.ID = fmt.Sprint(cmd.Type, head)
		for n, r := range []*client.Room{ann, ann, again} {
			if seq, err := r.Do(t.Context(), cmd); err != nil || seq != head {
				t.Errorf("%s, for time %d: event %d, %v; want %d", cmd.ID, n+1, seq, err, head)
			}
		}
	}
	if seq := say(t, ann, "next"); seq != head+1 {
		t.Errorf("the next is event %d, want %d", seq, head+1)
	}
}

func TestWhatIsInDoubtIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	hi := say(t, ann, "hi")
	p := newProxy(t, s.Addr, 0, 0)
	far := join(t, p.addr, client.Options{Seat: ann.Seat()})
	head := hi
	for name, do := range map[string]func() error{
		"edit": func() error { return far.Edit(t.Context(), hi, "ho") },
		"set":  func() error { return far.Set(t.Context(), client.Change{Topic: new("tea")}) },
		"ban":  func() error { return far.Ban(t.Context(), "somebody", "", 0) },
		"role": func() error { return far.SetRole(t.Context(), bob.You().Member, protocol.RoleModerator) },
	} {
		p.hold()
		done := make(chan error, 1)
		go func() { done <- do() }()
		for until[*protocol.Event](t, bob).Seq <= head {
		}
		head++
		p.cut()
		if err := <-done; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if seq := say(t, ann, "next"); seq != head+1 {
		t.Errorf("the next is event %d, want %d: something was done twice", seq, head+1)
	}
}

func TestReactionsAreOnceOnABadNetwork(t *testing.T) {
	t.Parallel()
	const each, senders = 40, 4
	s := startServer(t, "sqlite:")
	direct := join(t, s.Addr, client.Options{Nick: "direct"})
	hi := say(t, direct, "hi")
	p := newProxy(t, s.Addr, 3, 20)
	var reacting sync.WaitGroup
	for s := range senders {
		r := patientJoin(t, p.addr, fmt.Sprint("n", s))
		for half := range 2 {
			reacting.Go(func() {
				for n := range each {
					if err := r.React(t.Context(), hi, fmt.Sprint(s, "/", half, "/", n)); err != nil {
						t.Errorf("reaction %d: %v", n, err)
						return
					}
				}
			})
		}
	}
	reacting.Wait()
	seen := make(map[string]bool)
	for _, e := range log(t, direct, 1+each*senders*2)[1:] {
		body, err := e.Reacted()
		if err != nil || seen[body.Emoji] {
			t.Errorf("%s is there twice, or %v", body.Emoji, err)
		}
		seen[body.Emoji] = true
	}
	if seq := say(t, direct, "last"); seq != 2+each*senders*2 {
		t.Errorf("the last event is %d", seq)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cuts > 15 {
		t.Errorf("%d cuts are left: this has tried little", p.cuts)
	}
}

func TestWhoGivesUpOnABanLearnsTheIDToTryAgainWith(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:", owned)
	p := newProxy(t, s.Addr, 0, 0)
	ann, bob := join(t, p.addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	p.hold()
	ctx, cancel := context.WithCancel(t.Context())
	banned := make(chan error, 1)
	go func() { banned <- ann.Ban(ctx, "zoe", "spam", time.Minute) }()
	for until[*protocol.Event](t, bob).Seq < 2 {
	}
	cancel()
	err := <-banned
	var unknown *client.UnknownError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), unknown.ID) {
		t.Fatalf("gave up with %v", err)
	}
	p.release()
	again := protocol.Command{Type: protocol.CommandBan, ID: unknown.ID, Member: "zoe", Reason: "spam", Seconds: new(int64(60))}
	if seq, err := ann.Do(t.Context(), again); seq != 2 || err != nil {
		t.Errorf("tried again: event %d, %v", seq, err)
	}
}
