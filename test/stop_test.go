package test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestStopLosesNothingAndTellsEveryone(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			told, confirmed := stopUnderLoad(t, sig, 500*time.Millisecond)
			figure(t, "stop under load", 1, "%d of 20 told goodbye; of %d messages lost 0, doubled 0", told, confirmed)
		})
	}
}

func TestSoakStopLosesNothingAndTellsEveryone(t *testing.T) {
	soak(t)
	const rounds = 50
	told, confirmed := 0, 0
	for round := range rounds {
		n, messages := stopUnderLoad(t, []os.Signal{syscall.SIGTERM, syscall.SIGINT}[round%2], time.Second)
		told, confirmed = told+n, confirmed+messages
	}
	figure(t, "stop under load", rounds, "%d of %d told goodbye; of %d messages lost 0, doubled 0", told, 20*rounds, confirmed)
}

// stopUnderLoad stops a server while 20 clients send messages. It returns how many of them
// got a goodbye and how many messages were confirmed.
func stopUnderLoad(t *testing.T, sig os.Signal, load time.Duration) (told, confirmed int) {
	t.Helper()
	s := newSite(t, "--limits=off")
	p := s.start()
	clients := s.talkers()
	connect(t, clients)
	began := make(chan time.Time, 1)
	time.AfterFunc(load, func() {
		began <- time.Now()
		_ = p.cmd.Process.Signal(sig)
	})
	each(clients, func(c *client) {
		c.session.talk(within(t), nil, 5*time.Millisecond)
		<-c.session.ended
	})
	status := p.wait(t)
	took := time.Since(<-began)
	if status != 0 {
		t.Errorf("exit status %d after %v", status, took)
	}
	unsettled, comeBack := 0, make(map[int64]bool)
	for _, c := range clients {
		last := c.session
		if code := websocket.CloseStatus(last.err); last.goodbye.Code != "draining" || code != websocket.StatusGoingAway {
			t.Errorf("%s was cut with goodbye %q and %v", c.nick, last.goodbye.Code, last.err)
		} else {
			told++
		}
		comeBack[last.goodbye.ReconnectAfterMS] = true
		unsettled += len(c.waiting())
	}
	if len(comeBack) < 2 || comeBack[0] {
		t.Errorf("clients are to come back after %v ms: not spread", comeBack)
	}
	s.checkFile()
	s.start()
	s.settle(clients)
	confirmed, acks := s.ledger.figures()
	t.Logf("stopped in %v: %d of 20 told goodbye and closed with 1001; of %d messages: %s; %d were unsettled, %d of them taken in already",
		took.Round(time.Millisecond), told, confirmed, s.ledger.verdict(), unsettled, acks)
	return told, confirmed
}

func TestStalledReaderDelaysTheStopAndNoMore(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--limits=off", "--max-content=100000")
	p := s.start()
	s.stall()
	others := s.talkers()[:4]
	connect(t, others)
	p.signal(t, syscall.SIGTERM)
	for _, c := range others {
		<-c.session.ended
		if c.session.goodbye.Code != "draining" {
			t.Errorf("%s was cut with %v", c.nick, c.session.err)
		}
	}
	if err := p.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the server has ended (%v): either the others were told late or nobody stalled", err)
	}
	if status := p.wait(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "--limits=off", "--max-content=100000")
			p := s.start()
			s.stall()
			p.signal(t, sig)
			eventually(t, "the server says that it stops", func() bool { return strings.Contains(p.err.String(), "stopping") })
			p.signal(t, sig)
			if status := p.wait(t); status != 1 { // 0 if it waits for the stalled client all the same
				t.Errorf("exit status %d after the second signal", status)
			}
			s.start()
			if log, err := s.read(within(t), "stalled"); err != nil || len(log) != 1+stallMessages { // with the claim
				t.Errorf("%d of %d messages are there after it: %v", len(log), stallMessages, err)
			}
		})
	}
}

// stallMessages are more than the network holds between a server and a reader.
const stallMessages = 150

// stall puts a member that never reads into a room with a long log.
func (s *site) stall() {
	s.t.Helper()
	ctx := within(s.t)
	l, err := s.dial(ctx, "stalled")
	if err != nil {
		s.t.Fatal(err)
	}
	if err := l.send(ctx, fields{"type": "join", "nick": "writer", "history": 0}); err != nil {
		s.t.Fatal(err)
	}
	content := contents + strings.Repeat(".", 90_000)
	for i := range stallMessages {
		if err := l.send(ctx, fields{"type": "send", "id": fmt.Sprint(i), "content": content}); err != nil {
			s.t.Fatal(err)
		}
		if _, err := l.await(ctx, "message"); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := l.ws.Close(websocket.StatusNormalClosure, ""); err != nil {
		s.t.Fatal(err)
	}
	conn, err := handshake(s.address(), "stalled")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() }) // the server may have
	if _, err := conn.Write(masked(`{"type":"join","nick":"stalled","history":1000}`)); err != nil {
		s.t.Fatal(err)
	}
	// When its welcome comes, it is a member of the room.
	one := make([]byte, 1)
	if _, err := conn.Read(one); err != nil {
		s.t.Fatal(err)
	}
}
