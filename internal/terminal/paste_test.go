package terminal

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestNothingThatIsPastedIsCutSilently(t *testing.T) {
	for name, pasted := range map[string]string{
		"ten thousand lines": strings.Repeat("a line of a log\n", 10_000),
		"one long line":      strings.Repeat("x", 4001),
	} {
		s := newTestModel(300, 24, 0)
		s.types("see: ")
		s.Update(tea.PasteMsg{Content: pasted})
		s.sees(t, "nothing was pasted", "snug send tea < FILE")
		if written := s.composer.area.Value(); written != "see: " {
			t.Errorf("%s: %d characters are written", name, len(written))
		}
	}
	for name, pasted := range map[string]string{
		"all that fits":       strings.Repeat("x", 4000),
		"two thousand rows":   strings.Repeat("x\n", 1999) + "x",
		"lines of all widths": strings.Repeat("世界\n", 900),
	} {
		s := newTestModel(300, 24, 0)
		s.Update(tea.PasteMsg{Content: pasted})
		if written := s.composer.area.Value(); written != pasted {
			t.Errorf("%s: of %d bytes %d are written", name, len(pasted), len(written))
		}
	}
}

func TestAMessageThatIsTooLongStaysWhereItIs(t *testing.T) {
	s := newTestModel(300, 24, 0)
	s.Update(tea.PasteMsg{Content: strings.Repeat("x", 4000)})
	s.types("yz")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.sees(t, "not sent: the message has 4002 characters, and at most 4000 are possible")
	if written := s.composer.area.Value(); !strings.HasSuffix(written, "xyz") || len(s.outbox.messages) != 0 {
		t.Errorf("%d characters are written, %d messages sent", len(written), len(s.outbox.messages))
	}
	s.press(tea.Key{Code: tea.KeyBackspace})
	s.press(tea.Key{Code: tea.KeyBackspace})
	s.press(tea.Key{Code: tea.KeyEnter})
	if len(s.outbox.messages) != 1 {
		t.Errorf("%d messages are sent", len(s.outbox.messages))
	}
}
