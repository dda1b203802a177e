package memory

import (
	"bytes"
	"slices"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// room is one log. Its fields are guarded by Journal.mu.
type room struct {
	log        uint64 // distinguishes it from all other logs
	generation uint64
	entries    []*journal.Entry // contiguous, up to head; shared with readers
	head       uint64
	at         time.Time // by the log's clock, which never runs backwards
	state      map[string][]byte
	known      map[commandKey]command
	order      []commandKey // the keys of known, oldest first

	files map[string]*file // by ID

	messages, bytes int64     // see journal.RoomInfo
	said            time.Time // see journal.RoomInfo

	ended  bool        // it was closed
	feeds  int         // how many followers there are
	used   time.Time   // when it was last used without a follower
	forget *time.Timer // runs while there is no follower
}

// commandKey is what a repeat of a command has in common with it.
type commandKey struct{ member, id string }

// command is an accepted command, by which a repeat is recognised.
type command struct {
	seq    uint64
	at     time.Time
	digest journal.Digest
}

// checkConditions checks the draft's conditions, its target and its files. The error is
// ErrChanged, ErrGone or ErrNoSpace if they don't hold.
func (r *room) checkConditions(d *journal.Draft) error {
	if err := d.InTime(r.at); err != nil {
		return err
	}
	for _, c := range d.If {
		value, there := r.state[c.Key]
		if there != (c.Value != nil) || !bytes.Equal(value, c.Value) {
			return journal.ErrChanged
		}
	}
	if err := r.checkFiles(d); err != nil {
		return err
	}
	target := d.Event.Target
	if target == 0 || d.StateOnly {
		return nil
	}
	if target < r.first() || target > r.head {
		return journal.ErrGone
	}
	if e := r.entries[target-r.first()]; !journal.IsMessage(e.Type, e.Body) {
		return journal.ErrGone
	}
	return nil
}

// change makes changes to the room's state.
func (r *room) change(changes []journal.Change) {
	for _, c := range changes {
		if c.Value == nil {
			delete(r.state, c.Key)
		} else {
			r.state[c.Key] = c.Value
		}
	}
}

// erase erases a message and its edits. It replaces the entries, because readers may have
// the old ones.
func (r *room) erase(target uint64) {
	r.entries = slices.Clone(r.entries)
	for i, e := range r.entries {
		if e.Seq == target || (e.Type == protocol.EventEdited && e.Target == target) {
			erased := *e
			erased.Erase()
			r.count(e, -1)
			r.count(&erased, 1)
			r.entries[i] = &erased
		}
	}
}

// count adds an entry to the room's statistics, or subtracts it if n is -1.
func (r *room) count(e *journal.Entry, n int64) {
	if journal.IsMessage(e.Type, e.Body) {
		r.messages += n
	}
	r.bytes += n * int64(len(e.Body)+len(e.Private))
}

// first returns the seq of the oldest entry kept.
func (r *room) first() uint64 { return r.head - uint64(len(r.entries)) + 1 }

// dropExpired forgets the commands whose repeats are no longer recognised.
func (r *room) dropExpired() {
	for len(r.order) > 0 {
		f := r.known[r.order[0]]
		if journal.StillKnown(f.seq, r.head, f.at, r.at) {
			return
		}
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
}
