package client

import (
	"context"
	"crypto/rand"
	"unicode/utf8"

	"snug/protocol"
)

// Do carries out a command that becomes an event of the room's log, and returns the
// event's seq when it is there. It blocks and fails as [Room.Send] does. A command
// without an ID gets a random one. Repeating a command with the same ID has no
// further effect. [Room.Send], [Room.Edit], [Room.Delete], [Room.React],
// [Room.Kick], [Room.Ban], [Room.Unban], [Room.SetRole] and [Room.Set] call Do.
func (r *Room) Do(ctx context.Context, cmd protocol.Command) (seq uint64, err error) {
	if cmd.ID == "" {
		cmd.ID = rand.Text()
	}
	if err := check(&cmd); err != nil {
		return 0, err
	}
	c := &command{typ: cmd.Type, id: cmd.ID, member: cmd.Member, frame: encode(cmd)}
	if err := r.do(ctx, c); err != nil {
		return 0, err
	}
	return c.seq, nil
}

// check refuses commands that the server couldn't answer with their ID, and text
// that JSON would change.
func check(cmd *protocol.Command) error {
	if !cmd.Type.Logged() {
		return protocol.Errorf(protocol.UnknownType, "%q doesn't become an event of the log; commands such as send, edit and ban do", cmd.Type)
	}
	if len(cmd.ID) > protocol.MaxIDChars {
		return protocol.Errorf(protocol.BadField, "the ID has %d characters: at most %d", len(cmd.ID), protocol.MaxIDChars)
	}
	for i := range len(cmd.ID) {
		if cmd.ID[i] < ' ' || cmd.ID[i] > '~' {
			return protocol.Errorf(protocol.BadField, "the ID has a character that isn't printable ASCII")
		}
	}
	texts := []*string{&cmd.Content, &cmd.Emoji, &cmd.Member, &cmd.Reason, cmd.Name, &cmd.Note, &cmd.To, &cmd.Secret, cmd.Topic, cmd.Password}
	for _, list := range [][]string{cmd.Events, cmd.Files, cmd.Alts} {
		for i := range list {
			texts = append(texts, &list[i])
		}
	}
	for _, text := range texts {
		if text != nil && !utf8.ValidString(*text) {
			return protocol.Errorf(protocol.BadField, "the text of the %s isn't UTF-8", cmd.Type)
		}
	}
	return nil
}

// Edit replaces the content of message seq, which must be this member's own. The content
// may be empty if the message has files. It blocks and fails as [Room.Do] does, and so do the commands below.
func (r *Room) Edit(ctx context.Context, seq uint64, content string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandEdit, Seq: seq, Content: content})
}

// Delete erases message seq, on the server's disk too. It must be this member's own,
// except for moderators. The error for a message that is already erased is
// [protocol.NotFound].
func (r *Room) Delete(ctx context.Context, seq uint64) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandDelete, Seq: seq})
}

// React adds an emoji, of up to 16 characters, to message seq.
func (r *Room) React(ctx context.Context, seq uint64, emoji string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandReact, Seq: seq, Emoji: emoji})
}

// Unreact removes an emoji that this member has added to message seq.
func (r *Room) Unreact(ctx context.Context, seq uint64, emoji string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandReact, Seq: seq, Emoji: emoji, Remove: true})
}

func (r *Room) change(ctx context.Context, cmd protocol.Command) error {
	_, err := r.Do(ctx, cmd)
	return err
}
