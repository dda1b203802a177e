package terminal

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"snug/client"
	"snug/protocol"
)

// model is all that is shown, and changes by messages alone.
type model struct {
	calls *calls

	width, height int
	focused       bool // the terminal has the keyboard, as far as it says
	cells         ansi.Method
	styles        *styles

	link     link
	ended    error // why the room is closed for good
	me       protocol.Member
	here     protocol.Members
	nicks    map[string]string // of all members that were ever named
	settings protocol.Settings
	limits   protocol.Limits
	room     string
	kept     uint64 // the oldest event that the server keeps
	head     uint64 // the last event that is here
	era      int    // counts the logs
	read     protocol.Position
	unseen   int // messages since one last looked

	transcript transcript
	outbox     outbox
	composer   composer
	completion completion
	typers     map[string]time.Time // until when
	told       time.Time            // when the others were last told that one types
	page       *page                // over the transcript, or nil
	comings    *entry               // the last entry, if it is of comings
	leaving    bool                 // Ctrl+C was pressed once
	quitting   bool                 // as soon as what was sent is confirmed
	ticking    bool
}

func newModel(c *calls, read protocol.Position) *model {
	m := &model{
		calls:      c,
		focused:    true,
		styles:     newStyles(onUnknown),
		nicks:      make(map[string]string),
		read:       read,
		transcript: newTranscript(),
		composer:   newComposer(),
		typers:     make(map[string]time.Time),
	}
	m.resize(80, 24)
	return m
}

// Init asks the terminal what its background is, and waits for ctx to end.
func (m *model) Init() tea.Cmd { return tea.Batch(tea.RequestBackgroundColor, m.calls.over) }

// Update takes a message.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case happened:
		m.happened(msg)
	case ended:
		m.end(msg.err)
	case settled:
		m.outbox.settled(msg.unsent, msg.seq, m.head, msg.err)
		m.sending()
		if m.quitting && m.outbox.idle() {
			cmd = tea.Quit
		}
	case paged:
		m.paged(msg)
	case done:
		m.done(msg)
	case tick:
		m.ticking = false
		m.expire(time.Time(msg))
	case tea.KeyPressMsg:
		cmd = m.key(msg)
	case tea.PasteMsg:
		cmd = m.compose(msg)
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tea.FocusMsg:
		m.focused = true
		m.look()
	case tea.BlurMsg:
		m.focused = false
	case tea.BackgroundColorMsg:
		m.styles = newStyles(onLight)
		if msg.IsDark() {
			m.styles = newStyles(onDark)
		}
		m.repaper()
	case tea.ModeReportMsg:
		if msg.Mode == ansi.ModeUnicodeCore && !msg.Value.IsNotRecognized() && !msg.Value.IsPermanentlyReset() {
			m.cells = ansi.GraphemeWidth
			m.repaper()
		}
	default:
		cmd = m.compose(msg)
	}
	return m, tea.Batch(cmd, m.next())
}

// next is what is to be done by itself: to send what waits, to read what is
// scrolled to, to look at the clock.
func (m *model) next() tea.Cmd {
	var all []tea.Cmd
	if u := m.outbox.next(); u != nil {
		all = append(all, m.calls.send(u))
	}
	if cmd := m.older(); cmd != nil {
		all = append(all, cmd)
	}
	if !m.ticking && (len(m.typers) > 0 || m.link.state == away) {
		m.ticking = true
		all = append(all, tea.Tick(time.Second, func(t time.Time) tea.Msg { return tick(t) }))
	}
	return tea.Batch(all...)
}

// tick is a second that has passed while something waits for time.
type tick time.Time

func (m *model) expire(now time.Time) {
	for member, until := range m.typers {
		if !now.Before(until) {
			delete(m.typers, member)
		}
	}
}

// resize takes the size of the terminal.
func (m *model) resize(width, height int) {
	m.width, m.height = max(width, 1), max(height, 1)
	m.composer.resize(m.width, m.height)
	m.repaper()
	m.layout()
}

// repaper draws everything anew.
func (m *model) repaper() {
	m.transcript.stale++
	m.transcript.paper = &paper{
		styles: m.styles,
		width:  m.transcriptWidth(),
		cells:  m.cells,
		me:     m.me.Member,
		nick:   m.me.Nick,
		line:   func(seq uint64) *client.Line { return m.transcript.lines[seq] },
	}
}

// sending shows what is on its way.
func (m *model) sending() { m.transcript.sending = m.outbox.entries() }

// look notes that one sees what is there.
func (m *model) look() {
	if m.focused && m.transcript.bottom == nil {
		m.unseen = 0
	}
}

// older reads the page above, if the window comes near it.
func (m *model) older() tea.Cmd {
	top := m.top()
	first := m.transcript.first()
	if top.loading || top.reached || first == 0 || m.link.state != connected || !m.transcript.nearTop() {
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

// reached notes that nothing more is above.
func (m *model) reached() {
	m.top().reached, m.top().pruned = true, m.transcript.first() > 1
	m.transcript.top.drawn = 0
}

// paged takes a page of older events.
func (m *model) paged(msg paged) {
	if msg.era != m.era || msg.before != m.transcript.first() {
		return // what it belongs above is gone
	}
	m.top().loading, m.transcript.top.drawn = false, 0
	if msg.err != nil {
		m.top().reached = true // or it would be tried for ever
		m.remark(fault, "older messages can't be read: "+msg.err.Error())
		return
	}
	m.transcript.prepend(msg.page.Events)
	if m.transcript.marked != nil && m.read.Seq < m.transcript.marked.seq && m.read.Epoch != "" {
		m.transcript.markAfter(m.read.Seq, m.me.Member)
	}
	if !msg.page.More || len(msg.page.Events) == 0 {
		m.reached()
	}
}
