package terminal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// called returns what the room is called: its name, or its code if it has none.
func (m *model) called() string {
	if m.settings.Name != "" {
		return text.Line(m.settings.Name)
	}
	return text.Line(m.room)
}

func (m *model) name(words string) (tea.Cmd, error) {
	return m.text("name", words, m.settings.Name, func(s *string) client.Change { return client.Change{Name: s} })
}

// off are the arguments that turn a setting with a time off.
var off = []string{"off", "never", "0", none}

func (m *model) keep(words string) (tea.Cmd, error) {
	var keep time.Duration
	if !slices.Contains(off, words) {
		var err error
		if keep, err = text.ParseSpan(words); err != nil {
			return nil, fmt.Errorf("%w, or off", err)
		}
	}
	return m.set("keep", words, client.Change{Keep: &keep}), nil
}

func (m *model) expires(words string) (tea.Cmd, error) {
	var at time.Time
	if !slices.Contains(off, words) {
		var err error
		if at, err = text.ParseEnd(words, time.Now()); err != nil {
			return nil, fmt.Errorf("%w, or never", err)
		}
	}
	return m.set("expires", words, client.Change{Expires: &at}), nil
}

// closeRoom closes the room for everyone, if its code is there to confirm it.
func (m *model) closeRoom(words string) (tea.Cmd, error) {
	if !strings.EqualFold(words, m.room) {
		m.remark(answer, fmt.Sprintf("This erases all messages of the room for everyone, for good. To close it, type /close %s", m.room))
		return nil, nil
	}
	return m.do("close", words, func(ctx context.Context, r *client.Room) error { return r.CloseRoom(ctx) }), nil
}

// lifetime says what ends by itself in a room.
func lifetime(n protocol.Settings) []string {
	var all []string
	if n.KeepSeconds > 0 {
		all = append(all, "keeps "+text.Span(time.Duration(n.KeepSeconds)*time.Second))
	}
	if at, err := time.Parse(time.RFC3339Nano, n.Expires); err == nil {
		all = append(all, "closes "+at.Local().Format("2006-01-02 15:04"))
	}
	return all
}

// prune forgets the events before seq first, which are no longer kept.
func (m *model) prune(first uint64) {
	if m.kept = max(m.kept, first); m.transcript.prune(first) {
		m.reached()
	}
}

// erased is the last screen of a room that was closed for everyone: without its messages,
// which are erased.
func (m *model) erased() {
	m.transcript.clear()
	m.page, m.presenceEntry = nil, nil
	m.noneUnseen()
	m.composer.stop()
	if m.closedBy != "" {
		m.remark(about, m.closedBy)
	}
	m.remark(fault, "The room is closed, and its messages are erased.")
	m.remark(answer, m.whatNext())
}

// closes reports whether an event is the last one of a log.
func closes(e *protocol.Event) bool {
	if e.Type != protocol.EventModerated {
		return false
	}
	body, err := e.Moderated()
	return err == nil && body.Action == protocol.ActionClose
}
