package room

import (
	"context"
	"unicode/utf8"

	"snug/protocol"
)

// Filter decides about a message, or an edit of one, before it goes to the journal: it returns the
// content that the message is to have, or why it is refused, a [*protocol.Error]. It is called by
// the goroutine that sends the message, which it may block until ctx ends, and by several at once.
// Of a command that is repeated, it decides again.
type Filter func(ctx context.Context, m Filtered) (content string, err error)

// Filtered is what a Filter decides about.
type Filtered struct {
	Room    string
	ID      string          // the sender's; empty for none
	From    protocol.Member // the sender, with the nick that the message will have
	Content string
	ReplyTo uint64
	Files   []protocol.File
	Edits   uint64 // the message that gets a new content; 0 for a new message
}

// filter returns the content that m is to have, or why m is refused.
func (p *Participant) filter(ctx context.Context, m Filtered) (string, *protocol.Error) {
	filter := p.room.registry.options.Filter
	if filter == nil {
		return m.Content, p.stillAdmitted(ctx)
	}
	m.Room = string(p.room.code)
	ctx, span := p.room.registry.options.Tracer.Start(ctx, "filter")
	content, err := filter(ctx, m)
	span.End(err)
	switch {
	case err != nil:
		return m.Content, Refusal(err)
	case content == m.Content:
		return content, p.stillAdmitted(ctx)
	case !utf8.ValidString(content), content == "" && len(m.Files) == 0, p.checkLength(content, alts(m.Files)...) != nil:
		p.room.log().Error("the filter of messages returned a content that no message can have: it is empty, too long or not UTF-8", "bytes", len(content))
		return m.Content, protocol.Errorf(protocol.Refused, "the message can't be sent: what this server makes of it is no message")
	}
	return content, p.stillAdmitted(ctx)
}

// stillAdmitted returns why a visitor may no longer act, such as somebody who was banned while a filter
// decided, or while their files came; nil if they may. Members with a connection lose that then, and so what they were sending.
func (p *Participant) stillAdmitted(ctx context.Context) *protocol.Error {
	if p.visitor == nil {
		return nil
	}
	refusal, err := ask(ctx, p.room, func() *protocol.Error {
		p.room.publish(p.room.feed.Take()) // with what those who remove them know to be committed
		return p.room.admitAgain(p.visitor)
	})
	if err != nil {
		return Refusal(err)
	}
	return refusal
}

// alts returns the alternative texts of files.
func alts(files []protocol.File) []string {
	var all []string
	for i := range files {
		all = append(all, files[i].Alt)
	}
	return all
}
