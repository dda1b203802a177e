package journal

import (
	"cmp"
	"context"
	"strings"
	"time"
)

// Catalog is a journal that lists its rooms.
type Catalog interface {
	// List returns a page of the rooms that have had an entry or have state, except those
	// that are closed. It waits for the storage, until ctx ends.
	List(ctx context.Context, q ListQuery) ([]RoomInfo, error)
}

// ListQuery says which rooms to list.
type ListQuery struct {
	Search  string // a part of the code, or of the value of the state key NameKey, without regard to case; empty for all
	NameKey string // see Search
	Order   Order

	After string // the code of the last room of the previous page; empty for the first page
	// AfterValue is what the order goes by in that room, as the previous page had it (see
	// RoomInfo.Value). With it, a room that has moved meanwhile makes no page begin
	// elsewhere. If it is 0, it is looked up; of a room that isn't there any more, it is 0.
	AfterValue int64

	Limit  int
	Spoken bool     // only rooms in which somebody has said something that is kept
	Keys   []string // prefixes of state keys that RoomInfo.State is to have
}

// Order is an order of rooms. Rooms with the same value are in the order of their codes.
type Order int

// The orders.
const (
	BySaid     Order = iota // the newest message first
	ByCode                  // in the order of the codes' bytes
	ByMessages              // the most messages first
	ByBytes                 // the most bytes first
)

// RoomInfo is what a list has about a room.
type RoomInfo struct {
	Room        string    // canonical room code
	First, Head uint64    // see Snapshot
	Messages    int64     // that are kept and not erased
	Bytes       int64     // of all bodies and private parts that are kept
	Said        time.Time // of the newest message that is or was kept; zero for none
	State       map[string][]byte
}

// Value returns what an order goes by in the room: its messages, its bytes, or the time of
// its newest message in Unix milliseconds; 0 for ByCode.
func (i *RoomInfo) Value(o Order) int64 {
	switch {
	case o == ByMessages:
		return i.Messages
	case o == ByBytes:
		return i.Bytes
	case o == BySaid && !i.Said.IsZero():
		return i.Said.UnixMilli()
	}
	return 0
}

// Compare compares two places in an order: the values and codes of two rooms.
func (o Order) Compare(value int64, code string, otherValue int64, otherCode string) int {
	return cmp.Or(cmp.Compare(otherValue, value), strings.Compare(code, otherCode))
}

// Matches reports whether a room with this code and name is among what q searches for.
func (q *ListQuery) Matches(code, name string) bool {
	if q.Search == "" {
		return true
	}
	part := strings.ToLower(q.Search)
	return strings.Contains(strings.ToLower(code), part) || strings.Contains(strings.ToLower(name), part)
}
