package terminal

import (
	"fmt"
	"slices"
	"time"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// handleEvent handles an event of the room.
func (m *model) handleEvent(h roomEvent) {
	switch e := h.event.(type) {
	case *client.Connected:
		m.connected(e)
	case *client.Disconnected:
		m.disconnected(e)
	case *protocol.Event:
		m.logged(e)
	case *protocol.Gap:
		m.remark(rule, fmt.Sprintf("events %d to %d are no longer kept", e.First, e.Last))
	case *protocol.Pruned:
		m.prune(e.First)
	case *protocol.Knock:
		m.knocked(e)
	case *protocol.Seen:
		m.seenElsewhere(e.Seq)
	case *protocol.Joined:
		m.presence().join(e.Member)
	case *protocol.Left:
		delete(m.typers, e.Member.Member)
		m.presence().leave(e.Member)
	case *protocol.Renamed:
		m.presence().rename(e.Member, m.nick(e.Member), e.Nick)
		m.nicks[e.Member] = e.Nick
	case *protocol.Typing:
		if e.Member != m.me.Member {
			m.typers[e.Member] = time.Now().Add(typingLasts)
		}
	}
	if h.state != nil {
		m.setState(h.state)
	}
	m.trim()
	m.sending()
}

// trim bounds the memory for what was received.
func (m *model) trim() {
	if m.transcript.trim() {
		*m.top(), m.transcript.top.drawn = beginning{}, 0
	}
	if len(m.nicks) > maxNicks {
		clear(m.nicks)
		for _, one := range m.here.Members {
			m.nicks[one.Member] = one.Nick
		}
	}
	if len(m.knocks) > maxNicks {
		clear(m.knocks)
	}
	if len(m.typers) > maxNicks {
		clear(m.typers)
	}
}

// typingLasts is how long a member counts as typing after the event.
const typingLasts = 5 * time.Second

// setState updates what is known about the room.
func (m *model) setState(n *roomState) {
	m.here, m.limits, m.settings = n.members, n.limits, n.settings
	m.setPins(n.pins)
	m.waiting = n.waiting
	for _, one := range n.members.Members {
		m.nicks[one.Member] = one.Nick
	}
	m.composer.limit(n.limits.ContentChars)
	if m.me != n.you {
		m.me = n.you
		m.nicks[m.me.Member] = m.me.Nick
		m.redraw()
	}
}

// nick returns a member's present or last nick.
func (m *model) nick(member string) string {
	if nick, known := m.nicks[member]; known {
		return nick
	}
	return "somebody"
}

// maxChanges is how many members' changes one line shows.
const maxChanges = 200

// maxNicks is how many nicks of members who have left are remembered.
const maxNicks = 20_000

// presence returns the block at the end of the transcript that shows who joins and
// leaves. It adds one if the last entry is something else.
func (m *model) presence() *presenceBlock {
	if n := len(m.transcript.entries); m.presenceEntry == nil || len(m.presenceEntry.block.(*presenceBlock).members) >= maxChanges || n == 0 || m.transcript.entries[n-1] != m.presenceEntry {
		m.presenceEntry = m.transcript.note(&presenceBlock{}, time.Now())
	}
	m.presenceEntry.drawn = 0
	return m.presenceEntry.block.(*presenceBlock)
}

// remark shows a text that isn't a message. The text may come from the server.
func (m *model) remark(k kind, words string) *entry {
	return m.transcript.note(&remark{words: text.Visible(words), kind: k}, time.Now())
}

// logged handles a log event.
func (m *model) logged(e *protocol.Event) {
	m.head = e.Seq
	m.nicks[e.From.Member] = e.From.Nick
	m.admitted(e)
	if closes(e) {
		m.closedBy = text.Moderation(e)
	}
	if e.From.Member == m.me.Member {
		m.outbox.arrived(e.ID)
	}
	shown := m.transcript.add(e)
	if shown == nil || e.Type != protocol.EventMessage {
		return
	}
	delete(m.typers, e.From.Member)
	if e.From.Member == m.me.Member {
		return
	}
	if e.Seq <= m.conn.head { // it is older than the join
		if m.read.Epoch == "" || e.Seq <= m.read.Seq {
			return
		}
		if m.transcript.marked == nil {
			m.transcript.mark(shown)
		}
		if !m.shown() {
			m.count(e.Seq)
		}
		return
	}
	m.ringing = m.ringing || m.calledBy(e.Seq)
	if !m.watched() {
		if m.unseen == 0 {
			m.transcript.mark(shown)
		}
		m.count(e.Seq)
	}
}

// count counts a message that wasn't on the screen yet.
func (m *model) count(seq uint64) {
	if m.unseen == 0 {
		m.unseenAt = seq
	}
	m.unseen++
	if m.calledBy(seq) {
		m.mentions++
	}
}

// calledBy reports whether a message mentions this member or replies to it.
func (m *model) calledBy(seq uint64) bool {
	line := m.transcript.lines[seq]
	if slices.Contains(line.Mentions, m.me.Member) {
		return true
	}
	answered := m.transcript.lines[line.ReplyTo]
	return answered != nil && answered.From.Member == m.me.Member
}
