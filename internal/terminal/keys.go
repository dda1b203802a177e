package terminal

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// key takes a key.
func (m *model) key(k tea.KeyPressMsg) tea.Cmd {
	pressed := k.String()
	if pressed != "ctrl+c" {
		m.leaving = false
	}
	if m.page != nil {
		if m.page.key(pressed, m.transcript.height) {
			return nil
		}
		m.page = nil
		if strings.TrimSpace(k.Text) == "" || pressed == "?" {
			return nil
		}
		// A letter begins what is written next: half a command would be a message.
	}
	if pressed != "tab" && pressed != "shift+tab" {
		m.completion = completion{}
	}
	cmd, taken := m.command(pressed)
	if !taken {
		cmd = m.compose(k)
	}
	m.layout()
	m.look()
	return cmd
}

// command carries out what a key stands for; the others write.
func (m *model) command(pressed string) (cmd tea.Cmd, taken bool) {
	empty := m.composer.area.Length() == 0
	t := &m.transcript
	switch pressed {
	case "enter":
		return m.enter(), true
	case "ctrl+c":
		return m.interrupt(empty), true
	case "ctrl+d":
		if empty {
			return m.quit(), true
		}
		return nil, false
	case "ctrl+z":
		return tea.Suspend, true
	case "esc":
		m.escape()
	case "tab":
		m.complete(1)
	case "shift+tab":
		m.complete(-1)
	case "pgup":
		t.scroll(max(t.height-2, 1))
	case "pgdown":
		t.scroll(-max(t.height-2, 1))
	case "ctrl+up", "shift+up":
		t.scroll(1)
	case "ctrl+down", "shift+down":
		t.scroll(-1)
	case "ctrl+home":
		t.scroll(1 << 30)
	case "ctrl+end":
		t.choice(nil)
		t.follow()
	case "alt+up", "ctrl+p":
		t.choose(1)
	case "alt+down", "ctrl+n":
		t.choose(-1)
	case "ctrl+r":
		m.retry()
	case "f1":
		m.help()
	case "?":
		if !empty {
			return nil, false
		}
		m.help()
	case "up":
		return nil, m.composer.onFirst() && m.composer.recall(-1)
	case "down":
		return nil, m.composer.onLast() && m.composer.recall(1)
	default:
		return nil, false
	}
	return nil, true
}

// interrupt gives up what is written, and leaves if there is nothing and one means
// it.
func (m *model) interrupt(empty bool) tea.Cmd {
	if !empty {
		m.composer.set("")
		return nil
	}
	if m.leaving || m.link.state == over {
		return m.quit()
	}
	m.leaving = true
	return nil
}

// quitWithin bounds the wait for what was sent a moment ago.
const quitWithin = 2 * time.Second

// quit leaves, at once if nothing is on its way, or if it is asked again.
func (m *model) quit() tea.Cmd {
	if m.quitting || m.link.state != connected || m.outbox.idle() {
		return tea.Quit
	}
	m.quitting = true
	return tea.Tick(quitWithin, func(time.Time) tea.Msg { return tea.QuitMsg{} })
}

// escape steps back from whatever one is in.
func (m *model) escape() {
	switch {
	case m.composer.editing != 0:
		m.composer.set("")
		m.composer.stop()
	case m.composer.replyTo != 0:
		m.composer.stop()
	case m.transcript.selected != nil:
		m.transcript.choice(nil)
	default:
		m.transcript.follow()
	}
}

// compose writes, and tells the others so.
func (m *model) compose(msg tea.Msg) tea.Cmd {
	before := m.composer.area.Length()
	cmd := m.composer.update(msg)
	m.layout()
	if now := m.composer.area.Value(); m.composer.area.Length() > before && m.typing(now) {
		return tea.Batch(cmd, m.calls.typing())
	}
	return cmd
}

// typingEvery is how often the others are told that one types: what they were told
// lasts longer.
const typingEvery = 3 * time.Second

// typing reports whether the others are to be told that one types.
func (m *model) typing(written string) bool {
	command := strings.HasPrefix(written, "/") && !strings.HasPrefix(written, "/me ")
	if command || m.link.state != connected || time.Since(m.told) < typingEvery {
		return false
	}
	m.told = time.Now()
	return true
}

// enter sends what is written, or carries it out.
func (m *model) enter() tea.Cmd {
	written := strings.TrimRight(m.composer.area.Value(), " \n")
	if written == "" {
		if m.transcript.selected != nil {
			m.try(m.startReply(""))
		}
		return nil
	}
	if m.composer.editing == 0 && strings.HasPrefix(written, "/") && !strings.HasPrefix(written, "//") {
		return m.carryOut(written)
	}
	m.composer.set("")
	m.composer.remember(written)
	if strings.HasPrefix(written, "//") {
		written = written[1:]
	}
	return m.say(written)
}

// say sends words, as an answer or in place of others if one has begun that.
func (m *model) say(words string) tea.Cmd {
	replyTo, editing := m.composer.replyTo, m.composer.editing
	m.composer.stop()
	m.transcript.choice(nil)
	if editing != 0 {
		return m.edit(editing, words)
	}
	if m.link.state == over {
		m.remark(fault, "the room is closed: nothing can be said in it")
		return nil
	}
	m.outbox.add(words, replyTo, m.me, time.Now())
	m.told = time.Time{}
	m.sending()
	m.transcript.mark(nil)
	m.transcript.follow()
	return nil
}

func (m *model) retry() {
	if !m.outbox.retry() {
		m.remark(answer, "Nothing has failed.")
	}
	m.sending()
}
