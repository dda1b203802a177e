package search

import (
	"cmp"
	"context"
	"slices"

	"snug/internal/journal"
	"snug/protocol"
)

const (
	// batchRows and batchBytes bound what is written in one transaction.
	batchRows  = 4096
	batchBytes = 2 << 20
	pageRows   = 1024
	// fewRemoved is how many rows are removed from FTS5's lists at once. That takes a hundred
	// times as long as to write a marker and to leave the rest to a purge.
	fewRemoved = 50
)

// change is what is to be done with the row of one message.
type change struct {
	row         int64
	remove      bool // what is there, if anything
	put         bool // text and marks
	text, marks string
}

// batch is what one transaction writes.
type batch struct {
	changes map[int64]*change
	bytes   int
	rooms   map[int64]*room // those that have changed
	dropped []int64         // rooms that have no rows left
}

func newBatch() *batch {
	return &batch{changes: make(map[int64]*change), rooms: make(map[int64]*room)}
}

func (b *batch) full() bool { return len(b.changes) >= batchRows || b.bytes >= batchBytes }

func (b *batch) removed() (n int) {
	for _, c := range b.changes {
		if c.remove {
			n++
		}
	}
	return n
}

// put adds a message. known says that the index may have a row of it.
func (b *batch) put(room *room, e *protocol.Event, known bool) {
	c := &change{row: row(room.id, e.Seq), remove: known}
	b.changes[c.row] = c
	d, err := read(e)
	if err != nil {
		return // of a later version
	}
	if e.At != d.at {
		room.dated = max(room.dated, e.Seq)
	}
	c.put, c.text, c.marks = true, d.text, d.marks()
	b.bytes += len(c.text) + len(c.marks)
}

// remove adds the removal of a message.
func (b *batch) remove(room *room, seq uint64) {
	r := row(room.id, seq)
	b.changes[r] = &change{row: r, remove: true}
}

// addPage adds the entries of a room after its head to b, and moves the head.
func (x *indexer) addPage(ctx context.Context, b *batch, r *room) (more bool, err error) {
	page, err := x.journal.ReadAfter(ctx, r.code, r.head, pageRows)
	if err != nil || len(page) == 0 {
		return false, err
	}
	refresh := make(map[uint64]bool)
	for i := range page {
		switch e := &page[i]; {
		case e.Seq > maxSeq:
			return false, nil // there are no numbers for the rest: searches say that they are incomplete
		case journal.IsMessage(e.Type, e.Body):
			b.put(r, &e.Event, false)
		case e.Type == protocol.EventEdited || e.Type == protocol.EventDeleted:
			refresh[e.Target] = true
		}
		r.head = page[i].Seq
	}
	for seq := range refresh {
		if err := x.refresh(ctx, b, r, seq); err != nil {
			return false, err
		}
	}
	return true, nil
}

// refresh adds to b what has become of a message.
func (x *indexer) refresh(ctx context.Context, b *batch, r *room, seq uint64) error {
	if seq < r.first || seq > maxSeq {
		return nil
	}
	now, err := x.journal.ReadMessages(ctx, r.code, seq, seq)
	if err != nil {
		return err
	}
	if len(now) == 0 {
		b.remove(r, seq)
		return nil
	}
	b.put(r, &now[0].Event, true)
	return nil
}

// addRemovals adds to b the removal of the room's rows from one to another number, as many as
// fit, and reports whether there may be more.
func (x *indexer) addRemovals(ctx context.Context, b *batch, from, to int64) (more bool, err error) {
	room := batchRows - len(b.changes)
	rows, err := x.store.conn.QueryContext(ctx, "SELECT rowid FROM texts WHERE rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?", from, to, room)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var r int64
		if err := rows.Scan(&r); err != nil {
			return false, err
		}
		b.changes[r] = &change{row: r, remove: true}
		n++
	}
	return n == room, rows.Err()
}

// apply writes b in one transaction, and calls yield between two rows.
func (s *store) apply(ctx context.Context, b *batch, yield func(context.Context)) error {
	return s.transact(ctx, func() error { return s.put(ctx, b, yield) })
}

// put writes b in the transaction that there is.
func (s *store) put(ctx context.Context, b *batch, yield func(context.Context)) error {
	few := b.removed() <= fewRemoved
	if err := s.exec(ctx, "INSERT INTO texts (texts, rank) VALUES ('secure-delete', ?)", few); err != nil {
		return err
	}
	if !few {
		if err := s.exec(ctx, "UPDATE about SET purge = purge | ?", purgeDue); err != nil {
			return err
		}
	}
	insert, err := s.conn.PrepareContext(ctx, "INSERT INTO texts (rowid, text, marks) VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	changes := make([]*change, 0, len(b.changes))
	for _, c := range b.changes {
		changes = append(changes, c)
	}
	slices.SortFunc(changes, func(a, b *change) int { return cmp.Compare(a.row, b.row) }) // as FTS5 likes it
	for _, c := range changes {
		if c.remove {
			if err := s.exec(ctx, "DELETE FROM texts WHERE rowid = ?", c.row); err != nil {
				return err
			}
		}
		if c.put {
			if _, err := insert.ExecContext(ctx, c.row, c.text, c.marks); err != nil {
				return err
			}
		}
		yield(ctx)
	}
	setRoom, err := s.conn.PrepareContext(ctx, "INSERT OR REPLACE INTO rooms (id, code, epoch, first, head, dated) VALUES (?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer setRoom.Close()
	for _, r := range b.rooms {
		yield(ctx)
		if _, err := setRoom.ExecContext(ctx, r.id, r.code, r.epoch, int64(r.first), int64(r.head), int64(r.dated)); err != nil {
			return err
		}
	}
	for _, id := range b.dropped {
		if err := s.exec(ctx, "DELETE FROM rooms WHERE id = ?", id); err != nil {
			return err
		}
	}
	return nil
}
