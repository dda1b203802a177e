// Package remnants overwrites copies of deleted rows in SQLite databases.
//
// With secure_delete, SQLite overwrites a row where it deletes it. But when SQLite moves rows
// to another page, because a page is full or almost empty, it leaves their bytes in the part of
// the old page that is then unused, and it doesn't overwrite those when a row is deleted later
// (SQLite's btree.c, rebuildPage). Such remnants can only be found by looking at all pages.
package remnants

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
)

// stepPages is how many pages one step looks at.
const stepPages = 256

// maxPages is less than the number of pages at which the first byte of a page that isn't part
// of a table or index can look like the type of one that is: it then is the number of another
// page (Database File Format, "Cell Payload Overflow Pages").
const maxPages = 0x02000000

// A Sweep looks at all pages of a database, step by step, and overwrites what remnants they
// have. The zero value has nothing to do. It is for one goroutine.
type Sweep struct {
	due        bool
	next, last int64 // the pages that are still to be looked at; next is 0 if none is
}

// Add notes that rows were deleted, and that their remnants are to be overwritten. It is also
// for a database that was just opened, where they may have been deleted earlier.
func (s *Sweep) Add() { s.due = true }

// Pending reports whether there is something to do.
func (s *Sweep) Pending() bool { return s.due || s.next > 0 }

// Step looks at some pages, and overwrites what remnants they have in one transaction, with
// one commit if there were any. It reports whether there were: they stay in a -wal, and in the
// database's file, until the -wal is written back. conn must be in no transaction. It blocks
// for the disk. After an error, the Sweep begins again.
//
// A database of 128 GiB or more isn't changed.
func (s *Sweep) Step(ctx context.Context, conn *sql.Conn) (overwritten bool, err error) {
	if !s.Pending() {
		return false, nil
	}
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			*s = Sweep{due: true}
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // there may be no transaction left
		}
	}()
	if s.next == 0 {
		*s = Sweep{next: 1}
		if err := conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&s.last); err != nil {
			return false, err
		}
	}
	if overwritten, err = overwrite(ctx, conn, s.next, min(s.next+stepPages-1, s.last)); err != nil {
		return false, fmt.Errorf("overwrite remnants of deleted rows: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return false, err
	}
	if s.next += stepPages; s.next > s.last {
		s.next = 0
	}
	return overwritten, nil
}

// overwrite overwrites the unused parts of these pages, and reports whether any had to be.
func overwrite(ctx context.Context, conn *sql.Conn, first, last int64) (changed bool, err error) {
	if last >= maxPages {
		return false, nil
	}
	read, err := conn.PrepareContext(ctx, "SELECT data FROM sqlite_dbpage WHERE pgno = ?")
	if err != nil {
		return false, err
	}
	defer read.Close()
	for number := first; number <= last; number++ {
		var page []byte
		if err := read.QueryRowContext(ctx, number).Scan(&page); err != nil {
			return false, err
		}
		if !zero(unused(page, number == 1)) {
			continue
		}
		if _, err := conn.ExecContext(ctx, "UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?", page, number); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// unused returns the part of a page of a table or an index that is between the pointers to its
// cells and the cells (Database File Format, "B-tree Pages"). It is empty if the page is no
// such page.
func unused(page []byte, first bool) []byte {
	header := 0
	if first {
		header = 100 // the database's own
	}
	if len(page) < header+12 {
		return nil
	}
	pointers := header
	switch page[header] {
	case 2, 5: // interior
		pointers += 12
	case 10, 13: // leaf
		pointers += 8
	default:
		return nil
	}
	cells := int(binary.BigEndian.Uint16(page[header+3:]))
	from, to := pointers+2*cells, int(binary.BigEndian.Uint16(page[header+5:]))
	if to == 0 {
		to = 65536
	}
	if from > to || to > len(page) {
		return nil
	}
	return page[from:to]
}

// zero overwrites b with zeros, and reports whether it had anything else.
func zero(b []byte) (changed bool) {
	for i := range b {
		changed = changed || b[i] != 0
	}
	clear(b)
	return changed
}
