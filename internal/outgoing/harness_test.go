package outgoing

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"snug/internal/auth"
	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
	"snug/internal/room"
	"snug/internal/room/policy"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait. A test that passes doesn't wait that long.
const patience = 5 * time.Minute

// fixture is a journal with the room lobby, whose owner is ann.
type fixture struct {
	t     *testing.T
	j     Journal
	rooms *room.Registry
	said  int
}

func onMemory(*testing.T) Journal { return memory.Open(memory.Options{}) }

func onDisk(t *testing.T) Journal {
	t.Helper()
	j, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "log.snug"), local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func newFixture(t *testing.T, j Journal) *fixture {
	t.Helper()
	f := &fixture{t: t, j: j, rooms: room.NewRegistry(room.Options{Journal: j, Log: slog.New(slog.DiscardHandler), Idle: time.Second, Outgoing: true})}
	t.Cleanup(func() {
		f.rooms.Close()
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := policy.Claim("lobby", "claim", ann)
	if err != nil {
		t.Fatal(err)
	}
	f.append(d)
	return f
}

var ann = protocol.Member{Member: "ann", Nick: "Ann", Role: protocol.RoleOwner}

func (f *fixture) append(d journal.Draft) uint64 {
	f.t.Helper()
	type answer struct {
		o   journal.Outcome
		err error
	}
	done := make(chan answer, 1)
	err := f.j.Append(context.Background(), d, func(o journal.Outcome, err error) { done <- answer{o, err} })
	if err != nil {
		f.t.Fatal(err)
	}
	a := <-done
	if a.err != nil {
		f.t.Fatal(a.err)
	}
	return a.o.Seq
}

// say appends a message of ann's, and returns its seq.
func (f *fixture) say(content string) uint64 {
	f.t.Helper()
	f.said++
	return f.append(journal.Draft{Room: "lobby", Once: true, Event: protocol.Event{
		Type: protocol.EventMessage, ID: fmt.Sprint("say-", f.said), From: ann, Body: protocol.MessageBody{Content: content}.Encode(),
	}})
}

// about appends an event of ann's about a message.
func (f *fixture) about(typ protocol.EventType, target uint64, body string) uint64 {
	f.t.Helper()
	f.said++
	return f.append(journal.Draft{Room: "lobby", Once: true, Event: protocol.Event{
		Type: typ, ID: fmt.Sprint("say-", f.said), From: ann, Target: target, Body: []byte(body),
	}})
}

// hook makes a hook, and returns its member.
func (f *fixture) hook(name, to string, events ...string) string {
	f.t.Helper()
	return f.order(&policy.Order{
		Action: protocol.ActionHook, Target: policy.Target{Member: auth.NewMember(), Nick: name, Role: protocol.RoleMember}, Hook: policy.Hook{To: to, Events: events},
	})
}

func (f *fixture) unhook(member string) {
	f.t.Helper()
	f.order(&policy.Order{Action: protocol.ActionUnhook, Target: policy.Target{Member: member, Role: protocol.RoleMember}})
}

func (f *fixture) order(o *policy.Order) string {
	f.t.Helper()
	p, err := policy.New(f.snapshot().State)
	if err != nil {
		f.t.Fatal(err)
	}
	f.said++
	o.Room, o.ID, o.From, o.Now = "lobby", fmt.Sprint("order-", f.said), ann, time.Now()
	ruling, err := p.Rule(o)
	if err != nil || ruling.Refusal != nil {
		f.t.Fatal(err, ruling.Refusal)
	}
	f.append(ruling.Draft)
	return o.Target.Member
}

func (f *fixture) snapshot() journal.Snapshot {
	f.t.Helper()
	s, feed, err := f.j.Follow(context.Background(), "lobby")
	if err != nil {
		f.t.Fatal(err)
	}
	feed.Close()
	return s
}

// log returns the events after a seq.
func (f *fixture) log(after uint64) []journal.Entry {
	f.t.Helper()
	page, err := f.j.ReadAfter(context.Background(), "lobby", after, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	return page
}

// run runs a dispatcher until the test ends or the function that it returns is called.
func (f *fixture) run(changes ...func(*Options)) (stop func()) {
	f.t.Helper()
	o := Options{
		Journal: f.j, Rooms: f.rooms, Log: slog.New(slog.DiscardHandler), Private: true, MaxChars: 100,
		Backoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, StoreEvery: time.Millisecond, RetryReads: time.Millisecond,
	}
	for _, change := range changes {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	d := New(o)
	go func() {
		defer close(ended)
		d.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	f.t.Cleanup(stop)
	return stop
}

// delivery is a request that a receiver has got.
type delivery struct {
	header  http.Header
	content string // of the message; the type of another event
	raw     []byte
}

func (d delivery) id() string { return d.header.Get("Webhook-Id") }

// receiver is a program behind an outgoing hook.
type receiver struct {
	URL string

	t   *testing.T
	got chan delivery
}

// receive starts a receiver. It accepts what answer has written nothing about.
func receive(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, d delivery)) *receiver {
	t.Helper()
	r := &receiver{t: t, got: make(chan delivery, 1000)}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		raw, err := io.ReadAll(request.Body)
		if err != nil {
			return // the dispatcher was stopped
		}
		d := delivery{header: request.Header, raw: raw}
		var e struct{ Type, Content string }
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Errorf("delivered: %s: %v", raw, err)
		}
		if d.content = e.Type; e.Type == string(protocol.EventMessage) {
			d.content = e.Content
		}
		r.got <- d
		if answer != nil {
			answer(w, request, d)
		}
	}))
	t.Cleanup(s.Close)
	r.URL = s.URL + "/secret"
	return r
}

func (r *receiver) next() delivery {
	r.t.Helper()
	select {
	case d := <-r.got:
		return d
	case <-time.After(patience):
		r.t.Fatal("nothing was delivered")
		return delivery{}
	}
}

// expect checks the contents of the next deliveries.
func (r *receiver) expect(want ...string) (all []delivery) {
	r.t.Helper()
	var got []string
	for range want {
		d := r.next()
		all, got = append(all, d), append(got, d.content)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		r.t.Fatalf("delivered: %q, want %q", got, want)
	}
	return all
}

// eventually waits for something that has no other sign.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func verify(t *testing.T, secret string, d delivery) {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Verify(d.raw, d.header); err != nil {
		t.Errorf("the signature of %s: %v", d.raw, err)
	}
}
