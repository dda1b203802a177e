package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"snug/internal/push/pushtest"
	"snug/internal/servertest/vacant"

	talk "snug/client"
)

// post sends a command by a request over HTTP, as a service worker does.
func (s *site) post(room, seat string, command map[string]any) (status int, answer string) {
	s.t.Helper()
	body, err := json.Marshal(command)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(within(s.t), http.MethodPost, "http://"+s.address()+"/r/"+room+"/commands", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Snug-Seat", seat)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(said))
}

// away is somebody who has registered a browser and left. It returns their seat.
func (s *site) away(room, nick string, b *pushtest.Browser, level string) (seat string) {
	s.t.Helper()
	r, err := talk.Join(within(s.t), "http://"+s.address(), room, talk.Options{Nick: nick})
	if err != nil {
		s.t.Fatal(err)
	}
	s.secret(b.Auth)
	status, answer := s.post(room, r.Seat(), map[string]any{
		"type": "push", "ref": "p", "endpoint": b.Endpoint, "p256dh": b.P256DH, "auth": b.Auth, "level": level,
	})
	if want := fmt.Sprintf(`{"type":"push","ref":"p","level":%q}`, level); status != http.StatusOK || answer != want {
		s.t.Fatalf("the registration is answered by %d: %s", status, answer)
	}
	if err := r.Close(); err != nil {
		s.t.Fatal(err)
	}
	return r.Seat()
}

// pushed is what a push says.
type pushed struct {
	Room, Epoch, Why, From, Text string
	Seq                          uint64
}

func readPush(t *testing.T, b *pushtest.Browser) (p pushed) {
	t.Helper()
	if err := json.Unmarshal(b.Next().Payload, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPushesGoOnAfterKill9: somebody talks while the server is killed again and again. Who is away is
// mentioned by the nick of the browser that was registered, and told of the newest mention at last; nothing
// is pushed that nobody has said.
func TestPushesGoOnAfterKill9(t *testing.T) {
	service := pushtest.Start(t)
	browser := service.Subscribe("ann")
	service.Answer(func(w http.ResponseWriter, _ *pushtest.Browser, n int) {
		if n%7 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	s := newSite(t, "--limits=off", "--push=private")
	s.flags[0] = "--addr=" + vacant.Address(t) // where bob finds it again
	p := s.start()
	s.away("lobby", "ann", browser, "mentions")
	bob, err := talk.Join(within(t), "http://"+s.address(), "lobby", talk.Options{Nick: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bob.Close() }()
	said := make(map[uint64]string)
	for round := range 4 {
		for i := range 25 {
			if i == 12 {
				p.kill9(t)
				p.wait(t)
				p = s.start()
			}
			text := fmt.Sprintf("@ann %s %d %d", contents, round, i)
			seq, err := bob.Send(within(t), talk.Message{Content: text})
			if err != nil {
				t.Fatal(err)
			}
			said[seq] = text
		}
	}
	// What had failed before a kill is lost then; the next mention isn't.
	last, err := bob.Send(within(t), talk.Message{Content: "@ann " + contents + " at last"})
	if err != nil {
		t.Fatal(err)
	}
	said[last] = "@ann " + contents + " at last"
	pushes, repeated := 0, 0
	seen := make(map[uint64]bool)
	for {
		m := readPush(t, browser)
		pushes++
		if seen[m.Seq] {
			repeated++
		}
		seen[m.Seq] = true
		if text := said[m.Seq]; text != m.Text || m.Room != "lobby" || m.Why != "mention" || m.From != "bob" {
			t.Fatalf("pushed: %+v, said: %q", m, text)
		}
		if m.Seq == last {
			break
		}
	}
	figure(t, "pushes and kill -9", 4, "%d mentions, %d pushed, %d of them again", len(said), pushes, repeated)
}

// TestOneServerOfThreePushes: a mention on any server of a cluster is pushed once, unless the member
// sees the room on another one, and also after a server was killed.
func TestOneServerOfThreePushes(t *testing.T) {
	t.Parallel()
	service := pushtest.Start(t)
	browser := service.Subscribe("ann")
	c := newCluster(t, "--push=private")
	c.start(0, 1, 2)
	annsSeat := c.sites[0].away("lobby", "ann", browser, "mentions")
	witness := service.Subscribe("cat")
	c.sites[0].away("lobby", "cat", witness, "all")
	var bobs [3]*talk.Room
	var seat string
	for i := range bobs {
		var err error
		if bobs[i], err = talk.Join(within(t), "http://"+c.sites[i].address(), "lobby", talk.Options{Nick: "bob", Seat: seat}); err != nil {
			t.Fatal(err)
		}
		seat = bobs[i].Seat()
		defer func() { _ = bobs[i].Close() }()
	}
	call := func(server int, text string) uint64 {
		t.Helper()
		seq, err := bobs[server].Send(within(t), talk.Message{Content: "@ann " + text})
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	// A node may not know the device at once: a mention by a nick needs it.
	for n := 0; ; n++ {
		call(2, fmt.Sprint("are you there? ", n))
		if browser.Tries() > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	last := call(2, "once more")
	for readPush(t, browser).Seq != last {
	}
	before := browser.Tries()
	const calls = 30
	for i := range calls {
		seq := call(i%3, fmt.Sprint("call ", i))
		if m := readPush(t, browser); m.Seq != seq {
			t.Fatalf("pushed: %+v, want message %d", m, seq)
		}
	}
	if n := browser.Tries() - before; n != calls {
		t.Errorf("%d messages were pushed %d times", calls, n)
	}

	ann, err := talk.Join(within(t), "http://"+c.sites[2].address(), "lobby", talk.Options{Nick: "ann", Seat: annsSeat})
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := c.sites[2].post("lobby", annsSeat, map[string]any{"type": "visible", "visible": true}); status != http.StatusNoContent {
		t.Fatalf("visible is answered by %d: %s", status, answer)
	}
	unseen := call(0, "she sees this")
	for { // until it was looked at, with somebody else's device
		if m := readPush(t, witness); m.Seq == unseen {
			break
		}
	}
	if err := ann.Close(); err != nil {
		t.Error(err)
	}
	for { // until the other servers know that she has left
		seq := call(1, "and this?")
		for readPush(t, witness).Seq != seq {
		}
		if browser.Tries() > before+calls {
			break
		}
	}
	if m := readPush(t, browser); m.Seq == unseen {
		t.Errorf("pushed though she has seen it: %+v", m)
	}

	c.runs[0].kill9(t)
	seq := call(1, "without the first one")
	for readPush(t, browser).Seq != seq { // perhaps after others
	}
}
