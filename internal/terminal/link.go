package terminal

import (
	"errors"
	"fmt"
	"io"
	"time"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// link is how the room is connected.
type link struct {
	state linkState
	since time.Time // lost
	retry time.Time // when the next attempt is
	lost  *entry    // tells that it was lost
	head  uint64    // the last event of before one came the first time
}

type linkState int

const (
	joining linkState = iota
	connected
	away
	over
)

func (m *model) connected(e *client.Connected) {
	before := m.link
	m.link = link{state: connected, head: before.head}
	m.room, m.kept = e.Room, e.First
	again := before.state == away || before.state == connected
	switch {
	case again && e.Resumed:
		words := "connected again"
		if before.lost != nil {
			words = "away for " + text.Span(ago(before.since)) + ", and nothing was missed"
			before.lost.block, before.lost.drawn = &remark{words: words}, 0
			return
		}
		m.remark(about, words)
	case again:
		m.era++
		m.transcript.clear()
		m.comings, m.unseen = nil, 0
		m.link.head, m.head, m.read = e.Head, 0, protocol.Position{}
		m.remark(rule, "the room's log is another one than before")
	default:
		m.link.head = e.Head
		if m.read.Epoch != e.Epoch {
			m.read = protocol.Position{}
		}
	}
	if e.Head == 0 {
		m.reached()
	}
}

func (m *model) disconnected(e *client.Disconnected) {
	now := time.Now()
	if m.link.state != away {
		m.link = link{state: away, since: now, head: m.link.head}
		m.link.lost = m.remark(fault, "the connection is lost"+cause(e.Err))
	}
	m.link.retry = now.Add(e.Retry)
	clear(m.typers)
}

// end takes why the room is closed for good.
func (m *model) end(err error) {
	m.ended = err
	m.link.state = over
	clear(m.typers)
	m.remark(fault, err.Error())
	m.remark(answer, "Ctrl+C or /quit leaves.")
}

// cause is why, where that is more than that nobody is there any more.
func cause(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ""
	}
	return ": " + reason(err)
}

func ago(since time.Time) time.Duration {
	return max(time.Since(since).Round(time.Second), time.Second)
}

// words say how the room is connected.
func (l *link) words(now time.Time) string {
	switch l.state {
	case joining:
		return "joining"
	case connected:
		return "connected"
	case over:
		return "closed"
	}
	if wait := l.retry.Sub(now); wait > 0 {
		return fmt.Sprintf("reconnecting in %d s", int((wait+time.Second-1)/time.Second))
	}
	return "reconnecting"
}
