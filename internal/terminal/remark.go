package terminal

import (
	"snug/internal/text"
	"snug/protocol"
)

// remark is an entry that isn't a message, such as a change of the room or a command's
// result. Its words are safe to show.
type remark struct {
	words string
	kind  kind
}

// kind is the kind of a remark.
type kind int

const (
	about  kind = iota // about the room
	answer             // a command's result
	fault              // something went wrong
	rule               // a line across the transcript
)

// remarked is a remark that comes from a goroutine.
type remarked struct {
	kind  kind
	words string
}

func (b *remark) draw(p *canvas, _ *entry, _ bool) []string {
	switch b.kind {
	case rule:
		return []string{p.rule(b.words, p.faint)}
	case fault:
		return p.aside("!", b.words, p.bad)
	case answer:
		return p.aside("›", b.words, p.plain)
	}
	return p.aside("·", b.words, p.faint)
}

// remarkFor returns the entry of an event that isn't a message, or nil if it has none.
func remarkFor(e *protocol.Event) *entry {
	if e.Type != protocol.EventModerated {
		return nil
	}
	words := text.Moderation(e)
	if words == "" {
		return nil
	}
	return &entry{block: &remark{words: words}, at: e.At, seq: e.Seq}
}

// beginning is the entry above the first message.
type beginning struct {
	loading bool // an older page is being read
	failed  bool // the older messages can't be read while this connection lasts
	reached bool // there are no older messages
	pruned  bool // because they are no longer kept
}

func (b *beginning) draw(p *canvas, _ *entry, _ bool) []string {
	switch {
	case b.loading:
		return []string{p.rule("loading older messages", p.faint)}
	case b.failed:
		return []string{p.rule("older messages can't be read", p.faint)}
	case b.pruned:
		return []string{p.rule("older messages are no longer kept", p.faint)}
	case b.reached:
		return []string{p.rule("the room begins here", p.faint)}
	}
	return nil
}

// waiting is a message of this member that isn't confirmed yet.
type waiting struct{ *unsent }

func (b *waiting) draw(p *canvas, before *entry, _ bool) []string {
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
	why := "not sent: " + text.Line(reason(b.err)) + ". /retry sends it again, /drop discards it."
	if b.unknown {
		why = "not confirmed: " + text.Line(reason(b.err)) + ". /retry may send it twice, /drop discards it."
	}
	return append(rows, p.aside("!", why, p.bad)...)
}
