package memory

import (
	"context"
	"slices"
	"strings"

	"snug/internal/journal"
)

// List implements [journal.Catalog].
func (j *Journal) List(_ context.Context, q journal.ListQuery) ([]journal.RoomInfo, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, journal.ErrClosed
	}
	after := q.AfterValue
	if r := j.rooms[q.After]; r != nil && after == 0 {
		i := r.info(q.After)
		after = i.Value(q.Order)
	}
	var page []journal.RoomInfo
	for code, r := range j.rooms {
		i := r.info(code)
		switch {
		case r.head == 0 && len(r.state) == 0,
			q.Spoken && i.Messages == 0,
			q.After != "" && q.Order.Compare(i.Value(q.Order), code, after, q.After) <= 0,
			!q.Matches(code, string(r.state[q.NameKey])):
			continue
		}
		page = append(page, i)
	}
	slices.SortFunc(page, func(a, b journal.RoomInfo) int {
		return q.Order.Compare(a.Value(q.Order), a.Room, b.Value(q.Order), b.Room)
	})
	page = page[:min(len(page), max(q.Limit, 0))]
	for n := range page {
		page[n].State = map[string][]byte{}
		for key, value := range j.rooms[page[n].Room].state {
			if slices.ContainsFunc(q.Keys, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
				page[n].State[key] = value
			}
		}
	}
	return page, nil
}

// info returns the room without its state.
func (r *room) info(code string) journal.RoomInfo {
	return journal.RoomInfo{Room: code, First: r.first(), Head: r.head, Messages: r.messages, Bytes: r.bytes, Said: r.said}
}
