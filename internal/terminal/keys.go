package terminal

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"snug/internal/text"
)

// key handles a key.
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
		// A letter closes the page and starts the next input: without it, the rest of a
		// command would be a message.
	}
	if pressed != "tab" && pressed != "shift+tab" {
		m.completion = completion{}
	}
	cmd, handled := m.command(pressed)
	if !handled {
		cmd = m.compose(k)
		if k.Text == ":" {
			m.replaceName()
		}
	}
	m.layout()
	m.markSeen()
	return cmd
}

// command runs the command of a key. It reports false for keys that write.
func (m *model) command(pressed string) (cmd tea.Cmd, handled bool) {
	empty := m.composer.area.Length() == 0
	t := &m.transcript
	switch pressed {
	case "enter":
		return m.enter(), true
	case "ctrl+c":
		return m.interrupt(empty), true
	case "ctrl+d":
		if empty {
			return m.rooms.leave(m), true
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
	case "f2":
		m.membersHidden = !m.membersHidden
		m.rooms.redraw()
	case "f3":
		m.mouseOff = !m.mouseOff
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

// interrupt clears the input. If that is empty, the second call leaves.
func (m *model) interrupt(empty bool) tea.Cmd {
	if !empty {
		m.composer.set("")
		return nil
	}
	switch {
	case m.conn.state == closed:
		return m.rooms.leave(m)
	case m.leaving:
		return m.rooms.quit()
	}
	m.leaving = true
	m.rooms.warn()
	return nil
}

// escape ends editing, replying, selecting or scrolling.
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

// wheelRows is how many rows a turn of the mouse wheel scrolls.
const wheelRows = 3

// wheel scrolls by the mouse wheel.
func (m *model) wheel(button tea.MouseButton) {
	up := wheelRows
	switch button {
	case tea.MouseWheelUp:
	case tea.MouseWheelDown:
		up = -wheelRows
	default:
		return
	}
	if m.page != nil {
		m.page.scroll(-up, m.transcript.height)
		return
	}
	m.transcript.scroll(up)
	m.markSeen()
}

// compose passes a message to the text input, and tells the others when somebody types.
func (m *model) compose(msg tea.Msg) tea.Cmd {
	before := m.composer.area.Length()
	cmd := m.composer.update(msg)
	m.layout()
	if now := m.composer.area.Value(); m.composer.area.Length() > before && m.typing(now) {
		return tea.Batch(cmd, m.calls.typing())
	}
	return cmd
}

// paste inserts pasted text. Text that would make the message too long is refused: cut,
// it would look as if all of it had been sent.
func (m *model) paste(p tea.PasteMsg) tea.Cmd {
	chars, most := utf8.RuneCountInString(p.Content), m.limits.ContentChars
	if most > 0 && chars+m.composer.area.Length() > most {
		m.transcript.follow()
		m.remark(fault, fmt.Sprintf("nothing was pasted: the text has %d characters in %d lines, and a message has at most %d. To send each line of a file as a message, use: snug send %s < FILE",
			chars, strings.Count(strings.TrimRight(p.Content, "\r\n"), "\n")+1, most, text.Line(m.room)))
		return nil
	}
	return m.compose(p)
}

// typingEvery is the time between two typing events, which is less than they last.
const typingEvery = 3 * time.Second

// typing reports whether to send a typing event now.
func (m *model) typing(written string) bool {
	if isCommand(written) || m.conn.state != connected || time.Since(m.typingSent) < typingEvery {
		return false
	}
	m.typingSent = time.Now()
	return true
}

// enter sends the input, or runs it if it is a command.
func (m *model) enter() tea.Cmd {
	written := strings.TrimRight(m.composer.area.Value(), " \n")
	if written == "" {
		return m.enterNothing()
	}
	editing := m.composer.editing != 0
	if !editing && commandLike.MatchString(written) {
		return m.runCommand(written)
	}
	if n, most := utf8.RuneCountInString(written), m.limits.ContentChars; most > 0 && n > most {
		m.transcript.follow()
		m.remark(fault, fmt.Sprintf("not sent: the message has %d characters, and at most %d are possible", n, most))
		return nil
	}
	m.composer.set("")
	m.composer.remember(written)
	if !editing && strings.HasPrefix(written, "//") && isCommand(written[1:]) {
		written = written[1:] // the second slash says that it is no command
	}
	return m.say(written)
}

// enterNothing takes the text of a message with files away, or makes the next message a reply to the selected one.
func (m *model) enterNothing() tea.Cmd {
	switch {
	case m.composer.editing != 0 && m.composer.files:
		return m.say("")
	case m.composer.editing != 0:
		m.remark(fault, "the message would be empty: /delete erases it")
	case m.transcript.selected != nil:
		m.showError(m.startReply(""))
	}
	return nil
}

// isCommand reports whether what is written looks like a command, and isn't said as /me is (in the page, web/src/emote.ts).
func isCommand(written string) bool {
	return commandLike.MatchString(written) && !strings.HasPrefix(written, "/me ")
}

// commandLike matches a command, and /me.
var commandLike = regexp.MustCompile(`^/\p{L}+(\s|$)`)

// say sends a message, as a reply or an edit if one was started.
func (m *model) say(words string) tea.Cmd {
	replyTo, editing := m.composer.replyTo, m.composer.editing
	m.composer.stop()
	m.rooms.warned = false
	m.transcript.choice(nil)
	if editing != 0 {
		return m.edit(editing, words)
	}
	if m.conn.state == closed {
		m.remark(fault, "the room is closed: no message can be sent")
		return nil
	}
	m.outbox.add(words, replyTo, m.me, time.Now())
	m.typingSent = time.Time{}
	m.sending()
	m.transcript.mark(nil)
	m.transcript.follow()
	return nil
}

func (m *model) retry() {
	if !m.outbox.retry() {
		m.remark(answer, "No message has failed.")
	}
	m.sending()
}
