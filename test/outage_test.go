package test

import (
	"fmt"
	"strings"
	"time"
)

// outage is a time in which the journal accepts no messages.
type outage struct {
	begin, end func()
	refuses    int // at least so many messages
	lasts      time.Duration
	recurs     bool // it may begin again by itself
}

// survives has 20 clients send messages during an outage of a new server. Senders get
// unavailable and no other error; joins, reads and presence go on; one line in the log says
// so; and the server recovers by itself. Then the server is killed, and all confirmed
// messages are there once. It returns how many messages were refused.
func (s *site) survives(p *process, o outage) (refused int) {
	s.t.Helper()
	s.broken = true
	clients := s.talkers()
	connect(s.t, clients)
	watcher, _ := s.enter(s.t, "room0")
	stop := s.talk(clients, 200)
	settled := resendPending(s.t, clients)

	already := len(p.told())
	o.begin()
	eventually(s.t, "messages are refused", func() bool { return s.ledger.refusals() >= o.refuses })
	s.goesOn(watcher)
	eventually(s.t, "the operator is told", func() bool { return s.says(p, "the journal takes no messages") > 0 })
	<-time.After(o.lasts)

	o.end()
	eventually(s.t, "the operator is told that it is over", func() bool { return s.says(p, "the journal takes messages again") > 0 })
	before := s.ledger.count()
	eventually(s.t, "it takes messages again", func() bool { return s.ledger.count() >= before+200 })
	stop()
	settled()
	s.checkConnected(clients)
	hangUp(clients)
	outages := 1
	if o.recurs {
		outages = s.says(p, "the journal takes no messages")
	}
	if told := p.told()[already:]; len(told) > 4*outages { // that it begins and ends, of the journal and perhaps of the search index
		s.t.Errorf("the operator is told %d lines of it: %.3000s", len(told), told)
	}
	p.kill9(s.t)
	s.checkFile()
	s.start()
	s.settle(clients)
	return s.ledger.refusals()
}

// told returns the lines that a process has logged so far, except debug.
func (p *process) told() (lines []string) {
	for line := range strings.Lines(p.err.String()) {
		if !strings.Contains(line, "level=DEBUG") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// says returns how often text is in a process's log.
func (s *site) says(p *process, text string) int { return strings.Count(p.err.String(), text) }

// goesOn checks what needs no write to the journal: joins, also to new rooms, presence and
// reading.
func (s *site) goesOn(watcher line) {
	s.t.Helper()
	s.enter(s.t, "room0")
	if e, err := watcher.await(within(s.t), "joined"); err != nil {
		s.t.Errorf("presence: %+v, %v", e, err)
	}
	s.enter(s.t, fmt.Sprint("new-", time.Now().UnixNano()))
	if log, err := s.read(within(s.t), "room1"); err != nil || len(log) == 0 {
		s.t.Errorf("%d messages can be read: %v", len(log), err)
	}
}
