package room

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"snug/internal/archive"
	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Imported is what an import has done.
type Imported struct {
	Messages int  `json:"messages"` // that were added
	Changes  int  `json:"changes"`  // edits, deletions and reactions that were added
	Known    int  `json:"known"`    // items that an earlier import of the file had added
	Skipped  int  `json:"skipped"`  // items that add nothing: erased messages, changes of them, moderation
	Complete bool `json:"complete"` // the file is a whole export, or none
}

// Import adds the messages of a file in JSON Lines to a room, in the operator's name, with
// their edits, deletions and reactions. The room need not exist. A message has the nick of its
// author, the time at which it was sent in a field of its own, and a member that nobody can be.
// Nobody is told of an import but by its messages.
//
// What was added before an error stays. Importing the file again adds only the rest: each
// entry's ID names the file and the item, and Import first reads what the room has of it. At
// most one import into a room is under way on a node. The error may be a [*protocol.Error] or
// an [*archive.LineError].
func (g *Registry) Import(ctx context.Context, code Code, r io.Reader) (Imported, error) {
	if !g.beginImport(code) {
		return Imported{}, protocol.Errorf(protocol.TooMany, "an import into room %q is under way: wait for its end", code)
	}
	defer g.endImport(code)
	i := &importing{registry: g, room: string(code), file: archive.NewReader(r), known: make(map[uint64]uint32), files: make(map[uint64][]string)}
	err := i.run(ctx)
	if err == nil || errors.Is(err, io.EOF) {
		i.done.Complete = i.file.Complete()
		return i.done, nil
	}
	return i.done, fmt.Errorf("import into room %q: %w", code, err)
}

func (g *Registry) beginImport(code Code) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.imports[code] {
		return false
	}
	if g.imports == nil {
		g.imports = make(map[Code]bool)
	}
	g.imports[code] = true
	return true
}

func (g *Registry) endImport(code Code) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.imports, code)
}

// importedMember begins the members of imported messages and the IDs of imported entries. No
// seat, token, hook or guest has such a member.
const importedMember = "import-"

// importWindow is how many drafts of an import are in flight at once.
const importWindow = 256

// maxAhead is how far the clocks of other servers, and of those who wrote a time without its zone, may be ahead.
const maxAhead = 24 * time.Hour

// importing is an import under way.
type importing struct {
	registry *Registry
	room     string
	file     *archive.Reader
	done     Imported

	places  places              // of the file's items in the room's log
	known   map[uint64]uint32   // the hashes of the items that were there already, by their numbers, for those that have one
	files   map[uint64][]string // the names of the files that messages have, by the messages' numbers
	pending []pendingItem
}

// pendingItem is an item whose outcome isn't known yet.
type pendingItem struct {
	number  uint64
	line    int
	message bool
	outcome chan committed
}

type committed struct {
	journal.Outcome
	err error
}

func (i *importing) run(ctx context.Context) error {
	for first := true; ; first = false {
		item, err := i.file.Next()
		if err == nil && first {
			err = i.begin(ctx)
		}
		if err == nil {
			err = i.add(ctx, &item)
		}
		if err != nil {
			return cmp.Or(i.settle(ctx), err) // first what comes earlier in the file
		}
	}
}

// begin finds what the room has of the file.
func (i *importing) begin(ctx context.Context) error {
	if err := catchUpWithOthers(ctx, i.registry.options.Journal); err != nil { // or an earlier import on another node could be missed
		return fmt.Errorf("catch up with the other nodes: %w", err)
	}
	s, feed, err := i.registry.options.Journal.Follow(ctx, i.room)
	if err != nil {
		return err
	}
	feed.Close()
	if wait := time.Until(s.Closed); wait > 0 {
		return closedRoom(wait)
	}
	if i.file.Epoch == s.Epoch && i.file.Head >= s.First {
		return protocol.Errorf(protocol.IDConflict, "the file is an export of this very room, which still has messages of it")
	}
	prefix := importedMember + i.file.File() + "-"
	for after := uint64(0); ; {
		page, err := i.registry.options.Journal.ReadAfter(ctx, i.room, after, operatorPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for n := range page {
			e := &page[n]
			after = e.Seq
			if rest, ok := strings.CutPrefix(e.ID, prefix); ok && strings.HasPrefix(e.From.Member, importedMember) {
				i.note(rest, e.Seq)
			}
		}
	}
}

// note notes an entry that an earlier import has added. id is the end of its ID.
func (i *importing) note(id string, seq uint64) {
	digits, hash, hashed := strings.Cut(id, "-")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || !i.places.add(number, seq) {
		return
	}
	if h, err := strconv.ParseUint(hash, 16, 32); hashed && err == nil {
		i.known[number] = uint32(h)
	}
}

// id returns the ID of the entry of an item.
func (i *importing) id(item *archive.Item) string {
	id := importedMember + i.file.File() + "-" + strconv.FormatUint(item.Number, 10)
	if item.Hash != 0 {
		id += "-" + strconv.FormatUint(uint64(item.Hash), 16)
	}
	return id
}

// add adds an item, unless it is there or adds nothing.
func (i *importing) add(ctx context.Context, item *archive.Item) error {
	if i.places.of(item.Number) != 0 {
		if hash, hashed := i.known[item.Number]; hashed && hash != item.Hash {
			return &archive.LineError{Line: item.Line, Why: "another file that begins with the same line was imported here: change the first line"}
		}
		if body, err := item.Event.Message(); err == nil && item.Event.Type == protocol.EventMessage {
			i.noteFiles(item.Number, body.Files) // for edits that aren't there yet
		}
		i.done.Known++
		return nil
	}
	d, adds, err := i.draft(ctx, item)
	if err != nil {
		return err
	}
	if !adds {
		i.done.Skipped++
		return nil
	}
	p := pendingItem{number: item.Number, line: item.Line, message: d.Event.Type == protocol.EventMessage, outcome: make(chan committed, 1)}
	if err := i.registry.options.Journal.Append(ctx, d, func(o journal.Outcome, err error) { p.outcome <- committed{o, err} }); err != nil {
		return err
	}
	if i.pending = append(i.pending, p); len(i.pending) >= importWindow {
		return i.settle(ctx)
	}
	return nil
}

// settle waits for what is in flight.
func (i *importing) settle(ctx context.Context) error {
	pending := i.pending
	i.pending = nil
	var failed error
	for _, p := range pending {
		var c committed
		select {
		case c = <-p.outcome:
		case <-ctx.Done():
			return ctx.Err()
		}
		switch {
		case errors.Is(c.err, journal.ErrGone): // its message was erased meanwhile
			i.done.Skipped++
		case c.err != nil:
			if failed == nil {
				failed = &archive.LineError{Line: p.line, Why: Refusal(c.err).Message}
			}
		case c.Duplicate:
			i.places.add(p.number, c.Seq)
			i.done.Known++
		default:
			i.places.add(p.number, c.Seq)
			if p.message {
				i.done.Messages++
			} else {
				i.done.Changes++
			}
		}
	}
	return failed
}

// place returns the seq of the entry of an item; 0 if it has none.
func (i *importing) place(ctx context.Context, number uint64) (uint64, error) {
	if len(i.pending) > 0 && number >= i.pending[0].number {
		if err := i.settle(ctx); err != nil {
			return 0, err
		}
	}
	return i.places.of(number), nil
}

// draft returns the draft of an item. adds reports whether it has one.
func (i *importing) draft(ctx context.Context, item *archive.Item) (d journal.Draft, adds bool, err error) {
	wrong := func(format string, args ...any) (journal.Draft, bool, error) {
		return d, false, &archive.LineError{Line: item.Line, Why: fmt.Sprintf(format, args...)}
	}
	e := &item.Event
	d = journal.Draft{Room: i.room, Once: true, Event: protocol.Event{Type: e.Type, ID: i.id(item), From: importedFrom(e.From)}}
	switch e.Type {
	case protocol.EventMessage:
		body, err := e.Message()
		if err != nil {
			return wrong("it is no message: %v", err)
		}
		if body.Deleted {
			return d, false, nil
		}
		i.noteFiles(item.Number, body.Files)
		body.Content = i.withFiles(body.Content, item.Number)
		body.Files, body.Mentions = nil, nil // the members are another room's
		if why := i.tooLong(body.Content); why != "" {
			return wrong("%s", why)
		}
		if body.SentAt == nil {
			body.SentAt = &e.At
		}
		switch {
		case body.SentAt.IsZero():
			return wrong(`"at" is missing, or is in the year 1: it says when the message was sent`)
		case time.Until(*body.SentAt) > maxAhead:
			return wrong(`"at" is %s, which is in the future: it says when the message was sent`, body.SentAt.UTC().Format(protocol.TimeLayout))
		}
		if as, err := FitNick(body.As); err != nil || !d.Event.From.Bot {
			body.As = ""
		} else {
			body.As = as.Shown
		}
		if body.ReplyTo, err = i.place(ctx, body.ReplyTo); err != nil {
			return d, false, err
		}
		d.Event.Body = body.Encode()
		return d, true, nil
	case protocol.EventEdited:
		body, err := e.Edited()
		if err != nil {
			return wrong("it is no edit: %v", err)
		}
		if body.Erased {
			return d, false, nil
		}
		body.Content = i.withFiles(body.Content, e.Target)
		if why := i.tooLong(body.Content); why != "" {
			return wrong("%s", why)
		}
		d.Event.Body = body.Encode()
	case protocol.EventReacted:
		body, err := e.Reacted()
		if err != nil || !isEmoji(body.Emoji) {
			return wrong("it is no reaction: an emoji has up to %d characters, without spaces", protocol.MaxEmojiChars)
		}
		d.Event.Body = protocol.ReactedBody{Emoji: protocol.CanonicalEmoji(body.Emoji), Remove: body.Remove}.Encode()
	case protocol.EventDeleted:
	default:
		return d, false, nil
	}
	if d.Event.Target, err = i.place(ctx, e.Target); err != nil || d.Event.Target == 0 {
		return d, false, err
	}
	if e.Type == protocol.EventDeleted {
		d.State = []journal.Change{policy.Unpin(d.Event.Target)}
	}
	return d, true, nil
}

// noteFiles notes the names of the files of message number, which its edits don't have.
func (i *importing) noteFiles(number uint64, files []protocol.File) {
	for _, f := range files {
		i.files[number] = append(i.files[number], f.Name)
	}
}

// withFiles returns the content of a message, followed by the names of its files as far as they fit: an archive has
// nothing else of them.
func (i *importing) withFiles(content string, number uint64) string {
	for _, name := range i.files[number] {
		if named := strings.TrimPrefix(content+"\n["+name+"]", "\n"); i.tooLong(named) == "" {
			content = named
		}
	}
	return content
}

// tooLong returns what is wrong with the length of a message; nothing if it is right.
func (i *importing) tooLong(content string) string {
	limit := i.registry.options.MaxChars
	switch n := utf8.RuneCountInString(content); {
	case n == 0:
		return "the message is empty: it needs content"
	case limit > 0 && n > limit:
		return fmt.Sprintf("the message has %d characters: at most %d (the server's --max-content)", n, limit)
	}
	return ""
}

// isEmoji reports whether a reaction can have this emoji.
func isEmoji(emoji string) bool {
	return emoji != "" && utf8.RuneCountInString(emoji) <= protocol.MaxEmojiChars && !strings.ContainsFunc(emoji, func(r rune) bool { return r <= ' ' || r >= 0x7f && r <= 0xa0 })
}

// importedFrom returns the member of an imported event: its nick where that is valid, its
// marks, and no role. The ID is a hash of the original one, so that the same person is one
// member, and begins as no other does: if it stayed as it is, a file could speak for members of
// the room, who could then edit what they never said.
func importedFrom(m protocol.Member) protocol.Member {
	hash := sha256.Sum256([]byte("imported member " + m.Member))
	from := protocol.Member{Member: importedMember + hex.EncodeToString(hash[:10]), Nick: "imported", Role: protocol.RoleMember, Guest: m.Guest, Bot: m.Bot}
	if n, err := FitNick(m.Nick); err == nil {
		from.Nick = n.Shown
	}
	return from
}
