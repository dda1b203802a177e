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

// chosen returns the selected message, or nil.
func (m *model) chosen() *client.Line {
	if m.transcript.selected == nil {
		return nil
	}
	return m.transcript.lines[m.transcript.selected.seq]
}

// target returns the message that a command applies to: the chosen one, or the last one
// of this member if own is true, and otherwise of somebody else.
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

func (m *model) sendAction(words string) (tea.Cmd, error) {
	if words == "" {
		return nil, errors.New("what are you doing? For example: /me waves")
	}
	return m.say("/me " + words), nil
}

func (m *model) reply(words string) (tea.Cmd, error) {
	if err := m.startReply(words); err != nil || words == "" {
		return nil, err
	}
	return m.say(words), nil
}

// startReply makes the next message a reply.
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
		return nil, errors.New("you can only edit your own messages")
	}
	if words != "" {
		m.transcript.choice(nil)
		return m.edit(line.Seq, words), nil
	}
	m.composer.stop()
	m.composer.editing, m.composer.files = line.Seq, len(line.Files) > 0
	m.composer.set(line.Content)
	return nil, nil
}

func (m *model) edit(seq uint64, words string) tea.Cmd {
	return m.do("edit", words, func(ctx context.Context, r *client.Room) error { return r.Edit(ctx, seq, words) })
}

func (m *model) erase(string) (tea.Cmd, error) {
	line, err := m.target(true)
	if err != nil {
		return nil, err
	}
	m.transcript.choice(nil)
	seq := line.Seq
	return m.do("delete", "", func(ctx context.Context, r *client.Room) error { return r.Delete(ctx, seq) }), nil
}

func (m *model) react(emoji string) (tea.Cmd, error) {
	if emoji == "" {
		return nil, errors.New("which emoji? For example: /react 👍")
	}
	line, err := m.target(false)
	if err != nil {
		return nil, err
	}
	seq, back := line.Seq, slices.Contains(line.Reactions[emoji], m.me.Member)
	return m.do("react", emoji, func(ctx context.Context, r *client.Room) error {
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
	return m.do("nick", nick, func(ctx context.Context, r *client.Room) error { return r.Rename(ctx, nick) }), nil
}

func (m *model) who(string) (tea.Cmd, error) {
	m.page = &page{title: "Who is here", draw: func(p *canvas) []string {
		rows := m.members(p, p.width, 1<<20)
		if m.here.Count > len(m.here.Members) {
			rows = append(rows, p.wrap("In rooms with many members only their number is known.", p.width)...)
		}
		return append(rows, "", p.faint.Render(p.cut("@ owner  + moderator  ~ guest with a nick of their own choice", p.width)))
	}}
	return nil, nil
}

func (m *model) retryCommand(string) (tea.Cmd, error) {
	m.retry()
	return nil, nil
}

func (m *model) drop(string) (tea.Cmd, error) {
	if m.outbox.drop() == 0 {
		return nil, errors.New("no message has failed")
	}
	m.sending()
	return nil, nil
}
