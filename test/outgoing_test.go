package test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// bot is the program behind the outgoing hooks of all rooms. It fails now and then.
type bot struct {
	mu    sync.Mutex
	got   map[string][]event // by room
	times int
}

func (b *bot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the server was killed
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		e.Type = "unreadable: " + string(body)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.times++; b.times%50 == 0 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	room := strings.TrimPrefix(r.URL.Path, "/")
	b.got[room] = append(b.got[room], e)
	_, _ = fmt.Fprintf(w, `{"text":"%s heard %d"}`, contents, e.Seq)
}

// deliveries are what the bot has accepted of a room.
func (b *bot) deliveries(room string) []event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got[room][:len(b.got[room]):len(b.got[room])]
}

func TestOutgoingHooksMissNothingByKill9(t *testing.T) {
	s := newSite(t, "--limits=off", "--outgoing-hooks=private")
	b := &bot{got: map[string][]event{}}
	receiver := httptest.NewServer(b)
	defer receiver.Close()
	clients := s.talkers()
	p := s.start()
	for _, c := range clients[:5] { // the first in its room owns it
		connect(t, []*client{c})
		hook := fields{"type": "hook", "id": "h", "name": "Bot", "to": receiver.URL + "/" + c.room, "events": []string{"message"}}
		if err := c.session.line.send(within(t), hook); err != nil {
			t.Fatal(err)
		}
		eventually(t, c.room+" has its hook", func() bool { return c.position() == 2 }) // after the claim
	}
	p.kill9(t)
	for range 4 {
		p := s.start()
		s.killInTraffic(p, 25, 50*time.Millisecond+rand.N(400*time.Millisecond))
		each(clients, func(c *client) {
			if session, err := c.connect(within(t)); err == nil {
				session.talk(within(t), nil, 20*time.Millisecond)
			}
		})
		p.wait(t)
	}
	s.start()
	s.settle(clients)
	delivered := 0
	for _, c := range clients[:5] {
		delivered += s.checkDeliveries(b, c.room)
	}
	figure(t, "outgoing hooks and kill -9", 5, "%d events delivered, missed 0, out of order 0, replies doubled 0", delivered)
	if delivered < 100 {
		t.Errorf("only %d events were delivered", delivered)
	}
}

// checkDeliveries waits until the bot has everything that people said in a room. Each was delivered for the
// first time in order, and answered once. What comes again may leave out some: a server that takes over may begin
// with an older position, and learn of a newer one.
func (s *site) checkDeliveries(b *bot, room string) int {
	s.t.Helper()
	var people []event
	eventually(s.t, room+" is delivered and answered", func() bool {
		log := s.readLog(room)
		replies := map[string]int{}
		people = nil
		for _, e := range log {
			switch {
			case e.Type == "message" && e.From.Nick == "Bot":
				replies[e.Content]++
			case e.Type == "message":
				people = append(people, e)
			}
		}
		for content, n := range replies {
			if n != 1 {
				s.t.Fatalf("in %s %q was replied %d times", room, content, n)
			}
		}
		return len(replies) == len(people)
	})
	place := map[uint64]int{}
	for i, e := range people {
		place[e.Seq] = i
	}
	all := b.deliveries(room)
	next := 0 // of what wasn't delivered yet
	for _, e := range all {
		i, there := place[e.Seq]
		if !there || e.Content != people[i].Content {
			s.t.Fatalf("in %s %+v was delivered, which nobody has said", room, e)
		}
		if i > next {
			s.t.Errorf("in %s %d was delivered before %d", room, e.Seq, people[next].Seq)
		}
		next = max(next, i+1)
	}
	if next != len(people) {
		s.t.Errorf("in %s %d of %d were delivered", room, next, len(people))
	}
	return len(all)
}

// readLog reads a room's log over HTTP.
func (s *site) readLog(room string) (all []event) {
	s.t.Helper()
	for after := uint64(0); ; {
		request, err := http.NewRequestWithContext(within(s.t), http.MethodGet, fmt.Sprintf("http://%s/r/%s/messages?after=%d&limit=200", s.address(), room, after), nil)
		if err != nil {
			s.t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			s.t.Fatal(err)
		}
		var page struct{ Events []event }
		err = json.NewDecoder(response.Body).Decode(&page)
		_ = response.Body.Close()
		if err != nil {
			s.t.Fatal(err)
		}
		if len(page.Events) == 0 {
			return all
		}
		all = append(all, page.Events...)
		after = page.Events[len(page.Events)-1].Seq
	}
}
