package archive

import (
	"context"
	"strings"
	"time"

	"snug/internal/text"
	"snug/protocol"
)

// shown is a message as it is now.
type shown struct {
	seq     uint64
	at      time.Time // in UTC
	nick    string
	as      string
	kind    string // of the sender, if it isn't a plain member: owner, moderator, guest, app
	content string
	edited  bool
	erased  bool
	action  bool // content is what the sender does
	answers *quoted
	tallies []tally
}

// quoted is the message that another one answers.
type quoted struct {
	seq   uint64
	nick  string // empty if the message isn't kept
	words string // its beginning, in one line; empty if it isn't known
}

// quoteChars is how much of a message is quoted.
const quoteChars = 120

// renderer writes what a room shows.
type renderer interface {
	day(at time.Time)
	message(m *shown)
	moderation(at time.Time, words string)
	gap(g protocol.Gap)
}

// fold reads the room's log and passes what it shows to r.
func fold(ctx context.Context, log Log, room Room, out *output, r renderer) error {
	return foldWithin(ctx, log, room, out, r, changesBytes)
}

func foldWithin(ctx context.Context, log Log, room Room, out *output, r renderer, limit int) error {
	f := folding{ctx: ctx, log: log, to: r}
	for after := room.First - 1; after < room.Head; after = f.changes.until - 1 {
		var err error
		if f.changes, err = collect(ctx, log, after, room.Head, limit, out.flushed); err != nil {
			return err
		}
		f.from = after
		if err := walk(ctx, log, after, f.changes.until-1, f.show, r.gap, func() error {
			if f.err != nil {
				return f.err
			}
			return out.page()
		}); err != nil {
			return err
		}
	}
	return nil
}

// folding is the state of fold.
type folding struct {
	ctx     context.Context
	log     Log
	to      renderer
	changes *changes // of the messages of this round
	from    uint64   // the seq before them
	today   string
	err     error // of looking up a message that another one answers
}

func (f *folding) show(e *protocol.Event) {
	switch e.Type {
	case protocol.EventModerated:
		if words := text.ModerationIn(e, time.UTC); words != "" {
			f.dayOf(e.At.UTC())
			f.to.moderation(e.At.UTC(), words)
		}
	case protocol.EventMessage:
		body, err := e.Message()
		if err != nil {
			return
		}
		m := f.messageOf(e, body)
		f.dayOf(m.at)
		f.to.message(m)
	}
}

func (f *folding) dayOf(at time.Time) {
	if day := at.Format(time.DateOnly); day != f.today {
		f.today = day
		f.to.day(at)
	}
}

func (f *folding) messageOf(e *protocol.Event, body protocol.MessageBody) *shown {
	m := &shown{seq: e.Seq, at: e.At.UTC(), nick: e.From.Nick, as: body.As, kind: kindOf(e.From), content: body.Content, erased: body.Deleted}
	if body.SentAt != nil {
		m.at = body.SentAt.UTC()
	}
	if m.erased {
		return m
	}
	change := f.changes.of[e.Seq]
	if change != nil && change.edited {
		m.edited, m.content = true, change.content
	}
	m.tallies = change.tallies()
	if body.ReplyTo != 0 {
		m.answers = f.quote(body.ReplyTo)
	}
	m.content, m.action = strings.CutPrefix(m.content, "/me ")
	lines := text.Files(body.Files, nil)
	if m.content != "" {
		lines = append([]string{m.content}, lines...)
	}
	m.content = strings.Join(lines, "\n")
	return m
}

func kindOf(m protocol.Member) string {
	switch {
	case m.Bot:
		return "app"
	case m.Guest:
		return "guest"
	case m.Role != protocol.RoleMember:
		return string(m.Role)
	}
	return ""
}

// quote returns the message seq as it is quoted.
func (f *folding) quote(seq uint64) *quoted {
	q := &quoted{seq: seq}
	page, err := f.log.ReadAfter(f.ctx, seq-1, 1)
	if err != nil {
		f.err = err
		return q
	}
	if len(page.Events) == 0 || page.Events[0].Seq != seq || page.Events[0].Type != protocol.EventMessage {
		return q
	}
	e := &page.Events[0]
	body, err := e.Message()
	q.nick = e.From.Nick
	switch {
	case err != nil || seq <= f.from: // its edits aren't known any more
	case body.Deleted:
		q.words = "erased"
	default:
		if c := f.changes.of[seq]; c != nil && c.edited {
			body.Content = c.content
		}
		words := []rune(strings.Join(strings.Fields(body.Content), " "))
		if len(words) > quoteChars {
			words = append(words[:quoteChars-1], '…')
		}
		q.words = string(words)
	}
	return q
}
