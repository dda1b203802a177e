package snug

import (
	"context"

	"snug/internal/room"
	"snug/protocol"
)

// Message is a message about which Options.Filter decides.
type Message struct {
	// Room is the code of the room, in its canonical form.
	Room string
	// ID is what the sender calls the message; empty if it calls it nothing.
	ID string
	// From is the sender. From.Member is the same for somebody who comes back, and From.Nick the
	// name that the message will have. From.Bot is true for apps (hooks), and From.Guest for who is no
	// member.
	From protocol.Member
	// Content is the text. A filter may change it, to text of at most Limits.MaxContent
	// characters. It is empty for files without a text.
	Content string
	// ReplyTo is the message to which this one replies; 0 for none.
	ReplyTo uint64
	// Edits is the earlier message of the sender whose text becomes Content; 0 for a new message.
	Edits uint64
	// Files are the files of the message. A filter can't change them.
	Files []protocol.File
}

// filter returns the filter of the rooms; nil if there is none.
func (o *Options) filter() room.Filter {
	if o.Filter == nil {
		return nil
	}
	return func(ctx context.Context, f room.Filtered) (string, error) {
		return callback(ctx, o.Log, "Filter", protocol.Refused, func(ctx context.Context) (string, error) {
			m := Message{Room: f.Room, ID: f.ID, From: f.From, Content: f.Content, ReplyTo: f.ReplyTo, Edits: f.Edits, Files: append([]protocol.File(nil), f.Files...)}
			err := o.Filter(ctx, &m)
			return m.Content, err
		})
	}
}
