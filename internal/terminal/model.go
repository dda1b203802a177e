package terminal

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"snug/client"
	"snug/protocol"
)

// display is the terminal, which all rooms share.
type display struct {
	width, height int
	membersHidden bool // by the user
	mouseOff      bool // by the user: the wheel doesn't scroll, and the terminal selects text
	focused       bool // the terminal has the keyboard focus, as far as it reports that
	cells         ansi.Method
	styles        *styles
}

// model is a room as it is shown. Only the Update of its rooms changes it.
type model struct {
	*display
	rooms  *rooms
	visit  *Visit
	calls  *calls
	cancel context.CancelFunc // ends the calls, and the forwarding of events
	left   func() error       // see leave; nil while the visit goes on

	conn     connection
	ended    error // why the room is closed for good
	me       protocol.Member
	here     protocol.Members
	nicks    map[string]string // by member, of all members that were ever named
	settings protocol.Settings
	limits   protocol.Limits
	room     string
	kept     uint64 // the oldest event that the server keeps
	head     uint64 // the last event that was received
	era      int    // counts the logs
	read     protocol.Position
	pinned   []uint64 // the seqs of the pinned messages, in order
	searched lastSearch
	waiting  []protocol.Knock  // who waits before the locked room; for owners and moderators
	knocks   map[string]string // of those who were announced, the nicks by member
	closedBy string            // who closed the room for everyone, in words
	seenTold uint64            // up to where other devices know what was seen
	unseen   int               // messages that weren't on the screen yet
	unseenAt uint64            // the first of them; 0 for none
	mentions int               // how many of them mention this member, or reply to it
	ringing  bool              // such a message has just come

	transcript    transcript
	outbox        outbox
	changes       []*change // that aren't confirmed yet
	composer      composer
	completion    completion
	typers        map[string]time.Time // until when
	typingSent    time.Time            // when typing was last sent
	page          *page                // shown in place of the transcript, or nil
	presenceEntry *entry               // the last entry, if it shows presence changes
	leaving       bool                 // Ctrl+C was pressed once
	quitting      bool                 // leave as soon as all messages and changes are confirmed
	ticking       bool
}

func newModel(r *rooms, v *Visit, c *calls) *model {
	m := &model{
		display:    r.display,
		rooms:      r,
		visit:      v,
		calls:      c,
		nicks:      make(map[string]string),
		knocks:     make(map[string]string),
		read:       v.Read,
		room:       v.Code,
		transcript: newTranscript(),
		composer:   newComposer(),
		typers:     make(map[string]time.Time),
	}
	m.resize()
	return m
}

// update handles a message for this room.
func (m *model) update(msg tea.Msg) (cmd tea.Cmd) {
	switch msg := msg.(type) {
	case roomEvent:
		m.handleEvent(msg)
	case ended:
		m.end(msg.err)
	case settled:
		m.outbox.settled(msg.unsent, msg.seq, m.head, msg.err)
		m.sending()
		cmd = m.settled()
	case leaveNow:
		cmd = m.rooms.leaveAfterWaiting(m)
	case paged:
		m.paged(msg)
	case answered:
		m.answered(msg)
	case changed:
		m.changed(msg)
		cmd = m.settled()
	case searched:
		m.showFound(msg)
	case remarked:
		m.remark(msg.kind, msg.words)
	case tick:
		m.ticking = false
		m.expire(time.Time(msg))
	case tea.KeyPressMsg:
		cmd = m.key(msg)
	case tea.PasteMsg:
		cmd = m.paste(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg.Button)
	default:
		cmd = m.compose(msg)
	}
	return cmd
}

// next returns what to do without a key: send the next message, read older messages,
// wait for the clock.
func (m *model) next() tea.Cmd {
	var all []tea.Cmd
	if u := m.outbox.next(); u != nil {
		all = append(all, m.calls.send(u))
	}
	if cmd := m.older(); cmd != nil {
		all = append(all, cmd)
	}
	if cmd := m.seen(); cmd != nil {
		all = append(all, cmd)
	}
	if m.ringing {
		m.ringing = false
		all = append(all, m.rooms.ring(time.Now()))
	}
	if !m.ticking && (len(m.typers) > 0 || m.conn.state == reconnecting) {
		m.ticking = true
		all = append(all, tea.Tick(time.Second, func(t time.Time) tea.Msg { return tick(t) }))
	}
	return tea.Batch(all...)
}

// tick says that a second has passed, while something depends on the time.
type tick time.Time

func (m *model) expire(now time.Time) {
	for member, until := range m.typers {
		if !now.Before(until) {
			delete(m.typers, member)
		}
	}
}

// resize adapts it to the size of the terminal.
func (m *model) resize() {
	m.composer.resize(m.width, m.height)
	m.redraw()
	m.layout()
}

// redraw makes everything be drawn again.
func (m *model) redraw() {
	m.transcript.stale++
	m.transcript.canvas = &canvas{
		styles: m.styles,
		width:  m.transcriptWidth(),
		cells:  m.cells,
		me:     m.me.Member,
		line:   func(seq uint64) *client.Line { return m.transcript.lines[seq] },
		url:    m.calls.url,
		pinned: func(seq uint64) bool { return slices.Contains(m.pinned, seq) },
	}
}

// sending shows the messages that aren't confirmed yet.
func (m *model) sending() { m.transcript.sending = m.outbox.entries() }

// shown reports whether this is the room on the screen.
func (m *model) shown() bool { return m.rooms.shown == m }

// watched reports whether what comes is seen at once.
func (m *model) watched() bool { return m.shown() && m.focused && m.transcript.bottom == nil }

// markSeen marks all messages as seen if the end of the transcript is visible.
func (m *model) markSeen() {
	if m.watched() {
		m.noneUnseen()
	}
}

func (m *model) noneUnseen() { m.unseen, m.unseenAt, m.mentions = 0, 0, 0 }

// older reads the page of older messages if the window is near the top.
func (m *model) older() tea.Cmd {
	top := m.top()
	first := m.transcript.first()
	if !m.shown() || top.loading || top.failed || top.reached || first == 0 || m.conn.state != connected || !m.transcript.nearTop() {
		return nil
	}
	if first <= max(m.kept, 1) {
		m.reached()
		return nil
	}
	top.loading, m.transcript.top.drawn = true, 0
	return m.calls.older(first, m.era)
}

func (m *model) top() *beginning { return m.transcript.at(0).block.(*beginning) }

// reached records that there are no older messages.
func (m *model) reached() {
	m.top().reached, m.top().pruned = true, m.transcript.first() > 1
	m.transcript.top.drawn = 0
}

// paged handles a page of older events.
func (m *model) paged(msg paged) {
	if msg.era != m.era || msg.before != m.transcript.first() {
		return // the events that it precedes are gone
	}
	m.top().loading, m.transcript.top.drawn = false, 0
	if msg.err != nil {
		m.top().failed = true // or it would be read again and again
		m.remark(fault, "older messages can't be read: "+msg.err.Error())
		return
	}
	m.transcript.prepend(slices.DeleteFunc(msg.page.Events, func(e protocol.Event) bool { return e.Seq < m.kept })) // it may be older than what we were told
	if m.transcript.marked != nil && m.read.Seq < m.transcript.marked.seq && m.read.Epoch != "" {
		m.transcript.markAfter(m.read.Seq, m.me.Member)
	}
	if !msg.page.More || len(msg.page.Events) == 0 {
		m.reached()
	}
}
