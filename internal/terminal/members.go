package terminal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"snug/internal/text"
	"snug/protocol"
)

const (
	panelWidth = 20 // in columns, including the line at its left
	panelFrom  = 80 // columns of the terminal that it needs
)

// panel reports whether the list of members is shown next to the transcript.
func (m *model) panel() bool { return m.width >= panelFrom && !m.membersHidden }

func (m *model) transcriptWidth() int {
	if m.panel() {
		return m.width - panelWidth - 1
	}
	return m.width
}

// sorted returns members by role, owners first, and by nick.
func sorted(members []protocol.Member) []protocol.Member {
	rank := func(m protocol.Member) int {
		switch {
		case m.Guest:
			return 3
		case m.Role == protocol.RoleOwner:
			return 0
		case m.Role == protocol.RoleModerator:
			return 1
		}
		return 2
	}
	return slices.SortedFunc(slices.Values(members), func(a, b protocol.Member) int {
		return cmp.Or(rank(a)-rank(b), strings.Compare(strings.ToLower(a.Nick), strings.ToLower(b.Nick)), strings.Compare(a.Member, b.Member))
	})
}

// members returns the rows of the list of members, at most height.
func (m *model) members(p *canvas, width, height int) []string {
	rows := []string{p.strong.Render(fmt.Sprintf("%d here", m.here.Count))}
	if m.here.Readers > 0 {
		rows = append(rows, p.faint.Render(p.cut(fmt.Sprintf("+%d reading", m.here.Readers), width)))
	}
	for _, one := range sorted(m.here.Members) {
		nick := p.cut(text.Line(one.Nick), width-1)
		if one.Member == m.me.Member {
			nick = p.cut(text.Line(one.Nick), width-7)
		}
		before := sign(one)
		if before == "" {
			before = " "
		}
		row := p.faint.Render(before) + p.member(one.Member).Render(nick)
		if one.Member == m.me.Member {
			row += p.faint.Render(" (you)")
		}
		rows = append(rows, row)
	}
	if len(rows) > height {
		hidden := len(rows) - height + 1
		rows = append(rows[:height-1], p.faint.Render(fmt.Sprintf(" and %d more", hidden)))
	}
	return rows
}

var errWho = errors.New("who? Give a nick, or choose one of their messages with Alt+↑")

// parseMember finds the member whose nick words starts with, and returns the rest of
// words. Without words it is the author of the chosen message. Members who have left
// are found too, unless a present one has the same nick, or several who have left had it.
func (m *model) parseMember(words string) (who protocol.Member, rest string, err error) {
	if words == "" {
		if line := m.chosen(); line != nil {
			return line.From, "", nil
		}
		return who, "", errWho
	}
	words = strings.TrimPrefix(words, "@")
	found := ""
	for _, one := range m.here.Members {
		if after, is := cutNick(words, text.Line(one.Nick)); is && len(one.Nick) > len(found) {
			who, rest, found = one, after, one.Nick
		}
	}
	if found != "" {
		return who, rest, nil
	}
	several := false
	for member, nick := range m.nicks {
		if after, is := cutNick(words, text.Line(nick)); is && len(nick) >= len(found) {
			several = len(nick) == len(found)
			who, rest, found = protocol.Member{Member: member, Nick: nick}, after, nick
		}
	}
	switch {
	case found == "":
		first, _, _ := strings.Cut(words, " ")
		return who, "", fmt.Errorf("nobody has the nick %q: Tab completes nicks, /who lists them", first)
	case several:
		return who, "", fmt.Errorf("several who have left had the nick %q: choose a message of the one you mean with Alt+↑, and give no nick", found)
	}
	return who, rest, nil
}

// cutNick removes a nick from the start of words, ignoring case.
func cutNick(words, nick string) (rest string, is bool) {
	end := 0
	for range utf8.RuneCountInString(nick) {
		_, n := utf8.DecodeRuneInString(words[end:])
		end += n
	}
	if nick == "" || !strings.EqualFold(words[:end], nick) {
		return "", false
	}
	rest = words[end:]
	if trimmed := strings.TrimLeft(rest, " "); trimmed == "" || trimmed != rest {
		return trimmed, true
	}
	return "", false
}
