package test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// locked keeps everyone else from writing to the log, as another program may.
func (s *site) locked(t *testing.T) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite", s.file)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		_, _ = conn.ExecContext(context.Background(), "ROLLBACK")
		_ = conn.Close()
		_ = db.Close()
	}
}

// TestStopKeepsItsTimeWhileTheJournalIsLocked: messages that can't be committed are
// refused, and every client gets a goodbye.
func TestStopKeepsItsTimeWhileTheJournalIsLocked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.broken = true
	p := s.start()
	ann, _ := s.enter(t, "room")
	defer s.locked(t)()
	for _, command := range []fields{
		{"type": "send", "id": "1", "content": contents},
		{"type": "send", "id": "2", "content": contents},
		{"type": "ping"},
	} {
		if err := ann.send(within(t), command); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ann.await(within(t), "pong"); err != nil { // then the journal has the messages
		t.Fatal(err)
	}
	told := make(chan string, 1)
	go func() {
		var last event
		for {
			e, err := ann.next(t.Context())
			if err != nil {
				told <- last.Type + " " + last.Code
				return
			}
			last = e
		}
	}()
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if last := <-told; last != "goodbye draining" {
		t.Errorf("the last that ann was told is %q", last)
	}
}

// TestARequestThatNeverEndsIsClosed: its headers are whole, its body never comes.
func TestARequestThatNeverEndsIsClosed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	conn, err := (&net.Dialer{}).DialContext(within(t), "tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET /ws?roomCode=a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewReader(conn); err == nil; {
		_, err = in.ReadByte()
	}
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() { //nolint:errorlint // as it comes from the connection
		t.Error("it is still open")
	}
}

// TestJournalLockedForASecondIsOnlySlow: a backup or a shell has the log, and
// lets go of it.
func TestJournalLockedForASecondIsOnlySlow(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--limits=off")
	s.start()
	clients := s.talkers()
	connect(t, clients)
	stop := s.talk(clients, 100)
	unlock := s.locked(t)
	before := s.ledger.count()
	<-time.After(time.Second)
	if during := s.ledger.count() - before; during > len(clients)*flying { // what was committed and not yet told
		t.Errorf("%d messages were confirmed while it was locked", during)
	}
	unlock()
	eventually(t, "it goes on", func() bool { return s.ledger.count() > before+len(clients)*flying+200 })
	stop()
	hangUp(clients)
	s.settle(clients) // an error would have failed the test
	figure(t, "journal locked for 1 s", 1, "unavailable 0; %s", s.ledger.verdict())
}

func TestJournalLockedForLongIsUnavailable(t *testing.T) {
	t.Parallel()
	lockedFor(t, 0)
}

func TestSoakJournalLockedForAMinuteIsUnavailable(t *testing.T) {
	soak(t)
	lockedFor(t, time.Minute)
}

// lockedFor keeps the log locked until messages are refused, and on.
func lockedFor(t *testing.T, on time.Duration) {
	s := newSite(t, "--limits=off")
	p := s.start()
	var unlock func()
	began := time.Now()
	refused := s.survives(p, outage{
		begin:   func() { unlock = s.locked(t) },
		end:     func() { unlock() },
		refuses: 1,
		lasts:   on,
	})
	figure(t, "journal locked for long", 1, "%d times unavailable in %v; %s", refused, time.Since(began).Round(time.Second), s.ledger.verdict())
}
