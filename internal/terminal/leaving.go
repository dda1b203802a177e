package terminal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// quitWithin bounds the wait for messages and changes that aren't confirmed yet.
const quitWithin = 2 * time.Second

// leaveNow says that a room is left although messages aren't confirmed.
type leaveNow struct{}

// leave leaves a room: at once if its messages and changes are confirmed, or if it is called again, and
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

// quit leaves all rooms, as leave leaves one. If that would drop text in rooms that aren't shown,
// it warns first, and leaves when it is called again.
func (r *rooms) quit() tea.Cmd {
	if !r.quitting && !r.warned && r.warn() {
		return nil
	}
	if r.quitting || r.idle() {
		return tea.Quit
	}
	r.quitting = true
	for _, m := range r.all {
		m.quitting = true
	}
	return tea.Tick(quitWithin, func(time.Time) tea.Msg { return tea.QuitMsg{} })
}

// warn says in which rooms that aren't shown the user has written something, which leaving all
// rooms drops. It reports whether there are any.
func (r *rooms) warn() bool {
	var written []string
	for _, m := range r.all {
		if m != r.shown && m.composer.area.Length() > 0 {
			written = append(written, m.room)
		}
	}
	if len(written) == 0 {
		return false
	}
	r.warned = true
	r.shown.transcript.follow()
	r.shown.remark(fault, fmt.Sprintf("what you have written in %s isn't sent: to leave without it, repeat /quit or Ctrl+C", strings.Join(written, ", ")))
	return true
}

// settled goes on with leaving if that waits for what has just been confirmed.
func (m *model) settled() tea.Cmd {
	if m.quitting && m.idle() {
		return m.rooms.settled(m)
	}
	return nil
}

// settled handles that the messages and changes of a room that is being left are confirmed.
func (r *rooms) settled(m *model) tea.Cmd {
	if !r.quitting {
		return r.leaveAfterWaiting(m)
	}
	if r.idle() {
		return tea.Quit
	}
	return nil
}

// idle reports whether no room's message or change can still be confirmed soon.
func (r *rooms) idle() bool {
	return !slices.ContainsFunc(r.all, func(m *model) bool { return !m.idle() })
}

func (m *model) idle() bool {
	return m.conn.state != connected || m.outbox.idle() && len(m.changes) == 0
}

// remove leaves a room, which isn't the last one, in a goroutine.
func (r *rooms) remove(m *model) {
	at := slices.Index(r.all, m)
	r.all = slices.Delete(r.all, at, at+1)
	if r.shown == m {
		r.show(r.all[max(at-1, 0)])
	}
	for _, words := range m.unsettled(" in " + m.room) {
		r.shown.remark(fault, words)
	}
	m.cancel()
	leave, to := m.leave(), r.shown
	r.tasks.Go(func() {
		if err := leave(); err != nil && m.ended == nil {
			r.send(inRoom{to, remarked{fault, fmt.Sprintf("leave %s: %v", m.visit.Code, err)}})
		}
	})
}

// unsettled returns a sentence about each message and each change that isn't confirmed.
func (m *model) unsettled(where string) (all []string) {
	for _, content := range m.outbox.unsettled() {
		all = append(all, fmt.Sprintf("not confirmed%s, and perhaps not sent: %q", where, content))
	}
	for _, c := range m.changes {
		all = append(all, fmt.Sprintf("not confirmed%s, and perhaps not done: %q", where, c))
	}
	return all
}

// outcome returns how the visit of a room ends.
func (m *model) outcome() Outcome {
	read := m.visit.Room.Position()
	if m.unseen > 0 {
		read.Seq = m.unseenAt - 1
	}
	return Outcome{Read: read, RoomClosed: m.ended}
}

// leave returns a function that ends the visit of a room, the first time that it is called, and
// returns the error of that.
func (m *model) leave() func() error {
	if m.left == nil {
		outcome := m.outcome()
		m.left = sync.OnceValue(func() error { return m.visit.Leave(outcome) })
	}
	return m.left
}

// leaveAll leaves all rooms at the end. It returns a sentence about each message and each change
// that isn't confirmed. If there are several rooms, what is told names its room.
func (r *rooms) leaveAll() (unsettled []string, err error) {
	errs := make([]error, len(r.all))
	for i, m := range r.all {
		where := ""
		if len(r.all) > 1 {
			where = " in " + m.room
		}
		unsettled = append(unsettled, m.unsettled(where)...)
		leave := m.leave()
		r.tasks.Go(func() {
			errs[i] = leave()
			if errs[i] != nil && len(r.all) > 1 {
				errs[i] = fmt.Errorf("%s: %w", m.visit.Code, errs[i])
			}
		})
	}
	r.tasks.Wait()
	return unsettled, errors.Join(errs...)
}
