package client

import (
	"context"
	"slices"

	"snug/protocol"
)

// Pin pins message seq. Only moderators may do it. A room has at most 50 pinned messages,
// see [Room.Pins]. It blocks and fails as [Room.Do] does.
func (r *Room) Pin(ctx context.Context, seq uint64) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandPin, Seq: seq})
}

// Unpin takes back that message seq is pinned, as [Room.Pin] does.
func (r *Room) Unpin(ctx context.Context, seq uint64) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandUnpin, Seq: seq})
}

// CloseRoom closes the room for everyone, and erases its log and everything that belongs to
// it: roles, seats, hooks, invites. Only owners may do it. Afterwards the Room ends for good,
// as [IsRoomClosed] tells. It blocks and fails as [Room.Do] does; unlike it, [Room.Close] only
// leaves the room.
func (r *Room) CloseRoom(ctx context.Context) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandClose})
}

// roomClosed settles all commands, because the room was closed for everyone for the reason
// err. That is what a close has asked for.
func (o *outgoing) roomClosed(err error) {
	for _, c := range slices.Clone(o.commands) {
		if c.typ == protocol.CommandClose {
			o.settle(c, 0, nil)
		} else {
			o.settle(c, 0, err)
		}
	}
}

func without(seqs []uint64, seq uint64) []uint64 {
	return slices.DeleteFunc(slices.Clone(seqs), func(s uint64) bool { return s == seq })
}
