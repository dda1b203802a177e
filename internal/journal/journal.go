// Package journal defines Snug's journal: the store of all rooms' logs, and the only
// place where messages get their order.
//
// A [Journal] holds one log for each room. It numbers the entries of a log 1, 2, 3, …
// without gaps. It guarantees that an entry is durable before anyone sees it, that a
// repeated command adds nothing, and that a room's followers get its entries in the
// order of the log. What a room must know without reading its log (roles, bans,
// settings) is its state, which an entry changes in the same transaction.
//
// This package has the interface, and the parts that the engines share: feeds, the
// queue of drafts, identities and digests, and the log of outages. It starts no
// goroutines; every engine owns its own, from Open to Close. The engines are the
// packages memory, local and jetstream in this directory. Package journaltest is the
// test suite that each of them passes.
package journal

import (
	"context"
	"errors"
	"time"

	"snug/protocol"
)

// Errors of a journal. Reading and opening may also return errors of the engine, which
// wrap those of the system.
var (
	// ErrClosed says that the journal is closed; nothing was appended.
	ErrClosed = errors.New("the journal is closed")
	// ErrUnavailable says that the outcome of an append is unknown: the entry is in
	// the log once or not at all. Appending it again with the same ID is safe.
	ErrUnavailable = errors.New("the journal can't accept entries now")
	// ErrConflict says that the same member has used the draft's ID for another
	// entry. Nothing was appended.
	ErrConflict = errors.New("the id was used for another entry")
	// ErrNotRepeat says that a draft with OnlyIfRepeat repeats nothing. Nothing
	// was appended.
	ErrNotRepeat = errors.New("it repeats no command that was accepted")
	// ErrChanged says that the room's state doesn't fulfil the draft's conditions.
	// Nothing was appended.
	ErrChanged = errors.New("the room has changed")
	// ErrGone says that the draft's target doesn't exist, is no message, or is
	// erased or pruned, or that one of its files can't be used. Nothing was appended.
	ErrGone = errors.New("the message or the file doesn't exist")
	// ErrRoomClosed says that the room was closed, and that its code can't be used
	// yet. Nothing was appended.
	ErrRoomClosed = errors.New("the room is closed")
)

// Entry is an event in the log.
type Entry struct {
	protocol.Event        // the public part
	Private        []byte // never sent to clients
}

// Journal holds a log for each room. Its methods are safe for concurrent use. A room
// needs no creation: every room that nobody has appended to is empty.
//
// The slices in drafts and entries may be shared: neither the journal nor its callers
// change them.
type Journal interface {
	// Append passes a draft to the journal, and the journal passes the outcome to
	// done. Drafts that one goroutine appends to one room keep their order. Append
	// waits only while the journal's queue is full, until ctx ends. If it returns an
	// error, which is ctx's or ErrClosed, done is not called.
	Append(ctx context.Context, d Draft, done Done) error

	// ReadAfter returns up to limit entries of the room in ascending order, beginning
	// with the oldest one kept whose seq is above after. It may return fewer to keep a
	// page small (see PageBytes), but it returns none only if there are none.
	ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]Entry, error)

	// ReadBefore is ReadAfter in the other direction: the entries, in ascending order
	// too, end with the newest one kept whose seq is below before.
	ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]Entry, error)

	// ReadMessages returns the messages of the room whose seqs are first to last, both
	// included, newest first. Those that are erased or no longer kept are left out. Each has
	// the content of its last edit (see Entry.ApplyEdit). It may return fewer, without the oldest
	// ones, to keep the page small (see PageBytes), but it returns none only if there are none.
	ReadMessages(ctx context.Context, room string, first, last uint64) ([]Entry, error)

	// Follow returns a snapshot of the room, and a feed of the entries after the
	// snapshot's head: no entry is missing, and none is in both. It waits for the
	// storage, until ctx ends. The caller closes the feed.
	Follow(ctx context.Context, room string) (Snapshot, *Feed, error)

	// Key returns 32 secret bytes for the given purpose. They stay the same for the
	// journal's whole life.
	Key(purpose string) []byte

	// Close commits what was appended, ends the journal's goroutines and releases its
	// storage. Feeds get no entries after it has returned. A second call returns
	// ErrClosed.
	Close() error
}

// PageBytes is about the most bytes that one read returns, however many entries the
// caller asks for.
const PageBytes = 256 << 10

// Size returns about how many bytes the entry's public part has in a frame.
func (e *Entry) Size() int {
	const fixedBytes = 160 // field names, and the fields whose length hardly differs
	return len(e.Body) + len(e.ID) + len(e.From.Member) + len(e.From.Nick) + fixedBytes
}

// Snapshot is a room's log at one moment.
type Snapshot struct {
	Epoch string            // names this log; another log has another epoch
	First uint64            // the oldest entry kept; Head+1 if none is
	Head  uint64            // the newest entry; 0 if there never was one
	State map[string][]byte // the result of all entries so far

	// Generation grows with each room that is closed under this code. It is 0 if none
	// was. What was given out for an earlier generation (a seat, a link) isn't valid for
	// this one.
	Generation uint64
	// Closed is until when drafts are refused with ErrRoomClosed, because a room with
	// this code was closed; zero if they aren't. It goes by the clock of this node or the
	// log's, whichever is ahead. The log's alone decides about a draft.
	Closed time.Time
}

// Millis truncates t to milliseconds, as a log stores it.
func Millis(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()) }
