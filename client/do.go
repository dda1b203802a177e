package client

import (
	"context"
	"crypto/rand"
	"unicode/utf8"

	"snug/protocol"
)

// Do carries out a command that becomes an event of the room's log, and returns
// when it is there, at seq. All that is said of [Room.Send] holds of it: without an
// ID of its own the command gets a random one, and to do the same with the same ID
// again does it only once. [Room.Send], [Room.Edit], [Room.Delete], [Room.React],
// [Room.Kick], [Room.Ban], [Room.Unban], [Room.SetRole] and [Room.Set] are Do with
// a command of their type.
func (r *Room) Do(ctx context.Context, cmd protocol.Command) (seq uint64, err error) {
	if cmd.ID == "" {
		cmd.ID = rand.Text()
	}
	if err := check(&cmd); err != nil {
		return 0, err
	}
	c := &command{typ: cmd.Type, id: cmd.ID, frame: encode(cmd)}
	if err := r.do(ctx, c); err != nil {
		return 0, err
	}
	return c.seq, nil
}

// check refuses what the server couldn't answer by its id, and what would be
// written otherwise than it is.
func check(cmd *protocol.Command) error {
	if !cmd.Type.Logged() {
		return protocol.Errorf(protocol.UnknownType, "%q becomes no event of the log: send, edit, ban and their like do", cmd.Type)
	}
	if len(cmd.ID) > protocol.MaxIDChars {
		return protocol.Errorf(protocol.BadField, "the ID has %d characters: at most %d", len(cmd.ID), protocol.MaxIDChars)
	}
	for i := range len(cmd.ID) {
		if cmd.ID[i] < ' ' || cmd.ID[i] > '~' {
			return protocol.Errorf(protocol.BadField, "the ID has a character that isn't printable ASCII")
		}
	}
	texts := []*string{&cmd.Content, &cmd.Emoji, &cmd.Member, &cmd.Reason, cmd.Topic, cmd.Password}
	for _, text := range texts {
		if text != nil && !utf8.ValidString(*text) {
			return protocol.Errorf(protocol.BadField, "the text of the %s isn't UTF-8", cmd.Type)
		}
	}
	return nil
}

// Edit replaces the content of this member's own message seq. It waits and fails
// as [Room.Do] does, and so do the other commands below.
func (r *Room) Edit(ctx context.Context, seq uint64, content string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandEdit, Seq: seq, Content: content})
}

// Delete erases message seq, on the server's disk too: this member's own, or as a
// moderator anyone's. One that is erased already is [protocol.NotFound].
func (r *Room) Delete(ctx context.Context, seq uint64) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandDelete, Seq: seq})
}

// React adds an emoji, of up to 16 characters, to message seq.
func (r *Room) React(ctx context.Context, seq uint64, emoji string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandReact, Seq: seq, Emoji: emoji})
}

// Unreact takes an emoji back.
func (r *Room) Unreact(ctx context.Context, seq uint64, emoji string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandReact, Seq: seq, Emoji: emoji, Remove: true})
}

func (r *Room) change(ctx context.Context, cmd protocol.Command) error {
	_, err := r.Do(ctx, cmd)
	return err
}
