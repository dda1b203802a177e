package terminal

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
)

// composer is the text input.
type composer struct {
	area    textarea.Model
	history []string // former inputs
	at      int      // the shown entry of history; its length for the present input
	draft   string   // the present input while a former one is shown

	replyTo uint64 // the message that the input replies to; 0 for none
	editing uint64 // the message that the input replaces; 0 for none
	files   bool   // that message has files, and so may have no content
}

const (
	prompt     = "› "
	maxRows    = 100_000 // more than any message has
	maxHistory = 200
)

func newComposer() composer {
	a := textarea.New()
	a.Prompt = prompt
	a.Placeholder = "Say something, or /help"
	a.ShowLineNumbers = false
	a.EndOfBufferCharacter = ' '
	a.DynamicHeight, a.MinHeight, a.MaxHeight, a.MaxContentHeight = true, 1, 6, maxRows
	a.CharLimit = 0
	a.SetVirtualCursor(false)
	a.KeyMap.InsertNewline = key.NewBinding(key.WithKeys("alt+enter", "ctrl+j", "shift+enter"))
	a.KeyMap.Paste.SetEnabled(false) // terminals paste by themselves, even over SSH
	plain := lipgloss.NewStyle()
	state := textarea.StyleState{
		Base: plain, Text: plain, LineNumber: plain, CursorLineNumber: plain, CursorLine: plain, EndOfBuffer: plain,
		Placeholder: plain.Faint(true), Prompt: plain.Bold(true), Selection: plain.Reverse(true),
	}
	styles := a.Styles()
	styles.Focused, styles.Blurred = state, state
	a.SetStyles(styles)
	a.Focus()
	return composer{area: a}
}

// resize adapts it to the size of the terminal.
func (c *composer) resize(width, height int) {
	c.area.MaxHeight = min(max(height/3, 1), 6)
	c.area.SetWidth(max(width, 4))
}

// limit bounds the input for messages of at most chars characters; 0 is no bound. A
// message may still be too long: then Enter refuses it, so that nothing is cut silently.
func (c *composer) limit(chars int) { c.area.CharLimit = 2 * chars }

// set replaces the input.
func (c *composer) set(s string) {
	c.area.SetValue(s)
	c.area.MoveToEnd()
	c.at = len(c.history)
}

// remember adds an input to the history.
func (c *composer) remember(s string) {
	if n := len(c.history); n == 0 || c.history[n-1] != s {
		c.history = append(c.history, s)
	}
	c.history = c.history[max(len(c.history)-maxHistory, 0):]
	c.at = len(c.history)
}

// recall moves by step in the history, back if step is negative. It reports whether there
// is an entry.
func (c *composer) recall(step int) bool {
	to := c.at + step
	if to < 0 || to > len(c.history) {
		return false
	}
	if c.at == len(c.history) {
		c.draft = c.area.Value()
	}
	s := c.draft
	if to < len(c.history) {
		s = c.history[to]
	}
	c.area.SetValue(s)
	c.area.MoveToEnd()
	c.at = to
	return true
}

// onFirst and onLast report whether the cursor is on the first or on the last row.
func (c *composer) onFirst() bool { return c.area.Line() == 0 && c.area.LineInfo().RowOffset == 0 }

func (c *composer) onLast() bool {
	i := c.area.LineInfo()
	return c.area.Line() == c.area.LineCount()-1 && i.RowOffset >= i.Height-1
}

func (c *composer) update(msg tea.Msg) (cmd tea.Cmd) {
	c.area, cmd = c.area.Update(msg)
	return cmd
}

// stop ends replying and editing.
func (c *composer) stop() { c.replyTo, c.editing = 0, 0 }
