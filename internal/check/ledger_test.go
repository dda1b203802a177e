package check

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// book is a ledger with two clients, on which a case writes.
type book struct{ *ledger }

const epoch = "e"

// say lets a client send a message, which isn't confirmed yet.
func (b book) say(client int) name {
	n := b.compose(client)
	b.wrote(n, 0)
	return n
}

// give shows events to a client, live, each at the second of its place.
func (b book) give(client int, events ...observation) {
	for i, e := range events {
		b.observed(client, epoch, e, time.Duration(i)*time.Millisecond, 0)
		if e.name.client() == client {
			b.confirmed(epoch, e.name, e.seq, 0)
		}
	}
}

func at(seq uint64, n name) observation { return observation{seq, n, true} }

// judge reads the log, of which everything from first on is kept.
func (b book) judge(first, head uint64, events ...observation) {
	top := b.top()
	b.openLog()
	for _, e := range events {
		b.logged(e, 0)
	}
	b.closeLog(first, head, top, 0)
}

func TestTheLedgerTellsEachFaultFromTheOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(b book, x, y, z name) // x and z are client 1's, y is 2's
		want counts
	}{
		{"everything in turn", func(b book, x, y, z name) {
			all := []observation{at(1, x), at(2, y), at(3, z)}
			b.give(1, all...)
			b.give(2, all...)
			b.judge(1, 3, all...)
		}, counts{}},
		{"a hole is filled", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(3, z), at(2, y))
			b.give(2, at(1, x), at(2, y), at(3, z))
			b.judge(1, 3, at(1, x), at(2, y), at(3, z))
		}, counts{Reordered: 1}},
		{"a hole stays", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(3, z))
			b.give(2, at(1, x), at(2, y), at(3, z))
			b.judge(1, 3, at(1, x), at(2, y), at(3, z))
		}, counts{Lost: 1}},
		{"the end never comes", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y), at(3, z))
			b.give(2, at(1, x))
			b.confirmed(epoch, y, 2, 0)
			b.judge(1, 3, at(1, x), at(2, y), at(3, z))
		}, counts{Lost: 2}},
		{"a gap is named for what is gone", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y), at(3, z))
			b.gap(2, epoch, span{1, 2}, 0)
			b.give(2, at(3, z))
			b.judge(3, 3, at(3, z))
		}, counts{}},
		{"a gap is named for what is there", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y), at(3, z))
			b.gap(2, epoch, span{1, 2}, 0)
			b.give(2, at(3, z))
			b.judge(2, 3, at(2, y), at(3, z))
		}, counts{Lost: 1}},
		{"a gap stops short", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y), at(3, z))
			b.gap(2, epoch, span{1, 1}, 0)
			b.give(2, at(3, z))
			b.judge(2, 3, at(2, y), at(3, z))
		}, counts{Lost: 1}},
		{"one is given twice", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y), at(1, x))
			b.give(2, at(1, x), at(2, y))
			b.judge(1, 2, at(1, x), at(2, y))
		}, counts{Doubled: 1}},
		{"one is stored twice", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y), at(3, y))
			b.give(2, at(1, x), at(2, y), at(3, y))
			b.judge(1, 3, at(1, x), at(2, y), at(3, y))
		}, counts{Doubled: 1}},
		{"one is told under two seqs", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y))
			b.give(2, at(1, x), at(2, y))
			b.confirmed(epoch, x, 7, 0)
			b.judge(1, 2, at(1, x), at(2, y))
		}, counts{Doubled: 1}},
		{"two see two orders", func(b book, x, y, z name) {
			b.give(1, at(1, z), at(2, y))
			b.observed(2, epoch, at(1, y), 0, 0)
			b.observed(2, epoch, at(2, z), 0, 0)
			b.judge(1, 2, at(1, z), at(2, y))
		}, counts{Reordered: 2}},
		{"the log turns round", func(b book, x, y, z name) {
			b.observed(1, epoch, at(1, y), 0, 0)
			b.observed(1, epoch, at(2, x), 0, 0)
			b.observed(2, epoch, at(1, y), 0, 0)
			b.observed(2, epoch, at(2, x), 0, 0)
			b.judge(1, 2, at(1, x), at(2, y))
		}, counts{Reordered: 2}},
		{"the log forgets its end", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y), at(3, z))
			b.give(2, at(1, x), at(2, y), at(3, z))
			b.judge(1, 1, at(1, x))
		}, counts{Lost: 2}},
		{"the log forgets what a stranger said", func(b book, x, y, z name) {
			b.give(1, at(1, foreign|5), at(2, x))
			b.give(2, at(1, foreign|5), at(2, x))
			b.judge(1, 2, at(2, x))
		}, counts{Lost: 1}},
		{"one is confirmed and never stored", func(b book, x, y, z name) {
			b.give(1, at(1, x))
			b.give(2, at(1, x))
			b.confirmed(epoch, y, 1<<50, 0)
			b.judge(1, 1, at(1, x))
		}, counts{Lost: 1}},
		{"one is confirmed and no longer kept", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y))
			b.give(2, at(1, x), at(2, y))
			b.judge(2, 2, at(2, y))
		}, counts{}},
		{"what was there before comes again", func(b book, x, y, z name) {
			b.gap(1, epoch, span{1, 4}, 0)
			b.joined(1, "other", 9, 0)
			b.observed(1, "other", at(9, foreign|5), 0, -1)
		}, counts{Reordered: 1}},
		{"the log is begun anew", func(b book, x, y, z name) {
			b.give(1, at(1, x), at(2, y), at(3, z))
			b.joined(1, "other", 0, 0)
			b.observed(2, epoch, at(1, x), 0, 0) // by a connection that isn't cut yet
			b.joined(2, "other", 0, 0)
			b.judge(1, 0)
		}, counts{Lost: 2}},
		{"all see the same damage", func(b book, x, y, z name) {
			bad := observation{1, x, false}
			b.give(1, bad)
			b.give(2, bad)
			b.judge(1, 1, bad)
		}, counts{Damaged: 1}},
		{"a frame can't be read", func(b book, x, y, z name) {
			b.broken(1, 0, errors.New("no JSON"))
		}, counts{Damaged: 1}},
		{"one is late", func(b book, x, y, z name) {
			b.observed(2, epoch, at(1, x), 1001*time.Millisecond, 0)
		}, counts{Late: 1}},
		{"one takes long, to a client that came late", func(b book, x, y, z name) {
			b.observed(2, epoch, at(1, x), 1001*time.Millisecond, time.Millisecond)
			b.observed(2, epoch, at(2, y), 9*time.Second, -1) // in a replay
		}, counts{}},
		{"one takes long, and was sent anew", func(b book, x, y, z name) {
			b.wrote(x, 5*time.Second)
			b.observed(2, epoch, at(1, x), 5500*time.Millisecond, 0)
		}, counts{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := book{newLedger(2, time.Second)}
			b.joined(1, epoch, 0, 0)
			b.joined(2, epoch, 0, 0)
			x, y, z := b.say(1), b.say(2), b.say(1)
			c.do(b, x, y, z)
			r, _ := b.snapshot()
			finds(t, r, c.want)
		})
	}
}

func TestOnlyTheFirstFindingsOfAKindAreKept(t *testing.T) {
	t.Parallel()
	var r Report
	for range 3 * FindingsKept {
		r.add(2, Lost, 1, 7, 0, "one")
		r.add(1, Late, 1, 7, 0, "other")
	}
	if len(r.Findings) != 2*FindingsKept || r.Counts[Lost] != 6*FindingsKept || r.Faults() != 6*FindingsKept || r.Hidden(Lost) != 4*FindingsKept || r.Hidden(Late) != 2*FindingsKept || r.Hidden(Doubled) != 0 {
		t.Errorf("%d findings are kept of %v", len(r.Findings), r.Counts)
	}
}

func TestSpansLessWhatIsGone(t *testing.T) {
	t.Parallel()
	all := spans{{2, 4}, {7, 7}, {9, 20}}
	for _, c := range []struct {
		gone span
		left spans
	}{
		{span{1, 1}, all},
		{span{5, 6}, all},
		{span{3, 3}, spans{{2, 2}, {4, 4}, {7, 7}, {9, 20}}},
		{span{2, 3}, spans{{4, 4}, {7, 7}, {9, 20}}},
		{span{4, 9}, spans{{2, 3}, {10, 20}}},
		{span{1, 1 << 53}, nil},
	} {
		left, some := all.without(c.gone)
		if !slices.Equal(left, c.left) || some == slices.Equal(left, all) {
			t.Errorf("less %v: %v, %t, want %v", c.gone, left, some, c.left)
		}
	}
}

func TestAChangedContentShows(t *testing.T) {
	t.Parallel()
	s := stamps{run: "abc"}
	for range 200 {
		n := own(3, 17)
		content := s.content(n, 300)
		if got, ok := s.intact(content); got != n || !ok {
			t.Fatalf("%q is %v, %t", content, got, ok)
		}
		letters := []rune(content)
		if len(letters) > 300 {
			t.Errorf("%d characters", len(letters))
		}
		for i := range letters {
			changed := slices.Clone(letters)
			changed[i] ^= 1
			if _, ok := s.intact(string(changed)); ok {
				t.Errorf("%q passes for %q", string(changed), content)
			}
		}
		if _, ok := s.intact(strings.TrimSuffix(content, ".")); ok {
			t.Errorf("%q passes without its end", content)
		}
	}
	if n, ok := s.named(s.id(own(3, 17))); n != own(3, 17) || !ok {
		t.Errorf("the id is %v's", n)
	}
	for _, id := range []string{"", "abc-", "abc-1", "abc-1-", "abc--1", "abd-1-1", "abc-1-x", "abc-99999-1"} {
		if n, ok := s.named(id); ok {
			t.Errorf("id %q is %v's", id, n)
		}
	}
}

func TestWhatBecameOfEachMessageIsCounted(t *testing.T) {
	t.Parallel()
	b := book{newLedger(1, time.Second)}
	b.joined(1, epoch, 0, 0)
	before, refusedOne, unsettled, last := b.say(1), b.say(1), b.say(1), b.say(1)
	b.give(1, at(1, before))
	b.refused(refusedOne, errors.New("too-long"))
	b.joined(1, "other", 0, 0)
	b.observed(1, "other", at(1, last), 0, 0)
	b.confirmed("other", last, 1, 0)
	b.judge(1, 1, at(1, last))
	r, why := b.snapshot()
	finds(t, r, counts{Lost: 1})
	if r.Sent != 4 || r.Confirmed != 2 || r.Refused != 1 || r.Unsettled != 1 || r.Epochs != 1 || why == nil {
		t.Errorf("%+v, %v; %v is unsettled", r, why, unsettled)
	}
}
