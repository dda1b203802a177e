package terminal

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// messageBlock is a message of the log.
type messageBlock struct{ seq uint64 }

// together is how long messages of a member are grouped under one nick.
const together = 5 * time.Minute

func (b *messageBlock) draw(p *canvas, before *entry, selected bool) []string {
	line := p.line(b.seq)
	if line == nil {
		return nil
	}
	m := message{at: line.At, from: line.From, own: line.From.Member == p.me, selected: selected}
	m.mentions = !m.own && slices.Contains(line.Mentions, p.me)
	m.action, m.content = action(line.Content)
	m.files = below(m.content, text.Files(line.Files, p.url))
	m.as = line.As
	if above := messageOf(p, before); above != nil {
		m.sameMinute = above.At.Local().Format(clock) == line.At.Local().Format(clock)
		m.sameMember = line.ReplyTo == 0 && !m.action && follows(above, line)
		if m.sameMember && above.As == line.As {
			m.as = ""
		}
	}
	if line.ReplyTo != 0 {
		m.answers = quote(p, line.ReplyTo)
	}
	switch {
	case line.Deleted:
		m.remark, m.erased = "erased", true
	case line.Edited && p.pinned(b.seq):
		m.remark = "edited, pinned"
	case line.Edited:
		m.remark = "edited"
	case p.pinned(b.seq):
		m.remark = "pinned"
	}
	m.reactions = reactions(p, line)
	return m.draw(p)
}

const clock = "15:04"

// messageOf returns the message of an entry, or nil if it has none.
func messageOf(p *canvas, e *entry) *client.Line {
	if e == nil {
		return nil
	}
	if b, is := e.block.(*messageBlock); is {
		return p.line(b.seq)
	}
	return nil
}

// follows reports whether a message is grouped with the one above.
func follows(above, line *client.Line) bool {
	act, _ := action(above.Content)
	return !act && above.From == line.From && line.At.Sub(above.At).Abs() <= together
}

// action returns the text of a message without its leading /me, and reports whether it
// has one.
func action(content string) (is bool, what string) {
	if what, is = strings.CutPrefix(content, "/me "); is {
		return true, what
	}
	return false, content
}

// below returns the lines of files below the text of their message.
func below(content string, files []string) string {
	lines := strings.Join(files, "\n")
	if content != "" && lines != "" {
		return "\n" + lines
	}
	return lines
}

// quote returns the message that a reply quotes.
func quote(p *canvas, seq uint64) string {
	line := p.line(seq)
	switch {
	case line == nil:
		return "an earlier message"
	case line.Deleted:
		return text.Line(line.From.Nick) + ": (erased)"
	}
	if act, what := action(line.Content); act {
		return "* " + text.Line(line.From.Nick+" "+what)
	}
	return text.Line(line.From.Nick + ": " + line.Content + below(line.Content, text.Files(line.Files, func(protocol.File) string { return "" })))
}

// reactions returns the reactions to a message, the most frequent first.
func reactions(p *canvas, line *client.Line) string {
	emoji := slices.SortedFunc(maps.Keys(line.Reactions), func(a, b string) int {
		if d := len(line.Reactions[b]) - len(line.Reactions[a]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var all []string
	for _, e := range emoji {
		members := line.Reactions[e]
		one := p.cut(text.Line(e), 32)
		if n := len(members); n > 1 {
			one += " " + strconv.Itoa(n)
		}
		style := p.plain
		if slices.Contains(members, p.me) {
			style = p.strong
		}
		all = append(all, style.Render(one))
	}
	return strings.Join(all, "  ")
}
