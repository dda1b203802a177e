package test

import (
	"fmt"
	"strings"
	"time"
)

// outage is a time in which the journal takes no messages.
type outage struct {
	begin, end func()
	refuses    int // so many messages at the least
	lasts      time.Duration
}

// survives lets 20 clients talk through an outage of a server that is fresh, and
// holds what must hold: who sends is told unavailable and nothing else, the rest
// goes on, the operator is told once, and it mends itself. Afterwards the server
// is killed, and all that was confirmed is there once. It returns how many
// messages were refused meanwhile.
func (s *site) survives(p *process, o outage) (refused int) {
	s.t.Helper()
	s.broken = true
	clients := s.talkers()
	connect(s.t, clients)
	watcher, _ := s.enter(s.t, "room0")
	stop := s.talk(clients, 200)
	settled := insisting(s.t, clients)

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
	s.uncut(clients)
	hangUp(clients)
	if told := p.told(); len(told) > 2 {
		s.t.Errorf("the operator is told %d lines of it: %.3000s", len(told), told)
	}
	p.kill9(s.t)
	s.autopsy()
	s.start()
	s.settle(clients)
	return s.ledger.refusals()
}

// told is what a process has told its operator so far.
func (p *process) told() (lines []string) {
	for line := range strings.Lines(p.err.String()) {
		if !strings.Contains(line, "level=DEBUG") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// says is how many lines of a process's log have text in them.
func (s *site) says(p *process, text string) int { return strings.Count(p.err.String(), text) }

// goesOn holds what the journal isn't written for: joining rooms, new ones too,
// presence and reading.
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
