package room

import (
	"context"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"snug/internal/journal"
	"snug/internal/room/mention"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Message is a new message.
type Message struct {
	ID      string // the sender's, which makes a retry safe; empty in plain
	Author  string // the nick that the message has; empty for the member's own
	Content string
	ReplyTo uint64
	Files   []string // IDs, for SendFiles
	Alts    []string // what they show, in their order; may be shorter than Files
	As      string   // of a hook: who its sender says it is; what isn't valid as a nick is dropped
}

// Send checks m, and has the filter decide about it, if there is one. The error is a
// [*protocol.Error].
func (p *Participant) Send(ctx context.Context, m Message) (Draft, error) { return p.send(ctx, m, nil) }

// send checks m, with files unless a is nil.
func (p *Participant) send(ctx context.Context, m Message, a *messageFiles) (Draft, error) {
	if m.Content == "" && a == nil {
		return Draft{}, empty()
	}
	if err := p.checkMessage(ctx, &m); err != nil {
		return Draft{}, err
	}
	body := protocol.MessageBody{Content: m.Content, ReplyTo: m.ReplyTo}
	if p.hook != nil && m.As != "" {
		if as, err := FitNick(m.As); err == nil && as.Shown != p.hook.Name {
			body.As = as.Shown
		}
	}
	if a != nil {
		body.Files = a.files
	}
	from := p.You()
	if m.Author != "" {
		from.Nick = m.Author
	}
	var refusal *protocol.Error
	if a != nil {
		refusal = a.refusal
	}
	var reserved turn
	if refusal == nil {
		reserved, refusal = p.reserveTurn(from.Role)
	}
	if refusal == nil { // last: the filter isn't asked about what is refused anyway
		body.Content, refusal = p.filter(ctx, Filtered{ID: m.ID, From: from, Content: m.Content, ReplyTo: m.ReplyTo, Files: body.Files})
	}
	d := p.messageDraft(m.ID, body, m.Content)
	if m.Author != "" {
		d.Event.From.Nick = m.Author
	}
	if p.hook != nil {
		asHook(&d, p.hook)
	}
	if a != nil {
		d.Files, d.DedupBody = a.ids, a.sent
	}
	draft, err := decide(d, refusal)
	draft.turn = reserved
	if a != nil {
		draft.gone = notYours("")
	}
	if err != nil {
		reserved.giveBack()
	}
	return draft, err
}

// CheckSend returns why a message would be refused whose files aren't stored yet, so that what is refused
// leaves none. Send may refuse it all the same. The error is a [*protocol.Error].
func (p *Participant) CheckSend(ctx context.Context, m Message) error {
	if err := p.checkMessage(ctx, &m); err != nil {
		return err
	}
	if e := p.slowMode(p.You().Role, p.spoke.Load(), time.Now()); e != nil {
		return e
	}
	return nil
}

// checkMessage checks what a message says. It reads the journal if m is a reply.
func (p *Participant) checkMessage(ctx context.Context, m *Message) error {
	if err := p.checkLength(m.Content, m.Alts...); err != nil {
		return err
	}
	if m.ReplyTo == 0 {
		return nil
	}
	if head := p.room.Head(); m.ReplyTo > head {
		return protocol.Errorf(protocol.NotFound, "there is no message %d to reply to: the last one is %d", m.ReplyTo, head)
	}
	switch e, refusal := p.entry(ctx, m.ReplyTo); {
	case refusal != nil:
		return refusal
	case e != nil && e.Type != protocol.EventMessage: // one that is no longer kept is answered all the same
		return protocol.Errorf(protocol.NotFound, "event %d is no message, so there is nothing to reply to", m.ReplyTo)
	}
	return nil
}

// messageDraft returns the draft of a message, with whom it mentions. content is what its sender
// has sent.
func (p *Participant) messageDraft(id string, body protocol.MessageBody, content string) journal.Draft {
	sent := body
	sent.Content = content
	body.Mentions = mention.Find(body.Content, p.room.mentionable.named, protocol.MaxMentions)
	d := p.draft(protocol.EventMessage, id, body.Encode())
	if body.Mentions != nil || body.Content != content {
		d.DedupBody = sent.Encode() // a repeat may find others in the room, and be changed otherwise
	}
	return d
}

// Edit checks that message seq is the member's own and may have new content, about which the
// filter decides. It reads the journal. The error is a [*protocol.Error].
func (p *Participant) Edit(ctx context.Context, id string, seq uint64, content string) (Draft, error) {
	if err := p.checkLength(content); err != nil {
		return Draft{}, err
	}
	d := p.draft(protocol.EventEdited, id, protocol.EditedBody{Content: content}.Encode())
	d.Event.Target = seq
	message, refusal := p.message(ctx, seq)
	switch {
	case refusal != nil:
	case message.From.Member != p.You().Member:
		refusal = protocol.Errorf(protocol.Forbidden, "message %d is not yours: only its sender can edit it", seq)
	case content == "" && !mayBeEmpty(message):
		refusal = empty()
	}
	if refusal == nil {
		var accepted string
		if accepted, refusal = p.filter(ctx, Filtered{ID: id, From: p.You(), Content: content, Edits: seq}); accepted != content {
			d.DedupBody, d.Event.Body = d.Event.Body, protocol.EditedBody{Content: accepted}.Encode()
		}
	}
	return decide(d, refusal)
}

// Delete checks that the member may erase message seq: its own or a hook's that it has
// made, or as a moderator anyone's. It reads the journal. The error is a [*protocol.Error].
func (p *Participant) Delete(ctx context.Context, id string, seq uint64) (Draft, error) {
	message, refusal := p.message(ctx, seq)
	own := refusal == nil && (message.From.Member == p.You().Member || message.From.Bot && p.madeBy(ctx, message.From.Member))
	if refusal == nil && !own {
		err := p.checkModerator(ctx, protocol.Errorf(protocol.Forbidden, "message %d is not yours: its sender, a moderator or the owner can erase it", seq))
		if err != nil {
			refusal = Refusal(err)
		}
	}
	me := p.you.Load() // before the draft: the journal notices a role that is lost meanwhile
	d := p.draft(protocol.EventDeleted, id, nil)
	d.Event.Target, d.State = seq, []journal.Change{policy.Unpin(seq)}
	if !own {
		d.If = []journal.Condition{policy.RoleIs(me.Member.Member, me.stored)}
	}
	return decide(d, refusal)
}

// React adds an emoji to message seq, or takes it back.
func (p *Participant) React(id string, seq uint64, emoji string, remove bool) (Draft, error) {
	sent := protocol.ReactedBody{Emoji: emoji, Remove: remove}
	stored := sent
	stored.Emoji = protocol.CanonicalEmoji(emoji)
	d := p.draft(protocol.EventReacted, id, stored.Encode())
	if stored != sent {
		d.DedupBody = sent.Encode() // a repeat is what was sent, also to an older server
	}
	d.Event.Target = seq
	return decide(d, nil)
}

func empty() *protocol.Error {
	return protocol.Errorf(protocol.Empty, "the message is empty: it needs content")
}

// checkLength checks the length of a message: its content, and the alternative texts of its
// files.
func (p *Participant) checkLength(content string, alts ...string) error {
	n, limit := utf8.RuneCountInString(content), p.room.registry.options.MaxChars
	for _, alt := range alts {
		n += utf8.RuneCountInString(alt)
	}
	if limit > 0 && n > limit {
		return protocol.Errorf(protocol.TooLong, "the message has %d characters: at most %d", n, limit)
	}
	return nil
}

// message returns message seq. It may be an erased one: whether that can be changed is for the journal to say.
func (p *Participant) message(ctx context.Context, seq uint64) (*journal.Entry, *protocol.Error) {
	e, refusal := p.entry(ctx, seq)
	if refusal == nil && (e == nil || e.Type != protocol.EventMessage) {
		return nil, protocol.Errorf(protocol.NotFound, "there is no message %d, or it is no longer kept", seq)
	}
	return e, refusal
}

// mayBeEmpty reports whether an edit may leave a message without content: if it has files. An erased message passes,
// too: the journal refuses its edit.
func mayBeEmpty(message *journal.Entry) bool {
	body, err := message.Message()
	return err == nil && (len(body.Files) > 0 || body.Deleted)
}

// entry returns entry seq of the room's log; nil if it isn't there or is no longer kept.
func (p *Participant) entry(ctx context.Context, seq uint64) (*journal.Entry, *protocol.Error) {
	page, err := p.room.journal.ReadAfter(ctx, string(p.room.code), seq-1, 1)
	if err != nil {
		p.room.log().Error("an event can't be read", "seq", seq, "err", err)
		return nil, Refusal(err)
	}
	if len(page) == 0 || page[0].Seq != seq {
		return nil, nil //nolint:nilnil // as documented
	}
	return &page[0], nil
}

// turn is a member's turn to send a message in slow mode. The zero turn is of a room
// that isn't in slow mode.
type turn struct {
	of       *lastTurn
	at, last *time.Time // this turn, and the one before
}

// lastTurn is when a member last had a turn.
type lastTurn = atomic.Pointer[time.Time]

// pause returns how long the member waits after each message: 0 unless the room is in slow mode. Moderators,
// owners, hooks, which have a rate of their own, and the program that embeds the server never wait.
func (p *Participant) pause(role protocol.Role) time.Duration {
	if p.You().Bot || policy.AtLeast(role, protocol.RoleModerator) {
		return 0
	}
	return time.Duration(p.room.slowMS.Load()) * time.Millisecond
}

// slowMode returns why the member has no turn now, which had its last one at last; nil if it has one.
func (p *Participant) slowMode(role protocol.Role, last *time.Time, now time.Time) *protocol.Error {
	pause := p.pause(role)
	if last == nil || now.Sub(*last) >= pause {
		return nil
	}
	e := protocol.Errorf(protocol.SlowMode, "the room is in slow mode: one message in %v from each", pause)
	e.RetryAfter = pause - now.Sub(*last)
	return e
}

// reserveTurn takes the member's turn if the room is in slow mode, or says that it must wait.
func (p *Participant) reserveTurn(role protocol.Role) (turn, *protocol.Error) {
	if p.pause(role) == 0 {
		return turn{}, nil
	}
	for {
		now, last := time.Now(), p.spoke.Load()
		if e := p.slowMode(role, last, now); e != nil {
			return turn{}, e
		}
		if p.spoke.CompareAndSwap(last, &now) {
			return turn{p.spoke, &now, last}, nil
		}
	}
}

// giveBack gives back a turn that was not used.
func (t turn) giveBack() {
	if t.of != nil {
		t.of.CompareAndSwap(t.at, t.last)
	}
}
