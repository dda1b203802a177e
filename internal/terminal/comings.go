package terminal

import (
	"fmt"
	"slices"
	"strings"

	"snug/internal/text"
	"snug/protocol"
)

// comings are members who came, went and took other nicks, with nothing said in
// between: one quiet line, of what it came to.
type comings struct{ members []*coming }

type coming struct {
	member   string
	was, is  string // nick
	came, in bool   // they weren't there at first; they are now
}

func (b *comings) of(m, nick string, in bool) *coming {
	// Whoever comes under a nick that has just left is the same to those who read.
	i := slices.IndexFunc(b.members, func(c *coming) bool { return c.member == m || c.is == nick })
	if i < 0 {
		b.members = append(b.members, &coming{member: m, was: nick, is: nick, came: in, in: in})
		i = len(b.members) - 1
	}
	b.members[i].member = m
	return b.members[i]
}

func (b *comings) join(m protocol.Member) {
	c := b.of(m.Member, m.Nick, true)
	c.is, c.in = m.Nick, true
}

func (b *comings) leave(m protocol.Member) {
	c := b.of(m.Member, m.Nick, false)
	c.is, c.in = m.Nick, false
}

func (b *comings) rename(member, was, is string) {
	i := slices.IndexFunc(b.members, func(c *coming) bool { return c.member == member })
	if i < 0 {
		b.members = append(b.members, &coming{member: member, was: was, is: is, in: true})
		return
	}
	b.members[i].is = is
}

func (b *comings) draw(p *paper, _ *entry, _ bool) []string {
	var joined, left, both, back, renamed []string
	for _, c := range b.members {
		is := text.Line(c.is)
		switch {
		case c.came && c.in:
			joined = append(joined, is)
		case c.came:
			both = append(both, is)
		case !c.in:
			left = append(left, is)
		case c.was != c.is:
			renamed = append(renamed, text.Line(c.was)+" is now "+is)
		default:
			back = append(back, is)
		}
	}
	var parts []string
	for _, what := range []struct {
		nicks []string
		did   string
	}{{joined, "joined"}, {left, "left"}, {both, "came and went"}, {back, "left and came back"}} {
		if len(what.nicks) > 0 {
			parts = append(parts, few(what.nicks)+" "+what.did)
		}
	}
	parts = append(parts, renamed...)
	return p.quiet("·", strings.Join(parts, " · "), p.faint)
}

// few names some of many.
func few(nicks []string) string {
	const named = 6
	if rest := len(nicks) - named; rest > 1 {
		return fmt.Sprintf("%s and %d others", strings.Join(nicks[:named], ", "), rest)
	}
	return strings.Join(nicks, ", ")
}
