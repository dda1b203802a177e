package terminal

import (
	"errors"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

func TestWhatWaitsForTheConnectionIsTold(t *testing.T) {
	s := newTestModel(100, 24, 0)
	s.visit.Room, s.visit.Leave = &client.Room{}, func(Outcome) error { return nil }
	s.says(ann, "one")
	s.happen(&client.Disconnected{Err: errors.New("it broke"), Retry: 3 * time.Second})
	for _, written := range []string{"/topic green tea", "/password hunter2", "/edit two", "/delete"} {
		s.composer.set(written)
		s.press(tea.Key{Code: tea.KeyEnter})
	}
	s.sees(t, "waiting for the connection: /topic, /password, /edit, /delete")
	s.comes(changed{s.changes[0], nil})
	s.comes(changed{s.changes[0], protocol.Errorf(protocol.Forbidden, "not now")})
	s.sees(t, "waiting for the connection: /edit, /delete", "! /password: forbidden: not now")
	s.seesNot(t, "/topic")
	s.composer.set("/password hunter2")
	s.press(tea.Key{Code: tea.KeyEnter})
	words, err := s.rooms.leaveAll()
	want := []string{
		`not confirmed, and perhaps not done: "/edit two"`,
		`not confirmed, and perhaps not done: "/delete"`,
		`not confirmed, and perhaps not done: "/password"`,
	}
	if err != nil || !slices.Equal(words, want) {
		t.Errorf("it tells %q, %v", words, err)
	}
	s.happen(&client.Connected{Welcome: protocol.Welcome{Room: "tea", Epoch: "e", Head: 1, Resumed: true}})
	s.seesNot(t, "waiting for")
}

func TestLeavingWaitsForWhatWasDone(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.says(ann, "one")
	for _, written := range []string{"/delete", "/quit"} {
		s.types(written)
		s.press(tea.Key{Code: tea.KeyEnter})
	}
	s.sees(t, "leaving as soon as")
	if s.idle() {
		t.Error("it doesn't wait")
	}
	if cmd := s.comes(changed{s.changes[0], nil}); cmd == nil || !s.idle() {
		t.Error("it doesn't leave when it is confirmed")
	}
}

func TestTheTextOfAMessageWithFilesCanBeTakenAway(t *testing.T) {
	s := newTestModel(100, 24, 0)
	s.visit.Room = &client.Room{}
	s.happen(&client.Connected{Welcome: protocol.Welcome{Room: "tea", Epoch: "e", Resumed: true}})
	edit := func() {
		t.Helper()
		for _, written := range []string{"/edit", ""} {
			s.composer.area.SetValue(written)
			s.press(tea.Key{Code: tea.KeyEnter})
		}
	}
	s.says(ann, "one")
	edit()
	s.sees(t, "the message would be empty: /delete erases it", "editing your message")
	if len(s.changes) != 0 {
		t.Errorf("%d changes, though nothing would be left", len(s.changes))
	}
	s.press(tea.Key{Code: tea.KeyEscape})
	s.logs(protocol.EventMessage, ann, 0, string(protocol.MessageBody{Content: "my cat", Files: []protocol.File{{ID: "1", Name: "cat.png", Size: 9}}}.Encode()))
	edit()
	if len(s.changes) != 1 {
		t.Fatalf("%d changes, want the edit", len(s.changes))
	}
	s.logs(protocol.EventEdited, ann, 2, `{"content":""}`)
	s.sees(t, "cat.png", "edited")
	s.seesNot(t, "my cat")
}
