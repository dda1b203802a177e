package journal

import (
	"time"

	"snug/protocol"
)

// Draft is an event that is not in the log yet. The journal decides what to do with it
// in this order: a closed room takes no draft; a repeat adds nothing; a draft with
// OnlyIfRepeat adds nothing; the time must be neither before NotBefore nor after NotAfter;
// the conditions in If must hold; if Event.Target isn't 0, it must be the seq of a message
// that is kept and not erased; the files in Files must be there.
//
// A draft of type [protocol.EventDeleted] erases its target: the body and the private
// part of the message, and of all its entries of type [protocol.EventEdited], and the
// message's files.
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

	// Files are the IDs of the files that belong to the entry, which must be a message. Each
	// must be one of the room's that Event.From.Member has stored and that belongs to no
	// entry yet; otherwise the error is ErrGone. The entry's body tells clients of them.
	Files []string

	// StateOnly makes the draft only change the room's state, if the conditions hold: it
	// adds no entry, and its outcome's Seq is 0. Of the event nothing is looked at, and
	// Once must not be set. Followers get the changes by Feed.TakeChanges.
	StateOnly bool

	// Began, if it isn't nil, is called when the commit begins that decides about the draft:
	// once and before Done, or not at all if there is no such commit. It must not block. It is not
	// stored.
	Began func()

	// NotBefore and NotAfter are conditions on the time by the log's clock, in
	// milliseconds: if it is before NotBefore, or after NotAfter, the error is
	// ErrChanged. A zero Time is no condition.
	NotBefore, NotAfter time.Time

	// Expire removes the room's entries that are older than this by the log's clock, or
	// all entries if it is negative; 0 removes none. It needs StateOnly. One draft
	// removes at most ExpireMax entries, the oldest ones: see Outcome.More. As with
	// pruning, the state, the IDs and the next seq stay, and feeds show the new oldest
	// entry by First.
	Expire time.Duration

	// Close makes the entry the last one of its log. The commit passes it to the
	// followers, and then removes all entries, IDs and state of the room, raises the
	// generation of its code, and refuses drafts for protocol.ClosedFor by the log's
	// clock, with ErrRoomClosed. The first draft that is accepted afterwards begins a
	// new, empty room with another epoch. State isn't looked at. It can't be combined
	// with StateOnly.
	Close bool

	// Record records a file of the room. It needs StateOnly. The error is ErrNoSpace if
	// Record.MaxRoom doesn't allow it.
	Record *Recording

	// DropFiles removes the room's files that belong to no entry and are older than
	// UnusedFor by the log's clock. It needs StateOnly.
	DropFiles bool
}

// ExpireMax is how many entries one draft with Expire removes at most.
const ExpireMax = 1000

// InTime returns ErrChanged if a time by the log's clock is before d.NotBefore or after
// d.NotAfter.
func (d *Draft) InTime(at time.Time) error {
	if !d.NotBefore.IsZero() && at.Before(Millis(d.NotBefore)) || !d.NotAfter.IsZero() && at.After(Millis(d.NotAfter)) {
		return ErrChanged
	}
	return nil
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

// Outcome is the result of appending a draft.
type Outcome struct {
	Seq       uint64 // of the entry; for a repeat, of the entry that it repeats
	Duplicate bool
	More      bool // of a draft with Expire: more entries are too old, and another draft would remove them
}

// Done receives the outcome of an append. It is called once, by a goroutine of the
// journal or by the caller's own, possibly before Append has returned. It must not
// block. err is nil, ErrConflict, ErrNotRepeat, ErrChanged, ErrGone,
// ErrNoSpace, ErrRoomClosed or ErrUnavailable.
type Done func(o Outcome, err error)
