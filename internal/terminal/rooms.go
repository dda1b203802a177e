package terminal

import (
	"context"
	"slices"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// rooms are the rooms that the user is in, in the order of their numbers. There is always
// one, and one is shown. Only Update changes them.
type rooms struct {
	*display
	all      []*model
	shown    *model
	quitting bool      // leave all as soon as their messages are confirmed
	warned   bool      // the user knows what leaving all would drop, and has only stayed in the shown room since
	rung     time.Time // when the bell was last rung

	ctx     context.Context // of all calls: Bubble Tea has none
	send    func(tea.Msg)   // passes a message to Update
	tasks   sync.WaitGroup  // the goroutines of all rooms
	joining []Place         // the rooms that are being joined
}

// maxRooms bounds the memory that all rooms take.
const maxRooms = 30

func newRooms(ctx context.Context) *rooms {
	return &rooms{
		display: &display{width: 80, height: 24, focused: true, styles: newStyles(onUnknown)},
		ctx:     ctx,
	}
}

// Init requests the terminal's background colour, and waits for the end of the context.
func (r *rooms) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, func() tea.Msg {
		<-r.ctx.Done()
		return tea.QuitMsg{}
	})
}

// inRoom is a message for one room.
type inRoom struct {
	room *model
	msg  tea.Msg
}

// Update handles a message of Bubble Tea.
func (r *rooms) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case inRoom:
		if !slices.Contains(r.all, msg.room) {
			return r, nil // it was left
		}
		cmd = inRoomOf(msg.room, tea.Batch(msg.room.update(msg.msg), msg.room.next()))
	case joined:
		r.joined(msg)
	case tea.WindowSizeMsg:
		r.width, r.height = max(msg.Width, 1), max(msg.Height, 1)
		for _, m := range r.all {
			m.resize()
		}
	case tea.FocusMsg:
		r.focused = true
		r.shown.markSeen()
	case tea.BlurMsg:
		r.focused = false
	case tea.BackgroundColorMsg:
		r.styles = newStyles(onLight)
		if msg.IsDark() {
			r.styles = newStyles(onDark)
		}
		r.redraw()
	case tea.ModeReportMsg:
		if msg.Mode == ansi.ModeUnicodeCore && !msg.Value.IsNotRecognized() && !msg.Value.IsPermanentlyReset() {
			r.cells = ansi.GraphemeWidth
			r.redraw()
		}
	case tea.KeyPressMsg:
		if !r.key(msg.String()) {
			cmd = inRoomOf(r.shown, r.shown.update(msg))
		}
	default:
		cmd = inRoomOf(r.shown, r.shown.update(msg))
	}
	return r, tea.Batch(cmd, inRoomOf(r.shown, r.shown.next()))
}

// inRoomOf returns a command whose messages are for room m, apart from those for Bubble Tea.
func inRoomOf(m *model, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		switch msg := cmd().(type) {
		case nil, tea.QuitMsg, tea.SuspendMsg, tea.RawMsg:
			return msg
		case tea.BatchMsg:
			for i, one := range msg {
				msg[i] = inRoomOf(m, one)
			}
			return msg
		default:
			return inRoom{m, msg}
		}
	}
}

// View draws the screen.
func (r *rooms) View() tea.View { return r.shown.view() }

// redraw makes everything be drawn again.
func (r *rooms) redraw() {
	for _, m := range r.all {
		m.redraw()
	}
}

// key handles a key that goes to another room. It reports false for others.
func (r *rooms) key(pressed string) bool {
	at, count := slices.Index(r.all, r.shown), len(r.all)
	switch pressed {
	case "alt+1", "alt+2", "alt+3", "alt+4", "alt+5", "alt+6", "alt+7", "alt+8", "alt+9":
		if i := int(pressed[len("alt+")] - '1'); i < count {
			r.show(r.all[i])
		}
	case "ctrl+pgup":
		r.show(r.all[(at+count-1)%count])
	case "ctrl+pgdown":
		r.show(r.all[(at+1)%count])
	case "alt+a":
		next := append(slices.Clone(r.all[at+1:]), r.all[:at]...)
		i := slices.IndexFunc(next, func(m *model) bool { return m.mentions > 0 })
		if i < 0 {
			i = slices.IndexFunc(next, func(m *model) bool { return m.unseen > 0 })
		}
		if i >= 0 {
			r.show(next[i])
		}
	default:
		return false
	}
	return true
}

// show shows a room.
func (r *rooms) show(m *model) {
	if r.shown != nil {
		r.shown.leaving, r.shown.completion = false, completion{}
	}
	r.shown, r.warned = m, false
	m.layout()
	m.markSeen()
}

// add adds a room, and forwards its events.
func (r *rooms) add(v *Visit) *model {
	ctx, cancel := context.WithCancel(r.ctx)
	m := newModel(r, v, &calls{ctx, v.Room})
	m.cancel = cancel
	r.all = append(r.all, m)
	r.tasks.Go(func() {
		forwardEvents(ctx, v.Room, func(msg tea.Msg) { r.send(inRoom{m, msg}) })
	})
	return m
}

// tells reports whether a room is the one that tells of its server: the one on the screen, or
// else the first one.
func (r *rooms) tells(m *model) bool {
	if m.visit.Server == r.shown.visit.Server {
		return m == r.shown
	}
	i := slices.IndexFunc(r.all, func(other *model) bool { return other.visit.Server == m.visit.Server })
	return m == r.all[i]
}

// ringEvery is the time between two rings: nobody can make the terminal ring all the time.
const ringEvery = 2 * time.Second

// ring rings the terminal's bell.
func (r *rooms) ring(now time.Time) tea.Cmd {
	if now.Sub(r.rung) < ringEvery {
		return nil
	}
	r.rung = now
	return tea.Raw("\a")
}
