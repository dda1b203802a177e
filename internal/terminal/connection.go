package terminal

import (
	"fmt"
	"time"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// connection is the state of the room's connection.
type connection struct {
	state connState
	since time.Time // when it was lost
	retry time.Time // when the next attempt is made
	lost  *entry    // says that it was lost
	head  uint64    // the last event before the first join
}

type connState int

const (
	joining connState = iota
	connected
	reconnecting
	closed
)

func (m *model) connected(e *client.Connected) {
	before := m.conn
	m.conn = connection{state: connected, head: before.head}
	m.room, m.kept = e.Room, e.First
	m.top().failed = false
	m.transcript.top.drawn = 0
	if e.Resumed {
		m.prune(e.First)
	}
	again := before.state == reconnecting || before.state == connected
	switch {
	case again && e.Resumed:
		switch {
		case before.lost != nil:
			before.lost.block = &remark{words: "disconnected for " + text.Span(ago(before.since)) + ", nothing was missed"}
			before.lost.drawn = 0
		case before.state == connected:
			m.remark(about, "connected again")
		}
	case again:
		m.era++
		m.transcript.clear()
		m.presenceEntry = nil
		m.noneUnseen()
		m.conn.head, m.head, m.read, m.seenTold = e.Head, 0, protocol.Position{}, 0
		m.remark(rule, "the room has a new log; the old messages are gone")
	default:
		m.conn.head = e.Head
		if m.read.Epoch != e.Epoch {
			m.read = protocol.Position{}
		}
		if e.Seen > m.read.Seq { // on another device
			m.read = protocol.Position{Epoch: e.Epoch, Seq: e.Seen}
		}
		m.seenTold = e.Seen
	}
	if e.Head == 0 {
		m.reached()
	}
}

func (m *model) disconnected(e *client.Disconnected) {
	now := time.Now()
	if m.conn.state != reconnecting {
		m.conn = connection{state: reconnecting, since: now, head: m.conn.head}
		if m.rooms.tells(m) {
			m.conn.lost = m.remark(fault, "disconnected"+cause(e.Err))
		}
	}
	m.conn.retry = now.Add(e.Retry)
	clear(m.typers)
}

// end takes why the room is closed for good.
func (m *model) end(err error) {
	m.ended = err
	m.conn.state = closed
	clear(m.typers)
	if client.IsRoomClosed(err) {
		m.erased()
		return
	}
	m.remark(fault, err.Error())
	m.remark(answer, m.whatNext())
}

// whatNext says what the user can do about a room that is closed for good.
func (m *model) whatNext() string {
	return fmt.Sprintf("Ctrl+C or /leave leaves, /join %s joins it anew.", m.visit.Code)
}

// cause returns the reason for which a connection was lost.
func cause(err error) string { return ": " + err.Error() }

func ago(since time.Time) time.Duration {
	return max(time.Since(since).Round(time.Second), time.Second)
}

// words returns the state as text.
func (c *connection) words(now time.Time) string {
	switch c.state {
	case joining:
		return "joining"
	case connected:
		return "connected"
	case closed:
		return "closed"
	}
	if wait := c.retry.Sub(now); wait > 0 {
		return fmt.Sprintf("reconnecting in %d s", int((wait+time.Second-1)/time.Second))
	}
	return "reconnecting"
}
