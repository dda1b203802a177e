package push

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"snug/internal/auth"
	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
	"snug/internal/push/pushtest"
	"snug/internal/room"
	"snug/internal/room/policy"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait. A test that passes doesn't wait that long.
const patience = 5 * time.Minute

var (
	ann = protocol.Member{Member: "ann", Nick: "Ann", Role: protocol.RoleOwner}
	bob = protocol.Member{Member: "bob", Nick: "Bob", Role: protocol.RoleMember}
	cat = protocol.Member{Member: "cat", Nick: "Cat", Role: protocol.RoleMember}
)

// fixture is a journal with the room lobby, whose owner is ann, and a push service.
type fixture struct {
	t       *testing.T
	j       Journal
	service *pushtest.Service
	said    int

	mu      sync.Mutex
	visible []string // the members who see the room
}

func onDisk(t *testing.T) Journal {
	t.Helper()
	j, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "log.snug"), local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func onMemory() Journal { return memory.Open(memory.Options{}) }

func newFixture(t *testing.T, j Journal) *fixture {
	t.Helper()
	f := &fixture{t: t, j: j, service: pushtest.Start(t)}
	t.Cleanup(func() {
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

func (f *fixture) append(d journal.Draft) uint64 {
	f.t.Helper()
	o, err := journal.Commit(context.Background(), f.j, d)
	if err != nil {
		f.t.Fatal(err)
	}
	return o.Seq
}

// say appends a message, and returns its seq.
func (f *fixture) say(from protocol.Member, body protocol.MessageBody) uint64 {
	f.t.Helper()
	f.said++
	return f.append(journal.Draft{Room: "lobby", Once: true, Event: protocol.Event{
		Type: protocol.EventMessage, ID: fmt.Sprint("say-", f.said), From: from, Body: body.Encode(),
	}})
}

// hello is a message that mentions nobody.
func hello(content string) protocol.MessageBody { return protocol.MessageBody{Content: content} }

// calls is a message that mentions bob.
func calls(content string) protocol.MessageBody {
	return protocol.MessageBody{Content: content, Mentions: []string{bob.Member}}
}

func (f *fixture) erase(seq uint64) {
	f.t.Helper()
	f.said++
	f.append(journal.Draft{Room: "lobby", Once: true, Event: protocol.Event{
		Type: protocol.EventDeleted, ID: fmt.Sprint("say-", f.said), From: ann, Target: seq,
	}})
}

func (f *fixture) policy() policy.Policy {
	f.t.Helper()
	p, err := policy.New(f.snapshot().State)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
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

// register makes a device of a member.
func (f *fixture) register(member string, b *pushtest.Browser, level protocol.PushLevel, changes ...func(*policy.Device)) {
	f.t.Helper()
	d := policy.Device{Member: member, Endpoint: b.Endpoint, P256DH: b.P256DH, Auth: b.Auth, Level: level, Nick: member}
	for _, change := range changes {
		change(&d)
	}
	p := f.policy()
	draft, ok, err := p.Register("lobby", d, p.SeatGeneration(member), f.snapshot().Head, time.Now())
	if err != nil || !ok {
		f.t.Fatal(ok, err)
	}
	f.append(draft)
}

// device subscribes a browser and registers it.
func (f *fixture) device(member string, level protocol.PushLevel, changes ...func(*policy.Device)) *pushtest.Browser {
	f.t.Helper()
	f.said++
	b := f.service.Subscribe(fmt.Sprint(member, "-", f.said))
	f.register(member, b, level, changes...)
	return b
}

func (f *fixture) registered() int {
	n := 0
	for key := range f.snapshot().State {
		if strings.HasPrefix(key, policy.KeyDevice) {
			n++
		}
	}
	return n
}

// order has ann do something that only moderators or owners can.
func (f *fixture) order(action protocol.Action, target protocol.Member, changes ...func(*policy.Order)) {
	f.t.Helper()
	f.said++
	o := policy.Order{Action: action, Room: "lobby", ID: fmt.Sprint("order-", f.said), From: ann, Now: time.Now()}
	o.Target = policy.Target{Member: target.Member, Nick: target.Nick, Role: target.Role}
	for _, change := range changes {
		change(&o)
	}
	p := f.policy()
	ruling, err := p.Rule(&o)
	if err != nil || ruling.Refusal != nil {
		f.t.Fatal(err, ruling.Refusal)
	}
	f.append(ruling.Draft)
}

// see says which members see the room.
func (f *fixture) see(members ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.visible = members
}

func (f *fixture) sees(_ context.Context, _ room.Code, members []string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(members), func(m string) bool { return !slices.Contains(f.visible, m) })
}

// run runs a sender until the test ends or the function that it returns is called.
func (f *fixture) run(changes ...func(*Options)) (stop func()) {
	f.t.Helper()
	o := Options{
		Journal: f.j, Log: slog.New(slog.DiscardHandler), Key: auth.NewPushKey([]byte("key")), Private: true, Visible: f.sees,
		Timeout: patience, Backoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, StoreEvery: time.Millisecond, RetryReads: time.Millisecond,
	}
	for _, change := range changes {
		change(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	s := New(o)
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	f.t.Cleanup(stop)
	return stop
}

// told returns what the next push to a browser says.
func told(t *testing.T, b *pushtest.Browser) (m message) {
	t.Helper()
	p := b.Next()
	if err := json.Unmarshal(p.Payload, &m); err != nil {
		t.Fatalf("the payload is %s: %v", p.Payload, err)
	}
	return m
}

// expect checks the texts of the next pushes to a browser, of which there are no more.
func expect(t *testing.T, b *pushtest.Browser, want ...string) {
	t.Helper()
	for _, text := range want {
		if m := told(t, b); m.Text != text {
			t.Fatalf("pushed: %+v, want %q", m, text)
		}
	}
	if n := b.Waiting(); n != 0 {
		t.Fatalf("%d more were pushed, at first %+v", n, told(t, b))
	}
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

// settle waits until all that was said was pushed or passed over, and that is stored.
func (f *fixture) settle() {
	f.t.Helper()
	eventually(f.t, "the position says that all was pushed", func() bool {
		s := f.snapshot()
		pushed, err := policy.Pushed(s.State)
		return err == nil && pushed == s.Head
	})
}
