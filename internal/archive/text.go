package archive

import (
	"context"
	"fmt"
	"strings"
	"time"

	"snug/internal/text"
	"snug/protocol"
)

// plain is an archive as plain text, which is safe to show in a terminal.
type plain struct {
	room Room
	log  Log
	at   time.Time
	out  *output
}

func (p *plain) begin() {
	p.out.print(text.Line(title(p.room)) + "\n" + subtitle(p.room, p.at) + "\n")
}

func (p *plain) events(ctx context.Context) error { return fold(ctx, p.log, p.room, p.out, p) }

func (p *plain) end() { p.out.print("\n" + lastOfText) }

func (p *plain) fail(why string) { p.out.print("\n-- INCOMPLETE: " + text.Line(why) + " --\n") }

func (p *plain) day(at time.Time) { p.out.print("\n" + at.Format(dayLayout) + "\n\n") }

func (p *plain) gap(g protocol.Gap) { p.out.print("-- " + missing(g) + "\n") }

func (p *plain) moderation(at time.Time, words string) {
	p.out.print(at.Format(clockLayout) + " -- " + words + "\n")
}

// indent is how far what belongs to a message is indented: as wide as its time.
const indent = "      "

func (p *plain) message(m *shown) {
	who := text.Line(m.nick)
	if m.as != "" {
		who += " (" + text.Line(m.as) + ")"
	}
	if m.kind != "" {
		who += " [" + m.kind + "]"
	}
	words := text.Indented(m.content)
	var remark string
	switch {
	case m.erased:
		words = "(erased)"
	case m.edited:
		remark = " (edited)"
	}
	format := "%s %s: %s%s\n"
	if m.action {
		format = "%s * %s %s%s\n"
	}
	if m.answers != nil {
		p.out.print(m.at.Format(clockLayout) + " > " + text.Line(m.answers.String()) + "\n")
	}
	_, _ = fmt.Fprintf(p.out, format, m.at.Format(clockLayout), who, words, remark) // page reports errors
	for _, t := range m.tallies {
		nicks := make([]string, len(t.nicks))
		for i, n := range t.nicks {
			nicks[i] = text.Line(n)
		}
		p.out.print(indent + text.Line(t.emoji) + " " + strings.Join(nicks, ", ") + "\n")
	}
}

const (
	dayLayout   = "Monday, 2 January 2006"
	clockLayout = "15:04"
)

// title returns what a room is called.
func title(r Room) string {
	if r.Name == "" {
		return r.Code
	}
	return r.Name + " (" + r.Code + ")"
}

// subtitle returns what an archive has.
func subtitle(r Room, at time.Time) string {
	what := "nothing"
	if r.First <= r.Head {
		what = fmt.Sprintf("events %d to %d", r.First, r.Head)
	}
	return fmt.Sprintf("%s, exported on %s; times are in UTC", what, at.UTC().Format("2 January 2006 15:04"))
}

// missing says which events aren't there.
func missing(g protocol.Gap) string {
	if g.First == g.Last {
		return fmt.Sprintf("event %d is no longer kept", g.First)
	}
	return fmt.Sprintf("events %d to %d are no longer kept", g.First, g.Last)
}

// String returns the quote as text.
func (q *quoted) String() string {
	switch {
	case q.nick == "":
		return "a message that is no longer kept"
	case q.words == "":
		return q.nick
	}
	return q.nick + ": " + q.words
}
