package check

import (
	"fmt"
	"slices"
	"time"
)

// span is the events from first to last, both included.
type span struct{ first, last uint64 }

func (s span) width() uint64 { return s.last - s.first + 1 }

func (s span) String() string {
	if s.first == s.last {
		return fmt.Sprintf("event %d", s.first)
	}
	return fmt.Sprintf("events %d to %d", s.first, s.last)
}

// cut returns the intersection of s and other; ok is false if it is empty.
func (s span) cut(other span) (_ span, ok bool) {
	s.first, s.last = max(s.first, other.first), min(s.last, other.last)
	return s, s.first <= s.last
}

// spans are in ascending order and don't touch.
type spans []span

// without returns the spans without the events of gone, and whether that removes any.
func (all spans) without(gone span) (spans, bool) {
	var left spans
	for _, s := range all {
		shared, ok := s.cut(gone)
		if !ok {
			left = append(left, s)
			continue
		}
		if s.first < shared.first {
			left = append(left, span{s.first, shared.first - 1})
		}
		if shared.last < s.last {
			left = append(left, span{shared.last + 1, s.last})
		}
	}
	return left, !slices.Equal(left, all)
}

// view is the part of the log that a client has received: everything after base, up to
// high, except for the holes.
type view struct {
	joined     bool
	base, high uint64
	holes      spans
	holeSince  time.Duration // when the last hole appeared
	gaps       spans         // what the server has said is no longer kept
	messages   []bits        // the check's messages that it has received, by sender
}

// arrival is the order in which an event arrived.
type arrival int

const (
	inTurn    arrival = iota
	overtaken         // after one with a higher seq
	again             // after one with the same seq
)

// receive adds an event to the view.
func (v *view) receive(seq uint64, at time.Duration) arrival {
	switch {
	case seq > v.high:
		v.skip(seq, at)
		v.high = seq
		return inTurn
	case seq <= v.base:
		return overtaken
	}
	left, filled := v.holes.without(span{seq, seq})
	v.holes = left
	if filled {
		return overtaken
	}
	return again
}

// skip adds a hole for the events that are missing before seq.
func (v *view) skip(seq uint64, at time.Duration) {
	if seq > v.high+1 {
		v.holes = append(v.holes, span{v.high + 1, seq - 1})
		v.holeSince = at
	}
}

// gap removes events from the holes that the server no longer keeps.
func (v *view) gap(g span, at time.Duration) {
	v.skip(g.first, at)
	v.holes, _ = v.holes.without(g)
	v.high = max(v.high, g.last)
	v.gaps = append(v.gaps, g)
}

// given records a message of the check, and reports whether the client had received it
// before.
func (v *view) given(n name) (before bool) {
	for len(v.messages) <= n.client() {
		v.messages = append(v.messages, nil)
	}
	return v.messages[n.client()].set(n.number())
}

// bits is a set of small numbers.
type bits []uint64

func (b *bits) set(n uint64) (before bool) {
	if missing := int(n/64) + 1 - len(*b); missing > 0 {
		*b = append(*b, make(bits, missing)...)
	}
	word, bit := &(*b)[n/64], uint64(1)<<(n%64)
	before = *word&bit != 0
	*word |= bit
	return before
}
