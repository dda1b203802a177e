package search

import (
	"context"
	"database/sql"
	"errors"

	"time"

	"snug/internal/journal"
	"snug/protocol"
)

const (
	// window is how many seqs the file is asked for at a time: few enough that even words that
	// are everywhere, but never together, take a fraction of a second.
	window = 1 << 17
	// scanStep is how many events are read at a time.
	scanStep = 256
)

// finder is one search.
type finder struct {
	*Index
	Log
	Query
	limit int
	until time.Time // when to stop if there is more

	found protocol.Search
	size  int
	done  bool // found is complete

	unindexed bool // the file can't be read
}

// find searches from the seq top downwards.
func (f *finder) find(ctx context.Context, top uint64) error {
	f.Index.mu.RLock()
	defer f.Index.mu.RUnlock()
	f.until = time.Now().Add(f.options.Look)
	bottom := f.First
	if !f.After.IsZero() {
		at, err := f.firstSince(ctx, f.After)
		if err != nil {
			return err
		}
		bottom = max(bottom, at)
	}
	r, err := f.room(ctx)
	if err != nil {
		return err
	}
	// What the file doesn't have yet.
	stretch := uint64(f.options.Stretch)
	if top > r.head {
		next, err := f.scan(ctx, top, max(bottom, r.head+1), &stretch)
		if err != nil || f.done {
			return err
		}
		if next > r.head && next >= bottom { // there is more of it
			if f.options.Path != "" && f.expression() != "" {
				f.found.Incomplete = true
			}
			if r.head == 0 || f.expression() == "" {
				f.stop(next)
				return nil
			}
		}
	}
	top = min(top, r.head)
	if !f.Before.IsZero() && top > 0 {
		at, err := f.firstSince(ctx, f.Before)
		if err != nil {
			return err
		}
		top = min(top, max(at-1, r.dated))
	}
	if match := f.expression(); match != "" {
		return f.lookUp(ctx, match, r.id, top, bottom)
	}
	next, err := f.scan(ctx, top, bottom, &stretch)
	if err == nil && !f.done && next >= bottom {
		f.stop(next)
	}
	return err
}

// stop ends the search before seq next, where another one goes on.
func (f *finder) stop(next uint64) {
	f.found.More, f.found.Next, f.done = true, next+1, true
}

// room returns what the file has of the room; a zero room if that is nothing.
func (f *finder) room(ctx context.Context) (r room, err error) {
	if f.store == nil || f.unindexed {
		return r, nil
	}
	err = f.store.reads.QueryRowContext(ctx, "SELECT id, head, dated FROM rooms WHERE code = ? AND epoch = ?", f.Room, f.Epoch).Scan(&r.id, &r.head, &r.dated)
	if errors.Is(err, sql.ErrNoRows) {
		return room{}, nil
	}
	return r, err
}

// scan reads messages from top down to bottom, but no more events than left says, which it
// reduces. It returns the seq that is to be read next.
func (f *finder) scan(ctx context.Context, top, bottom uint64, left *uint64) (next uint64, err error) {
	for next = top; next >= bottom && *left > 0 && !f.done; {
		first := max(bottom, next-min(next-1, scanStep-1, *left-1))
		page, err := f.journal.ReadMessages(ctx, f.Log.Room, first, next)
		if err != nil {
			return next, err
		}
		reached := first
		for i := range page {
			if f.add(&page[i]); f.done {
				return next, nil
			}
		}
		if len(page) > 0 { // the page may end before first
			reached = page[len(page)-1].Seq
		}
		*left -= min(*left, next-reached+1)
		if next = reached - 1; next >= bottom && time.Now().After(f.until) {
			f.stop(next)
		}
	}
	return next, nil
}

// lookUp asks the file for candidates from top down to bottom.
func (f *finder) lookUp(ctx context.Context, match string, id int64, top, bottom uint64) error {
	for next := top; next >= bottom && next > 0 && !f.done; {
		first := max(bottom, next-min(next-1, window-1))
		if err := f.lookUpWindow(ctx, match, row(id, first), row(id, next)); err != nil {
			return err
		}
		if next = first - 1; next >= bottom && !f.done && time.Now().After(f.until) {
			f.stop(next)
		}
	}
	return nil
}

func (f *finder) lookUpWindow(ctx context.Context, match string, first, last int64) error {
	rows, err := f.store.reads.QueryContext(ctx, "SELECT rowid, text FROM texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC", match, first, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		var r int64
		var text string
		if err := rows.Scan(&r, &text); err != nil {
			return err
		}
		if n > 0 && time.Now().After(f.until) { // each search gets on, also on a busy machine
			f.stop(seqOf(r))
			return nil
		}
		if !f.matchesText(text) {
			continue
		}
		now, err := f.journal.ReadMessages(ctx, f.Log.Room, seqOf(r), seqOf(r))
		if err != nil {
			return err
		}
		for i := range now {
			if f.add(&now[i]); f.done {
				return nil
			}
		}
	}
	return rows.Err()
}

// add adds a message if it matches. If there is no place for it, the search ends before it.
func (f *finder) add(e *journal.Entry) {
	d, err := read(&e.Event)
	if err != nil || !f.matches(&d) {
		return // one of a later version has nothing to find
	}
	if len(f.found.Events) == f.limit || f.size >= journal.PageBytes {
		f.stop(e.Seq)
		return
	}
	f.found.Events = append(f.found.Events, e.Event)
	f.size += e.Size()
}

// firstSince returns the seq of the first event at t or later; Head+1 if there is none.
func (f *finder) firstSince(ctx context.Context, t time.Time) (uint64, error) {
	low, high := f.First, f.Head+1
	for low < high {
		middle := low + (high-low)/2
		page, err := f.journal.ReadAfter(ctx, f.Log.Room, middle-1, 1)
		if err != nil {
			return 0, err
		}
		if len(page) == 0 || !page[0].At.Before(t) {
			high = middle
		} else {
			low = max(page[0].Seq, middle) + 1 // what is before may be gone meanwhile
		}
	}
	return low, nil
}
