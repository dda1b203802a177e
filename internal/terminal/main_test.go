package terminal

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"

	"snug/client"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	ann = protocol.Member{Member: "m-ann", Nick: "ann", Role: protocol.RoleOwner}
	bob = protocol.Member{Member: "m-bob", Nick: "bob", Role: protocol.RoleMember}
	cy  = protocol.Member{Member: "m-cy", Nick: "Cy Young", Role: protocol.RoleMember}
)

// noon returns a time on a certain day in the local time zone.
func noon() time.Time { return time.Date(2026, time.March, 4, 12, 0, 0, 0, time.Local) }

// testModel is a model without a server.
type testModel struct {
	*model
	seq uint64
	now roomState // but for who is there
}

// newTestModel returns ann's terminal, connected to a room with head events.
func newTestModel(columns, rows int, head uint64) *testModel {
	s := &testModel{model: newTestRoom(newRooms(context.Background()), &Visit{Code: "tea"})}
	s.Update(tea.WindowSizeMsg{Width: columns, Height: rows})
	s.happen(&client.Connected{Welcome: protocol.Welcome{Room: "tea", Epoch: "e", First: 1, Head: head}})
	return s
}

// newTestRoom returns a room without a server, which is shown if it is the first one.
func newTestRoom(r *rooms, v *Visit) *model {
	m := newModel(r, v, &calls{ctx: r.ctx})
	r.all = append(r.all, m)
	if r.shown == nil {
		r.show(m)
	}
	return m
}

// Update passes a message to the terminal.
func (s *testModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) { return s.rooms.Update(msg) }

// comes passes a message to the room.
func (s *testModel) comes(msg tea.Msg) tea.Cmd {
	_, cmd := s.Update(inRoom{s.model, msg})
	return cmd
}

// happen passes an event to the model, together with the room's state.
func (s *testModel) happen(e client.Event) {
	now := s.now
	now.you, now.limits = ann, protocol.Limits{ContentChars: 4000}
	now.members = protocol.Members{Members: []protocol.Member{ann, bob, cy}, Count: 3}
	s.comes(roomEvent{e, &now})
}

// logs passes a log event to the model.
func (s *testModel) logs(typ protocol.EventType, from protocol.Member, target uint64, body string) *protocol.Event {
	s.seq++
	e := &protocol.Event{Type: typ, Seq: s.seq, ID: fmt.Sprint("id", s.seq), At: noon(), From: from, Target: target, Body: []byte(body)}
	s.happen(e)
	return e
}

func (s *testModel) says(from protocol.Member, content string, mentions ...string) *protocol.Event {
	return s.logs(protocol.EventMessage, from, 0, string(protocol.MessageBody{Content: content, Mentions: mentions}.Encode()))
}

// types presses keys.
func (s *testModel) types(text string) {
	for _, r := range text {
		s.press(tea.Key{Code: r, Text: string(r)})
	}
}

func (s *testModel) press(k tea.Key) tea.Cmd {
	_, cmd := s.Update(tea.KeyPressMsg(k))
	return cmd
}

// screen returns the rows on the screen, without colours.
func (s *testModel) screen() []string {
	rows := strings.Split(ansi.Strip(s.rooms.View().Content), "\n")
	for i, row := range rows {
		rows[i] = strings.TrimRight(row, " ")
	}
	return rows
}

func (s *testModel) sees(t *testing.T, texts ...string) {
	t.Helper()
	screen := strings.Join(s.screen(), "\n")
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q isn't seen:\n%s", text, screen)
		}
	}
}

func (s *testModel) seesNot(t *testing.T, text string) {
	t.Helper()
	if screen := strings.Join(s.screen(), "\n"); strings.Contains(screen, text) {
		t.Errorf("%q is seen:\n%s", text, screen)
	}
}
