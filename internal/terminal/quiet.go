package terminal

import (
	"snug/internal/text"
	"snug/protocol"
)

// remark is something that isn't said by anyone: what was done to the room, what a
// command has found. Its words are safe to show.
type remark struct {
	words string
	kind  kind
}

// kind is what a remark is about.
type kind int

const (
	about  kind = iota // the room
	answer             // to a command
	fault              // something went wrong
	rule               // across the transcript
)

func (b *remark) draw(p *paper, _ *entry, _ bool) []string {
	switch b.kind {
	case rule:
		return []string{p.rule(b.words, p.faint)}
	case fault:
		return p.quiet("!", b.words, p.bad)
	case answer:
		return p.quiet("›", b.words, p.plain)
	}
	return p.quiet("·", b.words, p.faint)
}

// blockOf is the entry of an event that is no message; nil if it has none.
func blockOf(e *protocol.Event) *entry {
	if e.Type != protocol.EventModerated {
		return nil
	}
	words := text.Told(e)
	if words == "" {
		return nil
	}
	return &entry{block: &remark{words: words}, at: e.At, seq: e.Seq}
}

// beginning stands above the first message.
type beginning struct {
	loading bool
	reached bool // there is nothing above
	pruned  bool // because it is no longer kept
}

func (b *beginning) draw(p *paper, _ *entry, _ bool) []string {
	switch {
	case b.loading:
		return []string{p.rule("older messages are coming", p.faint)}
	case b.pruned:
		return []string{p.rule("what was before is no longer kept", p.faint)}
	case b.reached:
		return []string{p.rule("here the room begins", p.faint)}
	}
	return nil
}

// waiting is a message of one's own on its way.
type waiting struct{ *unsent }

func (b *waiting) draw(p *paper, before *entry, _ bool) []string {
	m := message{at: b.begun, clock: "  ···", from: b.from, own: true, faint: true}
	m.action, m.content = action(b.content)
	if b.replyTo != 0 {
		m.answers = quote(p, b.replyTo)
	}
	if b.err == nil {
		return m.draw(p)
	}
	m.clock = "  !  "
	rows := m.draw(p)
	why := "not sent: " + text.Line(reason(b.err)) + ". /retry sends it again, /drop gives it up."
	if b.unknown {
		why = "not confirmed: " + text.Line(reason(b.err)) + ". /retry may say it twice, /drop gives it up."
	}
	return append(rows, p.quiet("!", why, p.bad)...)
}
