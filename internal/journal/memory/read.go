package memory

import (
	"context"
	"slices"

	"snug/internal/journal"
)

// ReadAfter implements [journal.Journal].
func (j *Journal) ReadAfter(_ context.Context, code string, after uint64, limit int) ([]journal.Entry, error) {
	kept, err := j.kept(code)
	if err != nil {
		return nil, err
	}
	from, _ := slices.BinarySearchFunc(kept, after, func(e *journal.Entry, after uint64) int {
		if e.Seq <= after {
			return -1
		}
		return 1
	})
	page := kept[from:]
	n, size := 0, 0
	for n < min(limit, len(page)) && size < journal.PageBytes {
		size += page[n].Size()
		n++
	}
	return copied(page[:n]), nil
}

// ReadBefore implements [journal.Journal].
func (j *Journal) ReadBefore(_ context.Context, code string, before uint64, limit int) ([]journal.Entry, error) {
	kept, err := j.kept(code)
	if err != nil {
		return nil, err
	}
	to, _ := slices.BinarySearchFunc(kept, before, func(e *journal.Entry, before uint64) int {
		if e.Seq < before {
			return -1
		}
		return 1
	})
	n, size := to, 0
	for n > max(0, to-limit) && size < journal.PageBytes {
		n--
		size += kept[n].Size()
	}
	return copied(kept[n:to]), nil
}

func copied(kept []*journal.Entry) []journal.Entry {
	page := make([]journal.Entry, len(kept))
	for i, e := range kept {
		page[i] = *e
	}
	return page
}

// kept returns the room's entries. Nobody changes them or the slice afterwards.
func (j *Journal) kept(code string) ([]*journal.Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, journal.ErrClosed
	}
	if r := j.rooms[code]; r != nil {
		return r.entries, nil
	}
	return nil, nil
}
