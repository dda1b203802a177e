package outgoing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/internal/room/policy"
	"snug/protocol"
)

func TestEventsAreDeliveredInOrderAndSigned(t *testing.T) {
	for name, engine := range map[string]func(*testing.T) Journal{"memory": onMemory, "disk": onDisk} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, engine(t))
			f.say("before the hook")
			r := receive(t, nil)
			f.run()
			member := f.hook("Echo", r.URL)
			var want []string
			for i := range 200 {
				want = append(want, fmt.Sprint("message ", i))
				f.say(want[i])
			}
			all := r.expect(want...)
			epoch, secret := f.snapshot().Epoch, f.rooms.HookSigningSecret("lobby", member)
			for i, d := range all {
				if want := fmt.Sprintf("%s:%d", epoch, 4+i); d.id() != want {
					t.Errorf("the id is %q, want %q", d.id(), want)
				}
				verify(t, secret, d)
			}
			if n := f.rooms.Open(); n != 0 {
				t.Errorf("%d rooms were opened for that", n)
			}
		})
	}
}

func TestARestartContinuesWhereItWas(t *testing.T) {
	f := newFixture(t, onDisk(t))
	r := receive(t, nil)
	stop := f.run()
	f.hook("Echo", r.URL)
	f.say("one")
	r.expect("one")
	f.settle()
	stop()
	f.say("two")
	stop = f.run()
	r.expect("two")
	f.say("three")
	r.expect("three")
	f.settle()
	stop()
	f.run()
	f.say("four")
	r.expect("four")
}

// A kill leaves the position as it was last stored: before anything was delivered, if there
// was no time.
func TestWithoutAPositionDeliveriesBeginAfterTheHook(t *testing.T) {
	f := newFixture(t, onDisk(t))
	r := receive(t, nil)
	f.say("before")
	f.hook("Echo", r.URL)
	for range pageEvents + 1 {
		f.say("after")
	}
	f.run()
	for range pageEvents + 1 {
		r.expect("after")
	}
}

func TestAFailedDeliveryIsTriedAgain(t *testing.T) {
	f := newFixture(t, onMemory(t))
	var tries atomic.Int32
	elsewhere := receive(t, nil)
	r := receive(t, func(w http.ResponseWriter, r *http.Request, _ delivery) {
		switch tries.Add(1) {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case 3:
			panic(http.ErrAbortHandler)
		case 4:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	f.hook("Echo", r.URL)
	f.run()
	f.say("one")
	f.say("two")
	all := r.expect("one", "one", "one", "one", "one", "two")
	for _, d := range all[:5] {
		if d.id() != all[0].id() {
			t.Errorf("tried again under %q, at first %q", d.id(), all[0].id())
		}
	}
	if n := len(elsewhere.got); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
	f.settle()
}

// settle waits until the room's only hook has delivered everything, and that is stored.
func (f *fixture) settle() {
	f.t.Helper()
	eventually(f.t, "the position says that all is delivered", func() bool {
		at, ok := f.delivered()
		return ok && at.Seq == f.snapshot().Head && at.Failing.IsZero()
	})
}

// delivered returns the position of the room's only hook.
func (f *fixture) delivered() (policy.Delivered, bool) {
	f.t.Helper()
	state := f.snapshot().State
	hooks, err := policy.ReadOutgoing(state)
	if err != nil || len(hooks) != 1 {
		f.t.Fatalf("the hooks are %+v, %v", hooks, err)
	}
	at, ok, err := policy.ReadDelivered(state, hooks[0].Member)
	if err != nil {
		f.t.Fatal(err)
	}
	return at, ok
}

func TestAHookIsPausedWhenItHasFailedForTooLong(t *testing.T) {
	f := newFixture(t, onDisk(t))
	r := receive(t, func(w http.ResponseWriter, _ *http.Request, _ delivery) { w.WriteHeader(http.StatusTeapot) })
	hook := f.hook("Echo", r.URL)
	seq := f.say("one")
	stop := f.run(func(o *Options) { o.PauseAfter = time.Nanosecond })
	eventually(t, "it is paused", func() bool {
		at, ok := f.delivered()
		return ok && at.Paused
	})
	page := f.log(seq)
	if len(page) != 1 || page[0].From.Member != hook || !page[0].From.Bot || !strings.Contains(string(page[0].Body), "has stopped trying") || strings.Contains(string(page[0].Body), "http") {
		t.Errorf("the room is told %+v", page)
	}
	stop()
	f.say("two")
	other := receive(t, nil)
	f.hook("Other", other.URL)
	f.run()
	f.say("three")
	other.expect("three")
	for len(r.got) > 0 {
		if d := r.next(); d.content != "one" {
			t.Errorf("the paused hook was delivered %q", d.content)
		}
	}
}

func TestFailuresCountAcrossRestarts(t *testing.T) {
	f := newFixture(t, onDisk(t))
	r := receive(t, func(w http.ResponseWriter, _ *http.Request, _ delivery) { w.WriteHeader(http.StatusTeapot) })
	f.hook("Echo", r.URL)
	f.say("one")
	var since time.Time
	for range 2 {
		stop := f.run()
		r.next()
		r.next()
		eventually(t, "it is stored that the hook fails", func() bool {
			at, ok := f.delivered()
			return ok && !at.Failing.IsZero()
		})
		stop()
		at, _ := f.delivered()
		if !since.IsZero() && !at.Failing.Equal(since) {
			t.Errorf("after a restart it fails since %v, before since %v", at.Failing, since)
		}
		since = at.Failing
	}
}

func TestGoneRemovesTheHook(t *testing.T) {
	f := newFixture(t, onMemory(t))
	r := receive(t, func(w http.ResponseWriter, _ *http.Request, _ delivery) { w.WriteHeader(http.StatusGone) })
	hook := f.hook("Echo", r.URL)
	f.run()
	seq := f.say("one")
	eventually(t, "the hook is removed", func() bool { return len(f.log(seq)) == 1 })
	e := f.log(seq)[0]
	if want := fmt.Sprintf(`{"action":"unhook","member":%q,"nick":"Echo"}`, hook); string(e.Body) != want || e.From.Member != hook {
		t.Errorf("the room is told %s by %+v, want %s", e.Body, e.From, want)
	}
	if state := f.snapshot().State; len(state["hook/"+hook])+len(state["hook-at/"+hook]) != 0 {
		t.Errorf("its state is left: %q", state)
	}
}

func TestARemovedHookGetsNothingMore(t *testing.T) {
	f := newFixture(t, onMemory(t))
	r, other := receive(t, nil), receive(t, nil)
	f.run()
	hook := f.hook("Echo", r.URL, "message")
	f.hook("Other", other.URL, "message")
	f.say("one")
	r.expect("one")
	f.unhook(hook)
	f.say("two")
	other.expect("one", "two")
	if n := len(r.got); n != 0 {
		t.Errorf("it got %d more", n)
	}
}

func TestASlowReceiverDelaysNoOther(t *testing.T) {
	f := newFixture(t, onMemory(t))
	slow := receive(t, func(_ http.ResponseWriter, r *http.Request, _ delivery) { <-r.Context().Done() })
	r := receive(t, nil)
	f.hook("Slow", slow.URL)
	f.hook("Echo", r.URL, "message")
	f.run(func(o *Options) { o.Concurrent, o.Timeout = 2, patience })
	f.say("0")
	slow.next()
	for i := range 50 {
		r.expect(fmt.Sprint(i))
		f.say(fmt.Sprint(i + 1))
	}
}

// Hooks share a worker: each has its turn.
func TestManyHooksShareOneWorker(t *testing.T) {
	f := newFixture(t, onMemory(t))
	var all []*receiver
	for i := range 20 {
		r := receive(t, nil)
		all = append(all, r)
		f.hook(fmt.Sprint("Hook ", i), r.URL, "message")
	}
	f.run(func(o *Options) { o.Concurrent = 1 })
	f.say("one")
	f.say("two")
	for _, r := range all {
		r.expect("one", "two")
	}
}

// A journal in memory forgets rooms. A new room with the same code is another one.
func TestAForgottenRoomsHooksAreForgotten(t *testing.T) {
	f := newFixture(t, memory.Open(memory.Options{ForgetAfter: time.Millisecond}))
	r := receive(t, nil)
	f.run()
	f.hook("Echo", r.URL)
	eventually(t, "the room is forgotten", func() bool {
		all, err := f.j.Rooms(t.Context(), "")
		return err == nil && len(all) == 0
	})
	_, feed, err := f.j.Follow(t.Context(), "lobby") // the new room stays
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	for range 5 { // more than there were
		f.say("private")
	}
	other := receive(t, nil)
	d, err := policy.Claim("lobby", "claim", ann)
	if err != nil {
		t.Fatal(err)
	}
	f.append(d)
	f.hook("Other", other.URL, "message")
	f.say("one")
	other.expect("one")
	if n := len(r.got); n != 0 {
		t.Errorf("the old hook got %d events of the new room", n)
	}
}

// failing is a journal that fails now and then.
type failing struct {
	Journal
	reads, writes atomic.Int32
}

func (j *failing) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	if d.StateOnly && j.writes.Add(1)%3 > 0 {
		done(journal.Outcome{}, journal.ErrUnavailable)
		return nil
	}
	return j.Journal.Append(ctx, d, done)
}

func (j *failing) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	if j.reads.Add(1)%3 == 0 {
		return nil, errors.New("the disk is on fire")
	}
	return j.Journal.ReadAfter(ctx, room, after, limit)
}

func TestAJournalThatFailsOnlyDelays(t *testing.T) {
	f := newFixture(t, &failing{Journal: onMemory(t)})
	r := receive(t, nil)
	f.hook("Echo", r.URL)
	f.run()
	var want []string
	for i := range 30 {
		want = append(want, fmt.Sprint(i))
		f.say(want[i])
	}
	r.expect(want...)
	f.settle()
}

func TestWhatAHookWants(t *testing.T) {
	message := func(content string, from protocol.Member, mentions ...string) *journal.Entry {
		body := protocol.MessageBody{Content: content, Mentions: mentions}
		return &journal.Entry{Event: protocol.Event{Type: protocol.EventMessage, From: from, Body: body.Encode()}}
	}
	bot := protocol.Member{Member: "b", Nick: "Other", Bot: true}
	edited := &journal.Entry{Event: protocol.Event{Type: protocol.EventEdited, From: ann, Target: 1, Body: protocol.EditedBody{Content: "@echo"}.Encode()}}
	for _, c := range []struct {
		events string
		e      *journal.Entry
		want   bool
	}{
		{"all", message("hello", ann), true},
		{"all", edited, true},
		{"all", message("hello @Echo", bot, "h"), false},
		{"message", message("hello", ann), true},
		{"message", edited, false},
		{"edited moderated", edited, true},
		{"edited moderated", message("hello", ann), false},
		{"mentions", message("hello", ann), false},
		{"mentions", message("hello @bob and @Echo", ann, "b", "h"), true},
		{"mentions", message("hello @bob", ann, "b"), false},
		{"mentions", message("`@echo`", ann), false},
		{"mentions", edited, false},
		{"mentions", message("@echo", bot, "h"), false},
	} {
		h := &policy.Hook{Member: "h", Name: "Echo", Events: strings.Fields(c.events)}
		if got := wants(h, c.e); got != c.want {
			t.Errorf("%s of %s: %t, want %t", c.events, c.e.AppendJSON(nil), got, c.want)
		}
	}
}
