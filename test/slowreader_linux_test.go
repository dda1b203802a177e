package test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestSlowReadersHoldUpNobody(t *testing.T) {
	t.Parallel()
	slowReaders(t, 3*time.Second)
}

func TestSoakSlowReadersHoldUpNobody(t *testing.T) {
	soak(t)
	slowReaders(t, 80*time.Second)
}

// deadAfter is how long the server keeps a connection over which no byte moves.
const deadAfter = time.Minute

// slowReaders has two members with TCP buffers of 4 KiB in a room that is flooded for a
// while: one reads nothing, the other 1 KiB a second. Then they come back over a better
// connection and get the rest.
func slowReaders(t *testing.T, flood time.Duration) {
	s := newSite(t, "--limits=off")
	p := s.start()
	var others []*client
	for i := range 10 {
		c := s.client("room", fmt.Sprint("talker ", i))
		c.padding = strings.Repeat(".", 3000)
		others = append(others, c)
	}
	connect(t, others)
	s.talk(others, 500)() // what the server takes for all this without them
	quiet, rate := resident(t, p.cmd.Process.Pid), s.rate(others, flood/3)

	watcher, _ := s.enter(t, "room")
	gone := make(chan time.Duration, 1)
	began := time.Now()
	stalled, trickling := s.joinSlowly(t, "stalled"), s.joinSlowly(t, "trickling")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			switch e, err := watcher.await(ctx, "left"); {
			case err != nil:
				return
			case e.Nick == "stalled":
				gone <- time.Since(began)
			default:
				t.Errorf("%s has left", e.Nick)
			}
		}
	}()
	trickled := trickle(trickling, flood)
	during := s.rate(others, flood)
	grown := resident(t, p.cmd.Process.Pid) - quiet
	if grown > 64 {
		t.Errorf("two slow readers take %d MiB", grown)
	}
	for _, c := range others {
		eventually(t, c.nick+" has read all", func() bool { return c.position() == s.ledger.head("room") })
	}
	head := s.ledger.head("room")

	let := "is still there"
	select {
	case after := <-gone:
		let = fmt.Sprintf("was let go after %v", after.Round(time.Second))
		if after < deadAfter {
			t.Errorf("one who reads nothing %s", let)
		}
	default:
		if flood > deadAfter+10*time.Second {
			t.Errorf("one who has read nothing for %v %s", flood, let)
		}
	}
	cancel()
	<-watched
	read := <-trickled
	trickling.follow(t, strings.NewReader(read))
	if flood > deadAfter && trickling.head == head {
		t.Error("1 KiB a second has been enough to read all")
	}
	for _, who := range []*slowMember{stalled, trickling} {
		_ = who.conn.Close() // the server may have
		s.resumes(t, who, head)
	}
	figure(t, "never reads, and 1 KiB/s", 1, "%d messages of 3 KiB: others sent %.0f a second before and %.0f meanwhile, %d MiB more resident; who never reads %s; both are resumed and get all in order",
		head, rate, during, grown, let)
	hangUp(others)
}

// rate lets clients talk for a while, and returns how many of their messages were
// confirmed a second.
func (s *site) rate(clients []*client, while time.Duration) float64 {
	s.t.Helper()
	before, began := s.ledger.count(), time.Now()
	stop := s.talk(clients, 1)
	<-time.After(while)
	stop()
	return float64(s.ledger.count()-before) / time.Since(began).Seconds()
}

// slowMember is a member by hand.
type slowMember struct {
	conn              *net.TCPConn
	nick, seat, epoch string
	head              uint64 // the last seq that it was shown
}

// joinSlowly joins with a small buffer, and reads no further than the welcome.
func (s *site) joinSlowly(t *testing.T, nick string) *slowMember {
	t.Helper()
	conn, err := handshake(s.address(), "room")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the server may have
	if _, err := conn.Write(masked(fmt.Sprintf(`{"type":"join","nick":%q,"history":0}`, nick))); err != nil {
		t.Fatal(err)
	}
	welcome, err := nextOf(conn, "welcome")
	if err != nil {
		t.Fatal(err)
	}
	s.secret(welcome.You.Seat)
	return &slowMember{conn, nick, welcome.You.Seat, welcome.Epoch, welcome.Head}
}

// trickle reads 1 KiB a second for a while, and hands over what it has read.
func trickle(who *slowMember, while time.Duration) <-chan string {
	read := make(chan string, 1)
	go func() {
		var all []byte
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for end := time.Now().Add(while); time.Now().Before(end); <-second.C {
			kib := make([]byte, 1024)
			n, _ := who.conn.Read(kib) // what is wrong shows later
			all = append(all, kib[:n]...)
		}
		read <- string(all)
	}()
	return read
}

// follow reads the messages in in, and checks their order.
func (who *slowMember) follow(t *testing.T, in io.Reader) {
	t.Helper()
	for {
		e, err := nextOf(in, "message")
		if err != nil { // the end is in the middle of a frame
			return
		}
		if who.head++; e.Seq != who.head {
			t.Fatalf("%s was shown %d instead of %d", who.nick, e.Seq, who.head)
		}
	}
}

// resumes has a member that has left come back and read up to a seq.
func (s *site) resumes(t *testing.T, who *slowMember, to uint64) {
	t.Helper()
	ctx := within(t)
	l, err := s.dial(ctx, "room")
	if err != nil {
		t.Fatal(err)
	}
	defer l.cut()
	if err := l.send(ctx, fields{"type": "join", "nick": who.nick, "seat": who.seat, "since": fields{"epoch": who.epoch, "seq": who.head}}); err != nil {
		t.Fatal(err)
	}
	if welcome, err := l.await(ctx, "welcome"); err != nil || !welcome.Resumed {
		t.Fatalf("%s is not resumed: %v", who.nick, err)
	}
	for who.head < to {
		e, err := l.await(ctx, "message")
		if err != nil {
			t.Fatal(err)
		}
		if who.head++; e.Seq != who.head {
			t.Fatalf("%s was shown %d instead of %d", who.nick, e.Seq, who.head)
		}
	}
}
