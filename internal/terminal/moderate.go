package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

func (m *model) kick(words string) (tea.Cmd, error) {
	who, reason, err := m.parseMember(words)
	if err != nil {
		return nil, err
	}
	return m.do("kick", words, func(ctx context.Context, r *client.Room) error { return r.Kick(ctx, who.Member, reason) }), nil
}

func (m *model) ban(words string) (tea.Cmd, error) {
	who, reason, err := m.parseMember(words)
	if err != nil {
		return nil, err
	}
	first, rest, _ := strings.Cut(reason, " ")
	out, err := text.ParseSpan(first)
	if err == nil {
		reason = strings.TrimSpace(rest)
	}
	return m.do("ban", words, func(ctx context.Context, r *client.Room) error { return r.Ban(ctx, who.Member, reason, out) }), nil
}

// unban finds the member among the bans, because banned members aren't present.
func (m *model) unban(words string) (tea.Cmd, error) {
	if words == "" {
		return nil, errors.New("who? /bans lists who is banned")
	}
	return m.do("unban", words, func(ctx context.Context, r *client.Room) error {
		bans, err := r.Bans(ctx)
		if err != nil {
			return err
		}
		member, err := bannedMember(words, bans)
		if err != nil {
			return err
		}
		return r.Unban(ctx, member)
	}), nil
}

// bannedMember finds the member that is meant by a nick or an ID.
func bannedMember(words string, bans []protocol.Ban) (member string, err error) {
	nick := strings.TrimPrefix(words, "@")
	var found []string
	for _, b := range bans {
		switch {
		case b.Member == words:
			return b.Member, nil
		case nick != "" && strings.EqualFold(text.Line(b.Nick), nick):
			found = append(found, b.Member)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%q isn't banned: /bans lists who is", words)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("several who are banned have the nick %q: /bans shows who is which, and here one of these is needed: %s", nick, strings.Join(found, ", "))
}

func (m *model) bans(string) (tea.Cmd, error) {
	return m.calls.ask("bans", func(ctx context.Context, r *client.Room) (*page, error) {
		bans, err := r.Bans(ctx)
		if err != nil {
			return nil, err
		}
		return &page{title: "Bans", draw: func(p *canvas) []string { return banned(p, bans) }}, nil
	}), nil
}

func banned(p *canvas, bans []protocol.Ban) []string {
	if len(bans) == 0 {
		return []string{"Nobody."}
	}
	named := make(map[string]int)
	for _, b := range bans {
		named[strings.ToLower(text.Line(b.Nick))]++
	}
	var rows []string
	for _, b := range bans {
		who := text.Line(b.Nick)
		switch {
		case who == "":
			who = text.Line(b.Member)
		case named[strings.ToLower(who)] > 1:
			who += " (" + text.Line(b.Member) + ")"
		}
		words := who + ", by " + text.Line(b.By.Nick) + ", for good"
		if b.Until != nil {
			words = who + ", by " + text.Line(b.By.Nick) + ", until " + b.Until.Local().Format("2006-01-02 15:04")
		}
		if b.Reason != "" {
			words += ": " + text.Line(b.Reason)
		}
		rows = append(rows, p.wrap(words, p.width)...)
	}
	return rows
}

func (m *model) role(words string) (tea.Cmd, error) {
	who, rest, err := m.parseMember(words)
	if err != nil {
		return nil, err
	}
	role := protocol.Role(strings.ToLower(rest))
	switch role {
	case protocol.RoleOwner, protocol.RoleModerator, protocol.RoleMember:
	default:
		return nil, fmt.Errorf("%q isn't a role: owner, moderator or member", rest)
	}
	return m.do("role", words, func(ctx context.Context, r *client.Room) error { return r.SetRole(ctx, who.Member, role) }), nil
}

// none is the argument that removes a setting.
const none = "-"

func (m *model) topic(words string) (tea.Cmd, error) {
	return m.text("topic", words, m.settings.Topic, func(s *string) client.Change { return client.Change{Topic: s} })
}

// text sets a text of the room's settings, or shows the one that there is if words is empty.
func (m *model) text(what, words, now string, change func(*string) client.Change) (tea.Cmd, error) {
	switch words {
	case "":
		if now == "" {
			now = "The room has no " + what + "."
		}
		m.remark(answer, now)
		return nil, nil
	case none:
		return m.set(what, none, change(new(""))), nil
	}
	return m.set(what, words, change(&words)), nil
}

func (m *model) lock(string) (tea.Cmd, error) {
	return m.set("lock", "", client.Change{Locked: new(true)}), nil
}

func (m *model) unlock(string) (tea.Cmd, error) {
	return m.set("unlock", "", client.Change{Locked: new(false)}), nil
}

func (m *model) password(words string) (tea.Cmd, error) {
	switch words {
	case "":
		return nil, errors.New("which password? Give one, or - to remove it")
	case none:
		words = ""
	}
	return m.set("password", "", client.Change{Password: &words}), nil
}

func (m *model) slow(words string) (tea.Cmd, error) {
	var pause time.Duration
	if !slices.Contains([]string{"off", "0", none}, words) {
		var err error
		if pause, err = text.ParseSpan(words); err != nil {
			return nil, fmt.Errorf("%w, or off", err)
		}
	}
	return m.set("slow", words, client.Change{Slow: &pause}), nil
}

func (m *model) audience(words string) (tea.Cmd, error) {
	var who string
	switch words {
	case protocol.ReadingMembers:
		who = words
	case "anyone":
	default:
		return nil, fmt.Errorf("who may read? Give %s or anyone", protocol.ReadingMembers)
	}
	return m.set("audience", words, client.Change{Reading: &who}), nil
}

// set carries out a command that changes the room's settings. words are those after the command.
func (m *model) set(command, words string, c client.Change) tea.Cmd {
	return m.do(command, words, func(ctx context.Context, r *client.Room) error { return r.Set(ctx, c) })
}
