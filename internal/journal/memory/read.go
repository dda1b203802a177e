package memory

import (
	"context"
	"fmt"
	"slices"

	"snug/internal/journal"
	"snug/protocol"
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

// ReadMessages implements [journal.Journal].
func (j *Journal) ReadMessages(_ context.Context, code string, first, last uint64) ([]journal.Entry, error) {
	kept, err := j.kept(code)
	if err != nil {
		return nil, err
	}
	edits := make(map[uint64]*journal.Entry)
	for _, e := range kept {
		if e.Type == protocol.EventEdited && first <= e.Target && e.Target <= last {
			edits[e.Target] = e
		}
	}
	var messages []journal.Entry
	size := 0
	for _, e := range slices.Backward(kept) {
		if e.Seq < first || size >= journal.PageBytes {
			break
		}
		if e.Seq > last || !journal.IsMessage(e.Type, e.Body) {
			continue
		}
		m := *e
		if edit := edits[e.Seq]; edit != nil {
			if err := m.ApplyEdit(edit.Body); err != nil {
				return nil, fmt.Errorf("edit of %d: %w", e.Seq, err)
			}
		}
		messages = append(messages, m)
		size += e.Size()
	}
	return messages, nil
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
