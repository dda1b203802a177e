package terminal

import (
	"fmt"
	"slices"
	"strings"

	"snug/internal/text"
	"snug/protocol"
)

// presenceBlock is one line about the members who joined, left or changed their nicks
// while nobody wrote a message. It shows the result of all changes.
type presenceBlock struct{ members []*presenceChange }

type presenceChange struct {
	member               string
	oldNick, nick        string
	wasAbsent, isPresent bool // before the first change, and after the last one
}

// of returns the change of member m, which has this nick.
func (b *presenceBlock) of(m, nick string, in bool) *presenceChange {
	// To readers, a newcomer with the nick of a member that has just left is the same one.
	i := slices.IndexFunc(b.members, func(c *presenceChange) bool { return c.member == m || c.nick == nick })
	if i < 0 {
		b.members = append(b.members, &presenceChange{member: m, oldNick: nick, nick: nick, wasAbsent: in, isPresent: in})
		i = len(b.members) - 1
	}
	b.members[i].member = m
	return b.members[i]
}

func (b *presenceBlock) join(m protocol.Member) {
	c := b.of(m.Member, m.Nick, true)
	c.nick, c.isPresent = m.Nick, true
}

func (b *presenceBlock) leave(m protocol.Member) {
	c := b.of(m.Member, m.Nick, false)
	c.nick, c.isPresent = m.Nick, false
}

func (b *presenceBlock) rename(member, oldNick, nick string) {
	i := slices.IndexFunc(b.members, func(c *presenceChange) bool { return c.member == member })
	if i < 0 {
		b.members = append(b.members, &presenceChange{member: member, oldNick: oldNick, nick: nick, isPresent: true})
		return
	}
	b.members[i].nick = nick
}

func (b *presenceBlock) draw(p *canvas, _ *entry, _ bool) []string {
	var joined, left, both, back, renamed []string
	for _, c := range b.members {
		nick := text.Line(c.nick)
		switch {
		case c.wasAbsent && c.isPresent:
			joined = append(joined, nick)
		case c.wasAbsent:
			both = append(both, nick)
		case !c.isPresent:
			left = append(left, nick)
		case c.oldNick != c.nick:
			renamed = append(renamed, text.Line(c.oldNick)+" is now "+nick)
		default:
			back = append(back, nick)
		}
	}
	var parts []string
	for _, what := range []struct {
		nicks []string
		did   string
	}{{joined, "joined"}, {left, "left"}, {both, "joined and left"}, {back, "left and came back"}} {
		if len(what.nicks) > 0 {
			parts = append(parts, someOf(what.nicks)+" "+what.did)
		}
	}
	parts = append(parts, renamed...)
	return p.aside("·", strings.Join(parts, " · "), p.faint)
}

// someOf lists nicks, and shortens a long list.
func someOf(nicks []string) string {
	const named = 6
	if rest := len(nicks) - named; rest > 1 {
		return fmt.Sprintf("%s and %d others", strings.Join(nicks[:named], ", "), rest)
	}
	return strings.Join(nicks, ", ")
}
