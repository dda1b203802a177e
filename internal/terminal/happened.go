package terminal

import (
	"fmt"
	"time"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// happened takes an event of the room.
func (m *model) happened(h happened) {
	switch e := h.event.(type) {
	case *client.Connected:
		m.connected(e)
	case *client.Disconnected:
		m.disconnected(e)
	case *protocol.Event:
		m.logged(e)
	case *protocol.Gap:
		m.remark(rule, fmt.Sprintf("events %d to %d are no longer kept", e.First, e.Last))
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
	if h.now != nil {
		m.take(h.now)
	}
	m.sending()
}

// typingLasts is how long after its event a member is typing.
const typingLasts = 5 * time.Second

// take takes what the room is like now.
func (m *model) take(n *now) {
	m.here, m.limits, m.settings = n.members, n.limits, n.settings
	for _, one := range n.members.Members {
		m.nicks[one.Member] = one.Nick
	}
	m.composer.limit(n.limits.ContentChars)
	if m.me != n.you {
		m.me = n.you
		m.nicks[m.me.Member] = m.me.Nick
		m.repaper()
	}
}

// nick is what a member is called, or was.
func (m *model) nick(member string) string {
	if nick, known := m.nicks[member]; known {
		return nick
	}
	return "somebody"
}

// presence is the quiet line at the bottom that tells who came and went.
func (m *model) presence() *comings {
	if n := len(m.transcript.entries); m.comings == nil || n == 0 || m.transcript.entries[n-1] != m.comings {
		m.comings = m.transcript.note(&comings{}, time.Now())
	}
	m.comings.drawn = 0
	return m.comings.block.(*comings)
}

// remark shows words that are no message. They may come from the server.
func (m *model) remark(k kind, words string) *entry {
	return m.transcript.note(&remark{words: text.Visible(words), kind: k}, time.Now())
}

// logged takes an event of the log.
func (m *model) logged(e *protocol.Event) {
	m.head = e.Seq
	m.nicks[e.From.Member] = e.From.Nick
	if e.From.Member == m.me.Member {
		m.outbox.arrived(e.ID)
	}
	shown := m.transcript.add(e)
	if m.transcript.trim() {
		*m.top(), m.transcript.top.drawn = beginning{}, 0
	}
	if shown == nil || e.Type != protocol.EventMessage {
		return
	}
	delete(m.typers, e.From.Member)
	if e.From.Member == m.me.Member {
		return
	}
	switch {
	case e.Seq <= m.link.head: // it was said before one came
		if m.transcript.marked == nil && m.read.Epoch != "" && e.Seq > m.read.Seq {
			m.transcript.mark(shown)
		}
	case !m.focused || m.transcript.bottom != nil:
		if m.unseen == 0 {
			m.transcript.mark(shown)
		}
		m.unseen++
	}
}
