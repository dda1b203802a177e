package room

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// A file is stored first, in the journal, which also keeps its description: name, type and
// size. Then its uploader sends a message that names it. From then on whoever knows the file's
// ID can read it, until the message is erased or no longer kept.

// journalFiles returns the journal as one that holds files; nil if it doesn't.
func (g *Registry) journalFiles() journal.Files {
	files, _ := g.options.Journal.(journal.Files)
	return files
}

// noFiles is the refusal of a server that takes no files.
func noFiles() *protocol.Error {
	return protocol.Errorf(protocol.Forbidden, "this server takes no files")
}

// NewFile returns an empty file to write to. The caller calls StoreFile, or Discard of the
// file, in the end. size is how large it is going to be; 0 if unknown. The error is a
// [*protocol.Error].
func (p *Participant) NewFile(ctx context.Context, size int64) (journal.Upload, error) {
	files := p.room.registry.journalFiles()
	if files == nil || p.hook != nil || p.reads {
		return nil, noFiles()
	}
	if most := p.room.registry.options.MaxRoomFiles; most > 0 {
		used, err := files.FileBytes(ctx, string(p.room.code))
		if err != nil {
			return nil, p.fileRefusal(err)
		}
		if used >= most || size > most-used {
			return nil, noSpace()
		}
	}
	u, err := files.NewFile(ctx)
	if err != nil {
		return nil, p.fileRefusal(err)
	}
	return u, nil
}

// StoreFile makes the bytes of u a file of the member's, which Send can name. f describes it;
// its ID and size are filled in. It waits until the file is durable. The error is a
// [*protocol.Error]: the member may have been removed while the bytes came.
func (p *Participant) StoreFile(ctx context.Context, u journal.Upload, f protocol.File) (protocol.File, error) {
	if refusal := p.stillAdmitted(ctx); refusal != nil {
		return protocol.File{}, refusal
	}
	f.ID, f.Size = "", u.Size()
	info, err := json.Marshal(f)
	if err != nil {
		panic("room: a file's description can't be encoded: " + err.Error())
	}
	stored, err := u.Store(ctx, journal.NewFile{
		Room: string(p.room.code), Uploader: p.You().Member, Info: info, MaxRoom: p.room.registry.options.MaxRoomFiles,
	})
	if err != nil {
		return protocol.File{}, p.fileRefusal(err)
	}
	f.ID = stored.ID
	return f, nil
}

// fileRefusal returns what a client is told whose file can't be stored or read.
func (p *Participant) fileRefusal(err error) error {
	return p.room.registry.FileRefusal(string(p.room.code), err)
}

// FileRefusal returns what a client is told whose file can't be stored or read because of
// err: a [*protocol.Error], which may be wrapped.
func (g *Registry) FileRefusal(room string, err error) error {
	var refusal *protocol.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, journal.ErrNoSpace):
		g.options.Log.Warn("a file is refused, as there is no space for it", "room", room, "err", err)
		return noSpace()
	case errors.Is(err, journal.ErrGone):
		return noFile()
	case errors.Is(err, journal.ErrRoomClosed):
		return closedRoom(protocol.ClosedFor)
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, journal.ErrUnavailable) && !errors.Is(err, journal.ErrClosed):
		g.options.Log.Error("a file can't be stored or read", "room", room, "err", err)
	}
	e := protocol.Errorf(protocol.Unavailable, "the server can't store or read files now: try again in a while")
	e.RetryAfter = RetryAfter
	return e
}

// ErrNoSpace says that a file doesn't fit. Waiting alone doesn't help.
var ErrNoSpace = errors.New("no space")

// noSpace is the refusal of a file that doesn't fit: an ErrNoSpace and a [*protocol.Error].
func noSpace() error {
	return fmt.Errorf("%w: %w", ErrNoSpace,
		protocol.Errorf(protocol.TooMany, "there is no space for the file: delete messages with files that nobody needs, or ask the server's operator"))
}

func noFile() *protocol.Error {
	return protocol.Errorf(protocol.NotFound, "there is no such file, or its message is erased")
}

// notYours is the refusal of a message with a file that it can't have.
func notYours(id string) *protocol.Error {
	if id != "" {
		id = " " + strconv.Quote(id)
	}
	return protocol.Errorf(protocol.NotFound, "you have no file%s that belongs to no message yet: upload it, and send the message within an hour", id)
}

// SendFiles checks a message that may have files, which the member has stored. sent is what a repeat of
// the command has in common with it: nil for the IDs. It reads the journal. The error is a
// [*protocol.Error].
func (p *Participant) SendFiles(ctx context.Context, m Message, sent []string) (Draft, error) {
	ids := m.Files
	if len(ids) == 0 {
		return p.Send(ctx, m)
	}
	if sent == nil {
		sent = ids
	}
	files := p.room.registry.journalFiles()
	if files == nil || p.hook != nil {
		return Draft{}, noFiles()
	}
	a := messageFiles{ids: ids, sent: sentFiles(m, sent)}
	for i, id := range ids {
		f, info, err := p.room.registry.statFile(ctx, p.room.code, id)
		if err == nil && f.Uploader != p.You().Member {
			err = journal.ErrGone
		}
		switch {
		case errors.Is(err, journal.ErrGone):
			a.refusal = notYours(id) // unless the command is a repeat
		case err != nil:
			return Draft{}, p.fileRefusal(err)
		}
		if i < len(m.Alts) {
			info.Alt = m.Alts[i]
		}
		a.files = append(a.files, info)
	}
	return p.send(ctx, m, &a)
}

// IsRepeat reports whether a message with an ID, whose files aren't stored, repeats one that
// was accepted; sent is as in SendFiles. The error is a [*protocol.Error].
func (p *Participant) IsRepeat(ctx context.Context, m Message, sent []string) (o journal.Outcome, repeat bool, err error) {
	d := p.draft(protocol.EventMessage, m.ID, nil)
	if !d.Once {
		return o, false, nil
	}
	d.DedupBody = sentFiles(m, sent)
	isNew := protocol.Errorf(protocol.NotFound, "it is new")
	asked, err := decide(d, isNew)
	if err != nil {
		return o, false, err
	}
	o, err = p.Commit(ctx, asked)
	if errors.Is(err, isNew) {
		return o, false, nil
	}
	return o, err == nil, err
}

// messageFiles are the files of a message.
type messageFiles struct {
	ids     []string
	files   []protocol.File
	sent    []byte          // what a repeat has in common
	refusal *protocol.Error // why the message can't have them
}

// sentFiles returns what is compared to recognise the repeat of a message with files.
func sentFiles(m Message, sent []string) []byte {
	body, err := json.Marshal(struct {
		Content string   `json:"content"`
		ReplyTo uint64   `json:"reply_to"`
		Files   []string `json:"files"`
		Alts    []string `json:"alts,omitempty"`
	}{m.Content, m.ReplyTo, sent, m.Alts})
	if err != nil {
		panic("room: strings can't be encoded: " + err.Error())
	}
	return body
}

// statFile returns a file of a room, and its description. If this node may not know it yet,
// it catches up with the others. The error is the journal's.
func (g *Registry) statFile(ctx context.Context, code Code, id string) (journal.File, protocol.File, error) {
	var f journal.File
	gone := true
	err := find(ctx, g.options.Journal, func() (bool, error) {
		var err error
		f, err = g.journalFiles().StatFile(ctx, string(code), id)
		if gone = errors.Is(err, journal.ErrGone); gone {
			err = nil
		}
		return !gone, err
	})
	switch {
	case err != nil:
		return journal.File{}, protocol.File{}, err
	case gone:
		return journal.File{}, protocol.File{}, journal.ErrGone
	}
	described, err := describe(f)
	return f, described, err
}

// describe returns a file as clients see it.
func describe(f journal.File) (d protocol.File, err error) {
	if err := json.Unmarshal(f.Info, &d); err != nil {
		return d, fmt.Errorf("the description of a file: %w", err)
	}
	d.ID, d.Size = f.ID, f.Size
	return d, nil
}

// OpenFile opens a file of a room: its ID is enough. The caller closes the reader. The error
// is a [*protocol.Error], with code closed if the room is closed, and not-found if there is no
// such file (any more).
func (g *Registry) OpenFile(ctx context.Context, code Code, id string) (r io.ReadSeekCloser, f protocol.File, digest [32]byte, err error) {
	files := g.journalFiles()
	if files == nil {
		return nil, f, digest, noFile()
	}
	stored, f, err := g.statFile(ctx, code, id)
	if err == nil {
		r, _, err = files.OpenFile(ctx, string(code), id)
	}
	switch {
	case errors.Is(err, journal.ErrGone):
		return nil, f, digest, g.noFile(ctx, code)
	case err != nil:
		return nil, f, digest, g.FileRefusal(string(code), err)
	}
	return r, f, stored.Digest, nil
}

// noFile says why there is no such file in a room.
func (g *Registry) noFile(ctx context.Context, code Code) error {
	s, feed, err := g.options.Journal.Follow(ctx, string(code))
	if err != nil {
		return g.FileRefusal(string(code), err)
	}
	feed.Close()
	if left := time.Until(s.Closed); left > 0 {
		return closedRoom(left)
	}
	return noFile()
}
