package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"snug/internal/text"
	"snug/protocol"
)

// rooms are the rooms that the user is in, in the order of their numbers. There is always
// one, and one is shown. Only Update changes them.
type rooms struct {
	*display
	all      []*model
	shown    *model
	quitting bool      // leave all as soon as their messages are confirmed
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
	r.shown = m
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

// joined is the outcome of joining another room from room from.
type joined struct {
	from  *model
	name  string // as the user gave it, without an invite
	place Place
	visit *Visit
	err   error
}

// answerWithin bounds the wait for a server's answer to a join.
const answerWithin = 30 * time.Second

var errNoAnswer = errors.New("no answer within " + text.Span(answerWithin))

// join joins another room in a goroutine, or shows it if the user is in it.
func (r *rooms) join(from *model, name string, e Entry) error {
	place, err := from.visit.Find(name)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(r.all, func(m *model) bool { return m.visit.ID == place.ID }); i >= 0 {
		r.show(r.all[i])
		if r.shown.conn.state == closed {
			r.shown.remark(fault, fmt.Sprintf("you are no longer in %s: /leave it, and /join it again", place.Code))
		}
		return nil
	}
	if slices.ContainsFunc(r.joining, func(p Place) bool { return p.ID == place.ID }) {
		return nil
	}
	if len(r.all)+len(r.joining) >= maxRooms {
		return fmt.Errorf("you are in %d rooms, and more aren't possible: /leave leaves one", maxRooms)
	}
	r.joining = append(r.joining, place)
	name, _, _ = strings.Cut(name, "#")
	r.tasks.Go(func() {
		ctx, cancel := context.WithCancelCause(r.ctx)
		defer cancel(nil)
		limit := time.AfterFunc(answerWithin, func() {
			if !e.Knock { // which people answer
				cancel(errNoAnswer)
			}
		})
		e.Waiting = func(why error, retry time.Duration) {
			limit.Reset(retry + answerWithin)
			words := fmt.Sprintf("%v; next attempt in %s", why, text.Span(retry.Round(time.Second)))
			r.send(inRoom{from, remarked{answer, words}})
		}
		v, err := place.Join(ctx, e)
		limit.Stop()
		if err != nil && errors.Is(context.Cause(ctx), errNoAnswer) {
			err = errNoAnswer
		}
		if err == nil && r.ctx.Err() != nil {
			_ = v.Leave(Outcome{Read: v.Read}) // the user has left: there is nobody to tell
			return
		}
		r.send(joined{from, name, place, v, err})
	})
	return nil
}

// joined adds the room that was joined. It shows it, unless the user does something else
// meanwhile: what they write must not get into another room.
func (r *rooms) joined(msg joined) {
	r.joining = slices.DeleteFunc(r.joining, func(p Place) bool { return p.ID == msg.place.ID })
	if msg.err == nil {
		m := r.add(msg.visit)
		if r.shown == msg.from && msg.from.composer.area.Length() == 0 {
			r.show(m)
		}
		r.layout()
		return
	}
	if !slices.Contains(r.all, msg.from) {
		msg.from = r.shown
	}
	words := fmt.Sprintf("/join %s: %s", msg.name, reason(msg.err))
	var refused *protocol.Error
	if errors.As(msg.err, &refused) {
		switch refused.Code {
		case protocol.BadPassword:
			words += fmt.Sprintf(". Give it with /join %s PASSWORD", msg.name)
		case protocol.Locked:
			words += fmt.Sprintf(". To ask them to let you in: /knock %s NOTE", msg.name)
		}
	}
	msg.from.remark(fault, words)
}

// layout adapts all rooms to the height of the bar.
func (r *rooms) layout() {
	for _, m := range r.all {
		m.layout()
	}
}

// quitWithin bounds the wait for messages that aren't confirmed yet.
const quitWithin = 2 * time.Second

// leaveNow says that a room is left although messages aren't confirmed.
type leaveNow struct{}

// leave leaves a room: at once if its messages are confirmed, or if it is called again, and
// otherwise when they are. After the last room it quits.
func (r *rooms) leave(m *model) tea.Cmd {
	switch {
	case len(r.all) == 1:
		return r.quit()
	case m.quitting || m.idle():
		r.remove(m)
		return nil
	}
	m.quitting = true
	return tea.Tick(quitWithin, func(time.Time) tea.Msg { return leaveNow{} })
}

// leaveAfterWaiting leaves a room that had to wait for that, unless its user has begun to write
// there again: what follows would get into another room.
func (r *rooms) leaveAfterWaiting(m *model) tea.Cmd {
	switch {
	case !m.quitting:
		return nil
	case !r.quitting && m.composer.area.Value() != "":
		m.quitting = false
		return nil
	}
	return r.leave(m)
}

// quit leaves all rooms, as leave leaves one.
func (r *rooms) quit() tea.Cmd {
	if r.quitting || r.idle() {
		return tea.Quit
	}
	r.quitting = true
	for _, m := range r.all {
		m.quitting = true
	}
	return tea.Tick(quitWithin, func(time.Time) tea.Msg { return tea.QuitMsg{} })
}

// settled handles that the messages of a room that is being left are confirmed.
func (r *rooms) settled(m *model) tea.Cmd {
	if !r.quitting {
		return r.leaveAfterWaiting(m)
	}
	if r.idle() {
		return tea.Quit
	}
	return nil
}

// idle reports whether no room's message can still be confirmed soon.
func (r *rooms) idle() bool {
	return !slices.ContainsFunc(r.all, func(m *model) bool { return !m.idle() })
}

func (m *model) idle() bool { return m.conn.state != connected || m.outbox.idle() }

// remove leaves a room, which isn't the last one, in a goroutine.
func (r *rooms) remove(m *model) {
	at := slices.Index(r.all, m)
	r.all = slices.Delete(r.all, at, at+1)
	if r.shown == m {
		r.show(r.all[max(at-1, 0)])
	}
	r.layout()
	for _, content := range m.outbox.unsettled() {
		r.shown.remark(fault, unconfirmed(content, " in "+m.room))
	}
	m.cancel()
	outcome, to := m.outcome(), r.shown
	r.tasks.Go(func() {
		if err := m.visit.Leave(outcome); err != nil && outcome.RoomClosed == nil {
			r.send(inRoom{to, remarked{fault, fmt.Sprintf("leave %s: %v", m.visit.Code, err)}})
		}
	})
}

// unconfirmed says that a message isn't confirmed.
func unconfirmed(content, where string) string {
	return fmt.Sprintf("not confirmed%s, and perhaps not sent: %q", where, content)
}

// outcome returns how the visit of a room ends.
func (m *model) outcome() Outcome {
	read := m.visit.Room.Position()
	if m.unseen > 0 {
		read.Seq = m.unseenAt - 1
	}
	return Outcome{Read: read, RoomClosed: m.ended}
}

// leaveAll leaves all rooms at the end. It returns a sentence about each message that isn't
// confirmed. If there are several rooms, what is told names its room.
func (r *rooms) leaveAll() (unsettled []string, err error) {
	errs := make([]error, len(r.all))
	for i, m := range r.all {
		where := ""
		if len(r.all) > 1 {
			where = " in " + m.room
		}
		for _, content := range m.outbox.unsettled() {
			unsettled = append(unsettled, unconfirmed(content, where))
		}
		r.tasks.Go(func() {
			errs[i] = m.visit.Leave(m.outcome())
			if errs[i] != nil && len(r.all) > 1 {
				errs[i] = fmt.Errorf("%s: %w", m.visit.Code, errs[i])
			}
		})
	}
	r.tasks.Wait()
	return unsettled, errors.Join(errs...)
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

var errWhichRoom = errors.New("which room? Give its code, or a link to it")

// join is the command for another room.
func (m *model) join(words string) (tea.Cmd, error) {
	name, password, _ := strings.Cut(words, " ")
	if name == "" {
		return nil, errWhichRoom
	}
	return nil, m.rooms.join(m, name, Entry{Password: strings.TrimSpace(password)})
}

// knock is the command for another room that is locked.
func (m *model) knock(words string) (tea.Cmd, error) {
	name, note, _ := strings.Cut(words, " ")
	if name == "" {
		return nil, errWhichRoom
	}
	return nil, m.rooms.join(m, name, Entry{Knock: true, Note: strings.TrimSpace(note)})
}
