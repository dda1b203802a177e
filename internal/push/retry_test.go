package push

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/push/pushtest"
	"snug/internal/room/policy"
	"snug/protocol"
)

type pushtestBrowser = pushtest.Browser

// failFirst answers 500 to the first pushes to each browser.
func failFirst(times int) func(http.ResponseWriter, *pushtest.Browser, int) {
	return func(w http.ResponseWriter, _ *pushtest.Browser, n int) {
		if n <= times {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
}

// hold answers pushes to browsers with a name when release is closed.
func hold(name string, release <-chan struct{}) func(http.ResponseWriter, *pushtest.Browser, int) {
	return func(_ http.ResponseWriter, to *pushtest.Browser, _ int) {
		if strings.Contains(to.Endpoint, "/"+name) {
			<-release
		}
	}
}

func TestAFailedPushIsTriedAgain(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	var redirected atomic.Bool
	f.service.Answer(func(w http.ResponseWriter, to *pushtest.Browser, n int) {
		switch {
		case to != b:
			redirected.Store(true)
		case n == 1:
			w.WriteHeader(http.StatusInternalServerError)
		case n == 2:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		case n == 3:
			w.Header().Set("Location", f.service.Subscribe("elsewhere").Endpoint)
			w.WriteHeader(http.StatusTemporaryRedirect)
		case n == 4:
			w.WriteHeader(http.StatusForbidden)
		case n == 5:
			panic(http.ErrAbortHandler)
		}
	})
	f.run()
	f.say(ann, hello("one"))
	expect(t, b, "one")
	if b.Tries() != 6 || redirected.Load() {
		t.Errorf("%d tries, or a redirect was followed", b.Tries())
	}
	f.settle()
}

func TestADeviceThatIsGoneIsRemoved(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		f := newFixture(t, onMemory())
		b := f.device(bob.Member, protocol.PushAll)
		f.device(cat.Member, protocol.PushAll)
		f.service.Answer(func(w http.ResponseWriter, to *pushtest.Browser, _ int) {
			if to == b {
				w.WriteHeader(status)
			}
		})
		f.run()
		f.say(ann, hello("one"))
		eventually(t, "the device is removed", func() bool { return f.registered() == 1 })
		f.say(ann, hello("two"))
		f.settle()
		if n := b.Tries(); n != 1 {
			t.Errorf("%d: %d pushes were tried", status, n)
		}
	}
}

func TestAPushThatIsTooLargeIsDropped(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	f.service.Answer(func(w http.ResponseWriter, _ *pushtest.Browser, n int) {
		if n == 1 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	})
	f.run()
	f.say(ann, hello("one"))
	eventually(t, "it is tried", func() bool { return b.Tries() == 1 })
	f.settle()
	f.say(ann, hello("two"))
	expect(t, b, "two")
}

// While a device can't be reached, only the newest message and the newest mention wait for it.
func TestOnlyTheNewestWaits(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	release := make(chan struct{})
	f.service.Answer(hold(bob.Member, release))
	f.run()
	f.say(ann, hello("first"))
	eventually(t, "the first is under way", func() bool { return b.Tries() == 1 })
	for i := range 20 {
		f.say(ann, calls(fmt.Sprint("mention ", i)))
		f.say(ann, hello(fmt.Sprint("message ", i)))
	}
	other := f.device(cat.Member, protocol.PushAll)
	f.say(ann, hello("last")) // when cat is told, all before was looked at
	for told(t, other).Text != "last" {
	}
	close(release)
	expect(t, b, "first", "mention 19", "last")
}

func TestASlowServiceDelaysNobody(t *testing.T) {
	f := newFixture(t, onMemory())
	release := make(chan struct{})
	defer close(release)
	f.service.Answer(hold(bob.Member, release))
	for range 4 {
		f.device(bob.Member, protocol.PushAll)
	}
	slow := f.service
	f.service = pushtest.Start(t)
	b := f.device(cat.Member, protocol.PushAll)
	f.run(func(o *Options) { o.Concurrent, o.PerHost = 3, 2 })
	for i := range 10 {
		text := fmt.Sprint("message ", i)
		f.say(ann, hello(text))
		for told(t, b).Text != text {
		}
	}
	f.service = slow
}

func TestWhatIsErasedIsNotPushed(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	release := make(chan struct{})
	f.service.Answer(hold(bob.Member, release))
	f.run()
	f.say(ann, hello("first"))
	eventually(t, "the first is under way", func() bool { return b.Tries() == 1 })
	f.erase(f.say(ann, calls("secret")))
	f.say(ann, hello("last"))
	close(release)
	expect(t, b, "first", "last")
	f.settle()
}

// A message that waits because its push has failed isn't pushed to who sees the room by then.
func TestWhoHasSeenTheRoomIsToldNothingLater(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	f.service.Answer(func(w http.ResponseWriter, _ *pushtest.Browser, n int) {
		f.see(bob.Member)
		w.WriteHeader(http.StatusBadGateway)
	})
	f.run()
	f.say(ann, hello("one"))
	f.settle()
	if n := b.Tries(); n != 1 {
		t.Errorf("%d tries", n)
	}
}

func TestARestartContinuesWhereItWas(t *testing.T) {
	f := newFixture(t, onDisk(t))
	b := f.device(bob.Member, protocol.PushAll)
	stop := f.run()
	f.say(ann, hello("one"))
	expect(t, b, "one")
	f.settle()
	stop()
	f.say(ann, hello("two"))
	stop = f.run()
	expect(t, b, "two")
	f.settle()
	stop()
	f.run()
	f.say(ann, hello("three"))
	expect(t, b, "three")
}

// What is under way when the server stops is pushed by the next one.
func TestWhatWasUnderWayIsPushedAfterARestart(t *testing.T) {
	f := newFixture(t, onDisk(t))
	b := f.device(bob.Member, protocol.PushAll)
	release := make(chan struct{})
	f.service.Answer(hold(bob.Member, release))
	stop := f.run()
	f.say(ann, calls("one"))
	eventually(t, "it is under way", func() bool { return b.Tries() == 1 })
	stop()
	close(release)
	f.run()
	for told(t, b).Text != "one" {
	}
	eventually(t, "it is pushed again", func() bool { return b.Tries() == 2 })
}

func TestWhatIsADayOldIsNotPushed(t *testing.T) {
	c := &cursor{run: &run{}, ttl: TTL, devices: map[string]*device{"k": {device: policy.Device{Member: bob.Member, Level: protocol.PushAll}}}}
	now := time.Now()
	page := []journal.Entry{
		{Event: protocol.Event{Type: protocol.EventMessage, Seq: 1, From: ann, At: now.Add(-TTL - time.Second), Body: calls("old").Encode()}},
		{Event: protocol.Event{Type: protocol.EventMessage, Seq: 2, From: ann, At: now.Add(-TTL + time.Minute), Body: hello("new").Encode()}},
	}
	found := make(findings)
	if err := c.find(page, now, found); err != nil {
		t.Fatal(err)
	}
	if got := found["k"]; got == nil || got.items[high].seq != 0 || got.items[normal].seq != 2 {
		t.Errorf("found: %+v", got)
	}
	d := &device{room: c, waiting: [urgencies]item{normal: {2, now.Add(-TTL), whyMessage}}}
	if _, _, _, ok := d.next(now.Add(time.Second)); ok || d.waits() {
		t.Error("what has waited for a day is pushed")
	}
}

// 10,000 messages at once leave one of each urgency for a device that is slow.
func TestABurstIsBounded(t *testing.T) {
	f := newFixture(t, onDisk(t))
	b, other := f.device(bob.Member, protocol.PushAll), f.device(cat.Member, protocol.PushAll)
	release := make(chan struct{})
	f.service.Answer(hold(bob.Member, release))
	f.run()
	const burst = 10_000
	acked := make(chan error, burst)
	for i := range burst {
		d := journal.Draft{Room: "lobby", Once: true, Event: protocol.Event{
			Type: protocol.EventMessage, ID: fmt.Sprint("burst-", i), From: ann, Body: calls(fmt.Sprint("message ", i)).Encode(),
		}}
		if err := f.j.Append(t.Context(), d, func(_ journal.Outcome, err error) { acked <- err }); err != nil {
			t.Fatal(err)
		}
	}
	for range burst {
		if err := <-acked; err != nil { // no commit waits for a push
			t.Fatal(err)
		}
	}
	last := fmt.Sprint("message ", burst-1)
	for told(t, other).Text != last {
	}
	close(release)
	pushes := 1
	for ; told(t, b).Text != last; pushes++ {
	}
	if pushes > 2 { // the one that was under way, and the newest
		t.Errorf("%d messages had waited", pushes)
	}
}

func TestOnlyPublicAddressesArePushedTo(t *testing.T) {
	f := newFixture(t, onMemory())
	b := f.device(bob.Member, protocol.PushAll)
	failures := make(chan string, 100)
	f.run(func(o *Options) { o.Private, o.Log = false, logTo(failures) })
	f.say(ann, hello("one"))
	if got := <-failures; !strings.Contains(got, "isn't public") {
		t.Errorf("the push has failed: %s", got)
	}
	if n := b.Tries(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}
