package terminal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

func TestANameIsTheTitle(t *testing.T) {
	s := newTestModel(100, 24, 0)
	if title := s.rooms.View().WindowTitle; title != "tea" {
		t.Errorf("without a name, the title is %q", title)
	}
	s.now.settings = protocol.Settings{Name: "Tea \x1broom", Topic: "biscuits", KeepSeconds: 7 * 86400, Expires: time.Date(2026, 5, 1, 18, 30, 0, 0, time.Local).UTC().Format(protocol.TimeLayout)}
	s.says(bob, "hello")
	if title := s.rooms.View().WindowTitle; title != `Tea \x1broom` {
		t.Errorf("the title is %q", title)
	}
	if row := s.screen()[0]; !strings.HasPrefix(row, `Tea \x1broom tea · biscuits`) || !strings.Contains(row, "keeps 7d, closes 2026-05-01 18:30") {
		t.Errorf("the first row is %q", row)
	}
}

func TestWhatIsNoLongerKeptVanishes(t *testing.T) {
	s := newTestModel(80, 24, 0)
	for n := range 5 {
		s.says(bob, fmt.Sprint("number ", n+1))
	}
	s.logs(protocol.EventEdited, bob, 2, `{"content":"corrected 2"}`)
	s.press(tea.Key{Code: tea.KeyUp, Mod: tea.ModAlt}) // chooses number 5
	for range 4 {
		s.press(tea.Key{Code: tea.KeyUp, Mod: tea.ModAlt})
	}
	s.happen(&protocol.Pruned{First: 3})
	s.sees(t, "older messages are no longer kept", "number 3", "number 5")
	s.seesNot(t, "number 1")
	s.seesNot(t, "corrected 2")
	if s.transcript.selected != nil || s.transcript.first() != 3 {
		t.Errorf("chosen is %+v, the first event is %d", s.transcript.selected, s.transcript.first())
	}
	// A page that was asked for before.
	older := []protocol.Event{{Type: protocol.EventMessage, Seq: 2, From: bob, Body: protocol.MessageBody{Content: "number 2"}.Encode()}}
	s.comes(paged{before: 3, era: s.era, page: protocol.History{Events: older}})
	s.seesNot(t, "number 2")

	s.happen(&client.Connected{Welcome: protocol.Welcome{Room: "tea", Epoch: "e", First: 5, Head: 6, Resumed: true}})
	s.sees(t, "number 5")
	s.seesNot(t, "number 4")
	s.happen(&protocol.Pruned{First: 7})
	s.seesNot(t, "number 5")
	s.says(bob, "number 7")
	s.sees(t, "number 7")
}

func TestARoomIsClosedOnlyByItsCode(t *testing.T) {
	s := newTestModel(150, 24, 0)
	for _, words := range []string{"", "yes"} {
		if cmd, err := s.closeRoom(words); cmd != nil || err != nil {
			t.Errorf("/close %s closes the room, %v", words, err)
		}
	}
	s.sees(t, "erases all messages of the room for everyone, for good. To close it, type /close tea")
	if cmd, err := s.closeRoom("TEA"); cmd == nil || err != nil {
		t.Errorf("the code doesn't close the room: %v", err)
	}
}

func TestNothingOfAClosedRoomIsShown(t *testing.T) {
	s := newTestModel(100, 24, 0)
	s.says(bob, "a secret")
	s.logs(protocol.EventModerated, ann, 0, `{"action":"close"}`)
	s.comes(ended{&client.EndedError{Code: protocol.CloseRoomGone, Reason: protocol.GoodbyeClosed}})
	s.seesNot(t, "a secret")
	s.seesNot(t, "begins here")
	s.sees(t, "ann closed the room", "The room is closed, and its messages are erased.", "Ctrl+C or /leave leaves, /join tea joins it anew.", "✗ closed")
}

func TestTheEndOfARoomIsAnnounced(t *testing.T) {
	s := newTestModel(150, 24, 0)
	s.logs(protocol.EventModerated, protocol.Member{Member: "operator", Nick: "operator"}, 0, `{"action":"expiring","until":"2026-03-04T12:00:00.000Z"}`)
	s.sees(t, "the room closes at 2026-03-0", "and its messages are erased")
}

func TestPinnedMessagesAreMarkedAndListed(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.composer.set("/unpin")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.sees(t, "no message is pinned")
	s.says(bob, "one")
	second := s.says(bob, "two")
	s.now.pins = []uint64{second.Seq}
	s.logs(protocol.EventModerated, ann, second.Seq, `{"action":"pin"}`)
	s.sees(t, "two (pinned)", "ann pinned a message")
	s.logs(protocol.EventEdited, bob, second.Seq, `{"content":"three"}`)
	s.sees(t, "three (edited, pinned)")
	for words, want := range map[string]bool{"": true, "1": true, "0": false, "2": false, "x": false} {
		if cmd, err := s.unpin(words); (cmd != nil) != want || (err == nil) != want {
			t.Errorf("/unpin %s: %v", words, err)
		}
	}
	rows := strings.Join(pinnedRows(s.transcript.canvas, []client.Line{{From: bob, Content: "three", At: noon()}, {Deleted: true}}), "\n")
	if !strings.Contains(rows, "1. bob: three") || !strings.Contains(rows, "2. (no longer there)") || !strings.Contains(rows, "2026-03-04 12:00") {
		t.Errorf("listed are\n%s", rows)
	}
	s.now.pins = nil
	s.logs(protocol.EventDeleted, ann, second.Seq, `{}`)
	s.seesNot(t, "(pinned)")
}
