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
	// erased or pruned. Nothing was appended.
	ErrGone = errors.New("the message doesn't exist")
)

// Draft is an event that is not in the log yet. The journal decides what to do with it
// in this order: a repeat adds nothing; a draft with OnlyIfRepeat adds nothing; the
// conditions in If must hold; if Event.Target isn't 0, it must be the seq of a message
// that is kept and not erased.
//
// A draft of type [protocol.EventDeleted] erases its target: the body and the private
// part of the message, and of all its entries of type [protocol.EventEdited].
type Draft struct {
	Room  string         // canonical room code
	Event protocol.Event // the journal sets Seq and At

	// Once makes a repeat of the draft add nothing. A repeat has the same Room,
	// Event.From.Member and Event.ID. It is recognised for the next
	// protocol.DuplicateSeqs events and for protocol.DuplicateTime by the log's clock.
	Once bool

	// OnlyIfRepeat asks whether the draft repeats a command that was accepted. The
	// draft adds nothing: its outcome is a Duplicate, or the error is ErrConflict
	// if its ID stands for another entry, or ErrNotRepeat. If and Event.Target are
	// not looked at. It needs Once; a draft without Once repeats nothing.
	OnlyIfRepeat bool

	// Private is stored with the entry and never sent to clients.
	Private []byte

	// DedupBody is compared in place of the event's body when the journal decides
	// whether the draft repeats another one. It is for drafts whose body differs from
	// the command, such as one with a time in it or without the password. It is not
	// stored; only a keyed digest of it is. Nil means the event's body.
	DedupBody []byte

	// If lists the conditions that the room's state must fulfil.
	If []Condition

	// State lists the changes that the entry makes to the room's state.
	State []Change

	// StateOnly makes the draft only change the room's state, if the conditions hold: it
	// adds no entry, and its outcome's Seq is 0. Of the event nothing is looked at, and
	// Once must not be set. Followers aren't told.
	StateOnly bool
}

// Condition requires that a key of a room's state has this value. A nil Value requires
// that the key isn't set.
type Condition struct {
	Key   string
	Value []byte
}

// Change sets one key of a room's state; a nil Value removes it.
type Change struct {
	Key   string
	Value []byte
}

// Entry is an event in the log.
type Entry struct {
	protocol.Event        // the public part
	Private        []byte // never sent to clients
}

// Outcome is the result of appending a draft.
type Outcome struct {
	Seq       uint64 // of the entry; for a repeat, of the entry that it repeats
	Duplicate bool
}

// Done receives the outcome of an append. It is called once, by a goroutine of the
// journal or by the caller's own, possibly before Append has returned. It must not
// block. err is nil, ErrConflict, ErrNotRepeat, ErrChanged, ErrGone or
// ErrUnavailable.
type Done func(o Outcome, err error)

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
}

// Millis truncates t to milliseconds, as a log stores it.
func Millis(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()) }
