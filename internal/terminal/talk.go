package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/internal/text"
)

// chosen is the message that is selected; nil if none is.
func (m *model) chosen() *client.Line {
	if m.transcript.selected == nil {
		return nil
	}
	return m.transcript.lines[m.transcript.selected.seq]
}

// target is the message that a command is about: the chosen one, or else the last
// one of one's own, or of others.
func (m *model) target(own bool) (*client.Line, error) {
	if line := m.chosen(); line != nil {
		if line.Deleted {
			return nil, errors.New("that message is erased")
		}
		return line, nil
	}
	for _, e := range slices.Backward(m.transcript.entries) {
		line := m.transcript.lines[e.seq]
		if line != nil && !line.Deleted && (line.From.Member == m.me.Member) == own {
			return line, nil
		}
	}
	return nil, errors.New("there is no such message here: choose one with Alt+↑")
}

func (m *model) act(words string) (tea.Cmd, error) {
	if words == "" {
		return nil, errors.New("what do you do? For example: /me waves")
	}
	return m.say("/me " + words), nil
}

func (m *model) reply(words string) (tea.Cmd, error) {
	if err := m.startReply(words); err != nil || words == "" {
		return nil, err
	}
	return m.say(words), nil
}

// startReply makes what is said next an answer.
func (m *model) startReply(string) error {
	line, err := m.target(false)
	if err == nil {
		m.composer.stop()
		m.composer.replyTo = line.Seq
	}
	return err
}

func (m *model) change(words string) (tea.Cmd, error) {
	line, err := m.target(true)
	if err != nil {
		return nil, err
	}
	if line.From.Member != m.me.Member {
		return nil, errors.New("only one's own messages can be changed")
	}
	if words != "" {
		m.transcript.choice(nil)
		return m.edit(line.Seq, words), nil
	}
	m.composer.stop()
	m.composer.editing = line.Seq
	m.composer.set(line.Content)
	return nil, nil
}

func (m *model) edit(seq uint64, words string) tea.Cmd {
	return m.calls.do("edit", func(ctx context.Context, r *client.Room) error { return r.Edit(ctx, seq, words) })
}

func (m *model) erase(string) (tea.Cmd, error) {
	line, err := m.target(true)
	if err != nil {
		return nil, err
	}
	m.transcript.choice(nil)
	seq := line.Seq
	return m.calls.do("delete", func(ctx context.Context, r *client.Room) error { return r.Delete(ctx, seq) }), nil
}

func (m *model) react(emoji string) (tea.Cmd, error) {
	if emoji == "" {
		return nil, errors.New("with what? For example: /react 👍")
	}
	line, err := m.target(false)
	if err != nil {
		return nil, err
	}
	seq, back := line.Seq, slices.Contains(line.Reactions[emoji], m.me.Member)
	return m.calls.do("react", func(ctx context.Context, r *client.Room) error {
		if back {
			return r.Unreact(ctx, seq, emoji)
		}
		return r.React(ctx, seq, emoji)
	}), nil
}

func (m *model) rename(nick string) (tea.Cmd, error) {
	if nick == "" {
		return nil, fmt.Errorf("you are %s: which nick would you like?", text.Line(m.me.Nick))
	}
	return m.calls.do("nick", func(ctx context.Context, r *client.Room) error { return r.Rename(ctx, nick) }), nil
}

func (m *model) who(string) (tea.Cmd, error) {
	m.page = &page{title: "Who is here", draw: func(p *paper) []string {
		rows := m.members(p, p.width, 1<<20)
		if m.here.Count > len(m.here.Members) {
			rows = append(rows, p.wrap("In a crowd nobody is named.", p.width)...)
		}
		return append(rows, "", p.faint.Render(p.cut("@ owner  + moderator  ~ guest, who names themselves", p.width)))
	}}
	return nil, nil
}

func (m *model) again(string) (tea.Cmd, error) {
	m.retry()
	return nil, nil
}

func (m *model) giveUp(string) (tea.Cmd, error) {
	if m.outbox.drop() == 0 {
		return nil, errors.New("nothing has failed")
	}
	m.sending()
	return nil, nil
}
