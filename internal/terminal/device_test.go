package terminal

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

func TestDevicesAgreeOnWhatIsNew(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.says(bob, "one")
	if s.seenTold != 1 {
		t.Errorf("others are told that %d is seen", s.seenTold)
	}
	s.Update(tea.BlurMsg{})
	s.says(bob, "two")
	if s.seenTold != 1 || s.unseen != 1 {
		t.Errorf("nobody looks, and others are told that %d is seen; %d are new", s.seenTold, s.unseen)
	}
	s.sees(t, "─ new ─")
	s.happen(&protocol.Seen{Seq: 2})
	s.seesNot(t, "─ new ─")
	if title := s.rooms.View().WindowTitle; title != "tea" {
		t.Errorf("after another device has shown it, the title is %q", title)
	}

	read := newTestRoom(newRooms(t.Context()), &Visit{Read: protocol.Position{Epoch: "e", Seq: 1}})
	read.update(roomEvent{&client.Connected{Welcome: protocol.Welcome{Epoch: "e", First: 1, Head: 9, Seen: 5}}, nil})
	if read.read.Seq != 5 {
		t.Errorf("what is new begins after %d", read.read.Seq)
	}
}

func TestATransferIsExplained(t *testing.T) {
	s := newTestModel(80, 24, 0)
	rows := strings.Join(transferRows(s.transcript.canvas, &protocol.Transfer{Code: "K7QT2-9XWZR", URL: "https://chat.example/r/tea#transfer=K7QT2-9XWZR", Until: noon()}), "\n")
	for _, want := range []string{"\nhttps://chat.example/r/tea#transfer=K7QT2-9XWZR\n", "12:00:00"} {
		if !strings.Contains(rows, want) {
			t.Errorf("%q isn't in\n%s", want, rows)
		}
	}
}
