// Package journal is the contract of Snug's log: the one place where messages
// are ordered and kept.
//
// A [Journal] holds a log for each room: entries numbered from 1 without a gap,
// by the journal and by nothing else. An entry is durable before anyone sees
// it, a repeated command adds nothing, and whoever follows a room gets its
// entries in the order of the log. What a room must know without reading its
// log (roles, bans, settings) is projected into its state in the same
// transaction.
//
// The engines are in the packages beside this one; journaltest is the suite
// that each of them passes.
package journal

import (
	"context"
	"errors"
	"time"

	"snug/protocol"
)

// Errors of a journal. Others that it returns, of reads and of opening, are
// the engine's and wrap what the system said.
var (
	// ErrClosed says that the journal is closed; nothing was appended.
	ErrClosed = errors.New("the journal is closed")
	// ErrUnavailable says that the outcome of an append is unknown: it is in
	// the log once or not at all. Appending it again with the same ID is safe.
	ErrUnavailable = errors.New("the journal can't take entries now")
	// ErrConflict says that the draft's ID stands for another entry of the
	// same member. Nothing was appended.
	ErrConflict = errors.New("the id stands for another entry")
	// ErrNotRepeat says that a draft with OnlyIfRepeat repeats nothing. Nothing
	// was appended.
	ErrNotRepeat = errors.New("it repeats no command that was accepted")
	// ErrChanged says that the room isn't what the draft's conditions ask for.
	// Nothing was appended.
	ErrChanged = errors.New("the room is no longer as it was")
	// ErrGone says that the message that the draft is about isn't there, or is
	// erased. Nothing was appended.
	ErrGone = errors.New("the message isn't there")
)

// Draft is an entry that has no place in the log yet. What becomes of it is
// decided in this order: a repeat adds nothing; a draft with OnlyIfRepeat adds
// nothing; If must hold; the message that Event.Target names, if it names one,
// must be kept and not erased.
//
// An [protocol.EventDeleted] erases its target: the body and the private part of
// the message and of all entries of the type [protocol.EventEdited] about it.
type Draft struct {
	Room  string         // canonical room code
	Event protocol.Event // Seq and At are the journal's to give

	// Once makes a repeat of the draft add nothing: it is recognised by Room,
	// Event.From.Member and Event.ID for protocol.DuplicateSeqs events and
	// protocol.DuplicateTime of the log's own time.
	Once bool

	// OnlyIfRepeat asks whether the draft repeats a command that was accepted. The
	// draft adds nothing: its outcome is a Duplicate, or the error is ErrConflict
	// if its ID stands for another entry, or ErrNotRepeat. If and Event.Target are
	// not looked at. It needs Once; a draft without Once repeats nothing.
	OnlyIfRepeat bool

	// Private is kept with the entry and never shown.
	Private []byte

	// DedupBody is compared in place of the event's body when the journal decides
	// whether the draft repeats another one. It is for drafts whose body differs from
	// the command, such as one with a time in it or without the password. It is not
	// stored; only a keyed digest of it is. Nil means the event's body.
	DedupBody []byte

	// If is what the room's state must be.
	If []Condition

	// State is what the entry changes in the room's state.
	State []Change
}

// Condition asks that a key of a room's state has a value; nil asks that it has
// none.
type Condition struct {
	Key   string
	Value []byte
}

// Change sets one key of a room's state; a nil Value removes it.
type Change struct {
	Key   string
	Value []byte
}

// Entry is a draft that has its place.
type Entry struct {
	protocol.Event        // the public part
	Private        []byte // the part that never reaches the wire
}

// Outcome says what became of a draft.
type Outcome struct {
	Seq       uint64 // of the entry, or of the first one if this was a repeat
	Duplicate bool
}

// Done is told the outcome of an append: once, from a goroutine of the
// journal's or the caller's own, possibly before Append has returned. It must
// not block. err is nil, ErrConflict, ErrNotRepeat, ErrChanged, ErrGone or
// ErrUnavailable.
type Done func(o Outcome, err error)

// Journal is a log for each room. Its methods are safe for concurrent use.
// A room comes into being by being named; one without entries is empty.
//
// The slices in drafts and entries belong to nobody: they may be shared, so
// neither the journal nor its callers change them.
type Journal interface {
	// Append hands a draft to the journal. Drafts of one goroutine for one
	// room are ordered as they were handed over. It waits only for room in the
	// journal's queue, until ctx ends; the outcome comes to done. If it returns
	// an error, ctx's or ErrClosed, done is not called.
	Append(ctx context.Context, d Draft, done Done) error

	// ReadAfter returns up to limit entries of the room, ascending, the first
	// of them the oldest kept with a seq above after. It may return fewer, to
	// keep a page small (see PageBytes), but none only if there are none.
	ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]Entry, error)

	// ReadBefore is ReadAfter in the other direction: the returned entries,
	// ascending too, end with the newest kept whose seq is below before.
	ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]Entry, error)

	// Follow returns the room as it is, and a feed of the entries that come
	// after its head: none is missing and none is in both. It waits for the
	// storage, until ctx ends. The caller closes the feed.
	Follow(ctx context.Context, room string) (Snapshot, *Feed, error)

	// Key returns 32 secret bytes for the given purpose. They are the same for
	// as long as the journal is.
	Key(purpose string) []byte

	// Close commits what was appended, ends the journal's goroutines and
	// releases its storage. Feeds get no more entries after it has returned.
	Close() error
}

// PageBytes is about how many bytes one read returns at the most, however many
// entries were asked for.
const PageBytes = 256 << 10

// Size is about how many bytes the entry's public part has on the wire.
func (e *Entry) Size() int {
	const besides = 160 // the names of the fields, and those that hardly differ
	return len(e.Body) + len(e.ID) + len(e.From.Member) + len(e.From.Nick) + besides
}

// Snapshot is a room's log at one moment.
type Snapshot struct {
	Epoch string            // which log this is; another one has another epoch
	First uint64            // the oldest entry kept; Head+1 if none is
	Head  uint64            // the newest entry; 0 if there never was one
	State map[string][]byte // what the entries so far have made of the room
}

// Millis cuts t to what a log keeps of it.
func Millis(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()) }
