package expiry

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
	"snug/internal/room/policy"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	ann    = protocol.Member{Member: "ann", Nick: "Ann", Role: protocol.RoleOwner}
	server = protocol.Member{Member: "operator", Nick: "operator", Role: protocol.RoleOwner}
)

// fixture is a journal with rooms of ann's, and a sweeper that runs.
type fixture struct {
	t        *testing.T
	j        Journal
	n        int
	followed map[string]bool
}

func open(t *testing.T, j Journal) *fixture {
	t.Helper()
	f := &fixture{t: t, j: j, followed: map[string]bool{}}
	f.run(nil)
	return f
}

// run starts a sweeper. It ends with the test, or by stop.
func (f *fixture) run(now func() time.Time) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		New(Options{Journal: f.j, Log: slog.New(slog.DiscardHandler), From: server, Now: now}).Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	f.t.Cleanup(stop)
	return stop
}

func (f *fixture) append(d journal.Draft) error {
	f.t.Helper()
	done := make(chan error, 1)
	if err := f.j.Append(context.Background(), d, func(_ journal.Outcome, err error) { done <- err }); err != nil {
		f.t.Fatal(err)
	}
	return <-done
}

func (f *fixture) mustAppend(d journal.Draft) {
	f.t.Helper()
	if !f.followed[d.Room] { // a journal in memory forgets rooms that nobody follows
		_, feed, err := f.j.Follow(f.t.Context(), d.Room)
		if err != nil {
			f.t.Fatal(err)
		}
		f.t.Cleanup(feed.Close)
		f.followed[d.Room] = true
	}
	if err := f.append(d); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) say(room, content string) {
	f.t.Helper()
	f.n++
	f.mustAppend(journal.Draft{Room: room, Event: protocol.Event{Type: protocol.EventMessage, ID: fmt.Sprint(f.n), From: ann, Body: protocol.MessageBody{Content: content}.Encode()}})
}

// set changes the settings of a room.
func (f *fixture) set(room string, c protocol.SettingsChange) {
	f.t.Helper()
	f.n++
	e := protocol.Event{Type: protocol.EventModerated, ID: fmt.Sprint(f.n), From: ann, Body: protocol.ModeratedBody{Action: protocol.ActionSet, Settings: &c}.Encode()}
	state, err := policy.Project(&e, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	f.mustAppend(journal.Draft{Room: room, Event: e, State: state})
}

func (f *fixture) keep(room string, d time.Duration) {
	f.set(room, protocol.SettingsChange{KeepSeconds: new(int64(d / time.Second))})
}

func (f *fixture) expires(room string, at time.Time) {
	f.set(room, protocol.SettingsChange{Expires: new(at.UTC().Format(protocol.TimeLayout))})
}

// log returns what is kept of a room: the contents of messages, and actions.
func (f *fixture) log(room string) (kept []string) {
	f.t.Helper()
	entries, err := f.j.ReadAfter(f.t.Context(), room, 0, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range entries {
		var body struct{ Content, Action string }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			f.t.Fatal(err)
		}
		kept = append(kept, body.Content+body.Action)
	}
	return kept
}

// closed returns until when a room's code can't be used.
func (f *fixture) closed(room string) time.Time {
	f.t.Helper()
	s, feed, err := f.j.Follow(f.t.Context(), room)
	if err != nil {
		f.t.Fatal(err)
	}
	feed.Close()
	return s.Closed
}

func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// inMemory runs a test with a journal in memory, and a clock that jumps.
func inMemory(t *testing.T, test func(t *testing.T, j Journal)) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.Open(memory.Options{})
		t.Cleanup(func() { _ = j.Close() })
		test(t, j)
	})
}

func TestMessagesExpire(t *testing.T) {
	inMemory(t, func(t *testing.T, j Journal) {
		f := open(t, j)
		f.say("lobby", "before")
		f.say("other", "stays")
		f.keep("lobby", time.Hour)
		time.Sleep(30 * time.Minute)
		f.say("lobby", "after")
		want(t, "after half an hour", f.log("lobby"), []string{"before", "set", "after"})
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		want(t, "after an hour", f.log("lobby"), []string{"after"})
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		want(t, "after another one", f.log("lobby"), []string(nil))
		f.say("lobby", "much later")
		time.Sleep(59 * time.Minute)
		want(t, "within the hour", f.log("lobby"), []string{"much later"})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		want(t, "a message into an empty room", f.log("lobby"), []string(nil))
		want(t, "another room", f.log("other"), []string{"stays"})
	})
}

func TestMoreThanOneDraftRemoves(t *testing.T) {
	inMemory(t, func(t *testing.T, j Journal) {
		f := open(t, j)
		for i := range 2*journal.ExpireMax + 1 {
			f.say("lobby", fmt.Sprint(i))
		}
		f.keep("lobby", time.Minute)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		want(t, "after the minute", f.log("lobby"), []string(nil))
	})
}

func TestAnotherKeepCounts(t *testing.T) {
	inMemory(t, func(t *testing.T, j Journal) {
		f := open(t, j)
		f.keep("lobby", time.Hour)
		f.say("lobby", "hello")
		f.keep("lobby", 0)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		want(t, "without an end", f.log("lobby"), []string{"set", "hello", "set"})
		f.keep("lobby", time.Hour)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want(t, "with one again", f.log("lobby"), []string{"set"})
	})
}

func TestARoomExpires(t *testing.T) {
	inMemory(t, func(t *testing.T, j Journal) {
		f := open(t, j)
		end := time.Now().Add(3 * time.Hour)
		f.expires("lobby", end)
		f.say("lobby", "hello")
		time.Sleep(2*time.Hour - time.Second)
		want(t, "before the warning", f.log("lobby"), []string{"set", "hello"})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want(t, "an hour before", f.log("lobby"), []string{"set", "hello", "expiring"})
		time.Sleep(59 * time.Minute)
		want(t, "a minute before", f.closed("lobby"), time.Time{})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		want(t, "afterwards", f.log("lobby"), []string(nil))
		want(t, "it is closed until", f.closed("lobby").UTC(), end.Add(protocol.ClosedFor).Round(time.Minute).UTC())
	})
}

func TestAnotherEndCounts(t *testing.T) {
	inMemory(t, func(t *testing.T, j Journal) {
		f := open(t, j)
		f.expires("lobby", time.Now().Add(30*time.Minute))
		time.Sleep(time.Second)
		synctest.Wait()
		want(t, "warned at once", f.log("lobby"), []string{"set", "expiring"})
		f.expires("lobby", time.Now().Add(5*time.Hour))
		time.Sleep(time.Hour)
		synctest.Wait()
		want(t, "put off", f.log("lobby"), []string{"set", "expiring", "set"})
		f.set("lobby", protocol.SettingsChange{Expires: new("")})
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		want(t, "called off", f.log("lobby"), []string{"set", "expiring", "set", "set"})
	})
}

// What was due while nobody swept is ended by whoever sweeps next, and a warning isn't repeated.
func TestASweeperFindsWhatIsThere(t *testing.T) {
	inMemory(t, func(t *testing.T, j Journal) {
		f := &fixture{t: t, j: j, followed: map[string]bool{}}
		f.keep("kept", time.Hour)
		f.say("kept", "hello")
		f.expires("ends", time.Now().Add(time.Hour))
		stop := f.run(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		stop = f.run(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		want(t, "warned", f.log("ends"), []string{"set", "expiring"})
		stop()
		time.Sleep(2 * time.Hour)
		want(t, "unswept", f.log("kept"), []string{"set", "hello"})
		f.run(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		want(t, "swept", f.log("kept"), []string(nil))
		want(t, "ended", f.log("ends"), []string(nil))
	})
}

// The log's clock decides: a node whose clock is wrong ends nothing early, and several that
// sweep at once end everything once.
func TestClocksThatAreWrong(t *testing.T) {
	inMemory(t, func(t *testing.T, j Journal) {
		f := &fixture{t: t, j: j, followed: map[string]bool{}}
		for _, wrong := range []time.Duration{-time.Hour, 0, time.Hour} {
			f.run(func() time.Time { return time.Now().Add(wrong) })
		}
		f.expires("ends", time.Now().Add(3*time.Hour))
		f.keep("kept", 10*time.Hour)
		f.say("kept", "hello")
		time.Sleep(2*time.Hour - time.Minute)
		synctest.Wait()
		want(t, "before the warning", f.log("ends"), []string{"set"})
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		want(t, "the warning", f.log("ends"), []string{"set", "expiring"})
		time.Sleep(55 * time.Minute)
		want(t, "before the end", f.closed("ends"), time.Time{})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if f.closed("ends").IsZero() {
			t.Error("after its end the room is open")
		}
		time.Sleep(6*time.Hour + 50*time.Minute)
		want(t, "before its time", f.log("kept"), []string{"set", "hello"})
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		want(t, "after its time", f.log("kept"), []string(nil))
	})
}

// The same with a file: what has expired is in none of the rows.
func TestExpiryOnDisk(t *testing.T) {
	j, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "log.snug"), local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	f := &fixture{t: t, j: j, followed: map[string]bool{}}
	f.keep("lobby", protocol.MinKeep)
	f.say("lobby", "hello")
	f.expires("lobby", time.Now().Add(-time.Second)) // the journal doesn't judge it
	closed := make(chan struct{})
	stop := j.Observe(func(_ string, entries []*journal.Entry) {
		for _, e := range entries {
			if body, err := e.Moderated(); err == nil && body.Action == protocol.ActionClose {
				close(closed)
			}
		}
	})
	defer stop()
	f.run(nil)
	<-closed
	want(t, "the log", f.log("lobby"), []string(nil))
}
