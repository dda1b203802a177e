package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/internal/text"
	"snug/protocol"
)

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

// join joins another room in a goroutine, or shows it if the user is in it. A room that has ended
// is shown and joined anew.
func (r *rooms) join(from *model, name string, e Entry) error {
	place, err := from.visit.Find(name)
	if err != nil {
		return err
	}
	leave := func() error { return nil }
	open := r.find(place.ID)
	if open != nil {
		r.show(open)
		if open.conn.state != closed {
			return nil
		}
		from, leave = open, open.leave()
	}
	if slices.ContainsFunc(r.joining, func(p Place) bool { return p.ID == place.ID }) {
		return nil
	}
	if open == nil && len(r.all)+len(r.joining) >= maxRooms {
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
		_ = leave() // first: it stores the seat, or removes that of a closed room. leaveAll returns the error
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

// find returns the room with an ID; nil if the user isn't in it.
func (r *rooms) find(id string) *model {
	if i := slices.IndexFunc(r.all, func(m *model) bool { return m.visit.ID == id }); i >= 0 {
		return r.all[i]
	}
	return nil
}

// replace puts the room m, which was added last, in the place of another one, which has ended. What is
// written there stays.
func (r *rooms) replace(ended, m *model) {
	r.all = r.all[:len(r.all)-1]
	r.all[slices.Index(r.all, ended)] = m
	m.composer = ended.composer
	m.composer.stop()
	for _, words := range ended.unsettled("") {
		m.remark(fault, words)
	}
	ended.cancel()
	if r.shown == ended {
		r.show(m)
	}
}

// joined adds the room that was joined, in the place of the same one if that has ended. It shows it,
// unless the user does something else meanwhile: what they write must not get into another room.
func (r *rooms) joined(msg joined) {
	r.joining = slices.DeleteFunc(r.joining, func(p Place) bool { return p.ID == msg.place.ID })
	if msg.err == nil {
		before := r.find(msg.place.ID)
		m := r.add(msg.visit)
		if before != nil {
			r.replace(before, m)
			return
		}
		if r.shown == msg.from && msg.from.composer.area.Length() == 0 {
			r.show(m)
		}
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
