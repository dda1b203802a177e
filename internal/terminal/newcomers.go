package terminal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// invite makes an invite, and shows its link.
func (m *model) invite(words string) (tea.Cmd, error) {
	var n client.NewInvite
	for word := range strings.FieldsSeq(words) {
		if uses, err := strconv.Atoi(word); err == nil && uses > 0 && n.Uses == 0 {
			n.Uses = uses
			continue
		}
		lasts, err := text.ParseSpan(word)
		if err != nil || n.Lasts != 0 {
			return nil, fmt.Errorf("%q is neither how many may come in, such as 1, nor for how long, such as 24h", word)
		}
		n.Lasts = lasts
	}
	return m.calls.ask("invite", func(ctx context.Context, r *client.Room) (*page, error) {
		made, err := r.Invite(ctx, n)
		if err != nil {
			return nil, err
		}
		return &page{title: "Invite", draw: func(p *canvas) []string { return madeRows(p, &made) }}, nil
	}), nil
}

func madeRows(p *canvas, i *protocol.InviteInfo) []string {
	rows := p.wrap("Whoever has this link may come in, "+text.InviteHolds(i)+":", p.width)
	rows = append(append(rows, ""), p.wrap(text.Line(i.URL), p.width)...)
	return append(append(rows, ""), p.wrap("/invites lists the invites, and /uninvite "+text.Line(i.Invite)+" takes this one back.", p.width)...)
}

func (m *model) invites(string) (tea.Cmd, error) {
	return m.calls.ask("invites", func(ctx context.Context, r *client.Room) (*page, error) {
		all, err := r.Invites(ctx)
		if err != nil {
			return nil, err
		}
		return &page{title: "Invites", draw: func(p *canvas) []string { return inviteRows(p, all) }}, nil
	}), nil
}

func inviteRows(p *canvas, all []protocol.InviteInfo) []string {
	if len(all) == 0 {
		return []string{"None. /invite makes one."}
	}
	var rows []string
	for _, i := range all {
		rows = append(rows, p.wrap(text.Line(i.Invite)+", by "+text.Line(i.By.Nick)+", "+text.InviteHolds(&i), p.width)...)
		if i.URL != "" {
			rows = append(rows, p.wrap(text.Line(i.URL), p.width)...)
		}
	}
	return rows
}

func (m *model) uninvite(words string) (tea.Cmd, error) {
	if words == "" {
		return nil, errors.New("which one? /invites lists them")
	}
	return m.do("uninvite", words, func(ctx context.Context, r *client.Room) error { return r.Uninvite(ctx, words) }), nil
}

// admit lets in somebody who waits before the room: the only one, without words.
func (m *model) admit(words string) (tea.Cmd, error) {
	who := strings.TrimPrefix(words, "@")
	var meant []protocol.Knock
	for _, k := range m.waiting {
		if who == "" || strings.EqualFold(text.Line(k.Nick), who) || k.Member == who {
			meant = append(meant, k)
		}
	}
	switch {
	case len(m.waiting) == 0:
		return nil, errors.New("nobody waits before the room")
	case len(meant) > 1 && who != "":
		var all []string
		for _, k := range meant {
			all = append(all, strings.TrimRight(k.Member+" "+text.Line(k.Note), " "))
		}
		return nil, fmt.Errorf("several of that nick wait: give one of these IDs: %s", strings.Join(all, ", "))
	case len(meant) != 1:
		var nicks []string
		for _, k := range m.waiting {
			nicks = append(nicks, text.Line(k.Nick))
		}
		return nil, fmt.Errorf("whom? Waiting are: %s", strings.Join(nicks, ", "))
	}
	member := meant[0].Member
	return m.do("admit", words, func(ctx context.Context, r *client.Room) error { return r.Admit(ctx, member) }), nil
}

// knocked tells owners and moderators who waits, once.
func (m *model) knocked(k *protocol.Knock) {
	nick, known := m.knocks[k.Member]
	switch {
	case k.Gone && known:
		m.remark(about, nick+" no longer waits to be let in")
		delete(m.knocks, k.Member)
	case !k.Gone && !known:
		words := k.Nick + " asks to be let in"
		if k.Note != "" {
			words += ": " + k.Note
		}
		m.remark(answer, words+" (/admit "+k.Nick+")")
		m.knocks[k.Member] = k.Nick
	}
}

// admitted notes that nobody has to be told of the end of a wait any more.
func (m *model) admitted(e *protocol.Event) {
	if e.Type != protocol.EventModerated || len(m.knocks) == 0 {
		return
	}
	if body, err := e.Moderated(); err == nil && body.Action == protocol.ActionAdmit {
		delete(m.knocks, body.Member)
	}
}
