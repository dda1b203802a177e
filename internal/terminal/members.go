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
	panelWidth = 20 // with the line at its left
	panelFrom  = 80 // columns of the terminal: below there is none
)

// panel reports whether the members are seen beside the transcript.
func (m *model) panel() bool { return m.width >= panelFrom }

func (m *model) transcriptWidth() int {
	if m.panel() {
		return m.width - panelWidth - 1
	}
	return m.width
}

// sorted are the members who are here: those who may do most first.
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

// members are rows of who is here, at most so many.
func (m *model) members(p *paper, width, height int) []string {
	rows := []string{p.strong.Render(fmt.Sprintf("%d here", m.here.Count))}
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

var errWho = errors.New("whom? Give a nick, or choose one of their messages with Alt+↑")

// whom finds the member that a command's words begin with, and returns what
// follows. Without words it is who wrote the message that is chosen. One who has
// left can be named, too, as long as nobody here has that nick.
func (m *model) whom(words string) (who protocol.Member, rest string, err error) {
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
	for member, nick := range m.nicks {
		if after, is := cutNick(words, text.Line(nick)); is && len(nick) > len(found) {
			who, rest, found = protocol.Member{Member: member, Nick: nick}, after, nick
		}
	}
	if found == "" {
		first, _, _ := strings.Cut(words, " ")
		return who, "", fmt.Errorf("nobody is called %q: Tab completes nicks, /who lists them", first)
	}
	return who, rest, nil
}

// cutNick takes a nick off the front of words, whatever its case.
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
