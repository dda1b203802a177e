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
	generation uint64
	entries    []*journal.Entry // contiguous, the last one at head; readers may have them
	head       uint64
	at         time.Time // the log's clock
	state      map[string][]byte
	known      map[command]first
	order      []command // the keys of known, oldest first

	feeds  int         // who follows
	used   time.Time   // last, while nobody did
	forget *time.Timer // runs while nobody does
}

// command is what a repeat is recognised by, and first what it was then.
type (
	command struct{ member, id string }
	first   struct {
		seq    uint64
		at     time.Time
		digest journal.Digest
	}
)

// allows checks what the draft asks of the room: ErrChanged or ErrGone if it isn't
// so.
func (r *room) allows(d *journal.Draft) error {
	for _, c := range d.If {
		value, there := r.state[c.Key]
		if there != (c.Value != nil) || !bytes.Equal(value, c.Value) {
			return journal.ErrChanged
		}
	}
	target := d.Event.Target
	if target == 0 {
		return nil
	}
	if target < r.first() || target > r.head {
		return journal.ErrGone
	}
	if e := r.entries[target-r.first()]; !journal.Stands(e.Type, e.Body) {
		return journal.ErrGone
	}
	return nil
}

// erase erases a message and its edits, in copies: readers may have them.
func (r *room) erase(target uint64) {
	r.entries = slices.Clone(r.entries)
	for i, e := range r.entries {
		if e.Seq == target || (e.Type == protocol.EventEdited && e.Target == target) {
			erased := *e
			erased.Erase()
			r.entries[i] = &erased
		}
	}
}

// first returns the seq of the oldest entry kept.
func (r *room) first() uint64 { return r.head - uint64(len(r.entries)) + 1 }

// drop forgets the commands that have outlived their time.
func (r *room) drop() {
	for len(r.order) > 0 {
		f := r.known[r.order[0]]
		if journal.StillKnown(f.seq, r.head, f.at, r.at) {
			return
		}
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
}
