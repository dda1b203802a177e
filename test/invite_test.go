package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// invite locks the room, and returns the secret of an invite to it.
func (l linkClient) invite(s *site, owner string, uses int) string {
	l.t.Helper()
	if status, body := l.post(s, "/commands", fmt.Sprintf(`{"type":"set","id":"s%d","locked":true}`, rand.Int()), "Snug-Seat", owner); status != http.StatusOK {
		l.t.Fatalf("lock the room: %d %s", status, body)
	}
	status, body := l.post(s, "/commands", fmt.Sprintf(`{"type":"invite","id":"i%d","uses":%d}`, rand.Int(), uses), "Snug-Seat", owner)
	var made struct{ URL string }
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusOK {
		l.t.Fatalf("invite: %d %s", status, body)
	}
	_, secret, _ := strings.Cut(made.URL, "#invite=")
	s.secret(secret)
	return secret
}

// joinBy joins by an invite, and returns the status and, if it is 200, the member.
func (l linkClient) joinBy(s *site, secret, id string) (status int, member string) {
	l.t.Helper()
	resp, _ := l.open(s, http.MethodPost, "/events", fmt.Sprintf(`{"type":"join","nick":"eve","invite":%q,"id":%q}`, secret, id))
	if resp.StatusCode == http.StatusOK {
		member = l.nextEvent(bufio.NewReader(resp.Body)).You.Member
	}
	return resp.StatusCode, member
}

// However many join at the same moment on the servers of a cluster, as many come in as an invite
// has uses, also with an invite that a server has only just heard of.
func TestClusterLetsInAsManyAsAnInviteHasUses(t *testing.T) {
	c := newCluster(t)
	c.start(0, 1, 2)
	for _, uses := range []int{1, 10} {
		l := linkClient{t, fmt.Sprint("invited", uses)}
		owner := l.nextEvent(l.stream(c.sites[0], http.MethodPost, `{"type":"join","nick":"ann"}`)).You.Seat
		secret := l.invite(c.sites[0], owner, uses)
		var in atomic.Int32
		members := make(chan string, 100)
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				switch status, member := l.joinBy(c.sites[i%3], secret, fmt.Sprint("j", i)); status {
				case http.StatusOK:
					in.Add(1)
					members <- fmt.Sprint("j", i, " ", member)
				case http.StatusForbidden:
				default:
					t.Errorf("an answer is %d", status)
				}
			})
		}
		all.Wait()
		if in.Load() != int32(uses) {
			t.Errorf("%d came in by an invite with %d uses", in.Load(), uses)
		}
		close(members)
		for m := range members { // the retry, on any server, is the same member
			id, member, _ := strings.Cut(m, " ")
			if status, again := l.joinBy(c.sites[rand.N(3)], secret, id); status != http.StatusOK || again != member {
				t.Errorf("%s was %s, and again: %d %s", id, member, status, again)
			}
		}
		figure(t, "100 joins at once on three servers", 1, "%d came in by an invite with %d uses", in.Load(), uses)
	}
}

// Somebody whose server is killed between the admission and the welcome comes in with the same id
// of the join, and nobody else.
func TestAnInviteIsUsedOnceByKill9(t *testing.T) {
	s := newSite(t, "--limits=off")
	s.broken = true
	l := linkClient{t, "killed"}
	p := s.start()
	owner := l.nextEvent(l.stream(s, http.MethodPost, `{"type":"join","nick":"ann"}`)).You.Seat
	lost := 0
	for round := range 8 {
		secret := l.invite(s, owner, 1)
		id := fmt.Sprint("j", round)
		answered := make(chan bool, 1)
		go func() {
			resp, err := http.Post("http://"+s.address()+"/r/"+l.room+"/events", "application/json",
				strings.NewReader(fmt.Sprintf(`{"type":"join","nick":"eve","invite":%q,"id":%q}`, secret, id)))
			if err == nil {
				_ = resp.Body.Close()
			}
			answered <- err == nil
		}()
		time.Sleep(rand.N(3 * time.Millisecond)) // anywhere between the request and its answer
		p.kill9(t)
		if !<-answered {
			lost++
		}
		p = s.start()
		status, member := l.joinBy(s, secret, id)
		if status != http.StatusOK {
			t.Fatalf("round %d: the retry gets %d", round, status)
		}
		if status, again := l.joinBy(s, secret, id); status != http.StatusOK || again != member {
			t.Errorf("round %d: another retry is %s, was %s: %d", round, again, member, status)
		}
		if status, _ := l.joinBy(s, secret, id+"-other"); status != http.StatusForbidden {
			t.Errorf("round %d: somebody else gets %d", round, status)
		}
	}
	figure(t, "kill -9 while somebody joins by an invite", 8, "%d answers lost; each invite let in one", lost)
}
