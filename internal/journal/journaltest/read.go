package journaltest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"snug/internal/journal"
)

var reading = []promise{
	{name: "BoundsAreExclusiveAndLimitsHold", holds: bounds},
	{name: "APageEndsEarlyButIsNeverEmpty", holds: pageEndsEarly},
	{name: "AnUnknownRoomIsEmpty", holds: unknownRoom},
}

func bounds(t *testing.T, j *watched) {
	j.fill("lobby", 10)
	j.fill("attic", 3)
	const end = math.MaxUint64
	for _, c := range []struct {
		before      bool
		bound       uint64
		limit       int
		first, last uint64 // 0, 0: none
	}{
		{false, 0, 3, 1, 3},
		{false, 0, 10, 1, 10},
		{false, 0, 11, 1, 10},
		{false, 4, 2, 5, 6},
		{false, 9, 5, 10, 10},
		{false, 10, 5, 0, 0},
		{false, 99, 5, 0, 0},
		{false, math.MaxInt64, 5, 0, 0},
		{false, end, 5, 0, 0},
		{false, 0, 0, 0, 0},
		{false, 0, -1, 0, 0},
		{false, 0, math.MaxInt, 1, 10},
		{true, 0, 5, 0, 0},
		{true, 1, 5, 0, 0},
		{true, 2, 5, 1, 1},
		{true, 7, 3, 4, 6},
		{true, 11, 3, 8, 10},
		{true, 99, 3, 8, 10},
		{true, math.MaxInt64 + 1, 3, 8, 10},
		{true, end, 3, 8, 10},
		{true, end, 0, 0, 0},
		{true, end, -1, 0, 0},
		{true, end, math.MaxInt, 1, 10},
	} {
		read, name := j.ReadAfter, "after"
		if c.before {
			read, name = j.ReadBefore, "before"
		}
		page, err := read(context.Background(), "lobby", c.bound, c.limit)
		if err != nil {
			t.Errorf("%s %d limit %d: %v", name, c.bound, c.limit, err)
		}
		got := make([]uint64, 0, len(page))
		for _, e := range page {
			got = append(got, e.Seq)
		}
		var want []uint64
		for seq := c.first; seq != 0 && seq <= c.last; seq++ {
			want = append(want, seq)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s %d limit %d: got %v, want %v", name, c.bound, c.limit, got, want)
		}
	}
}

func pageEndsEarly(t *testing.T, j *watched) {
	sizes := []int{100, journal.PageBytes / 3, journal.PageBytes / 3, 2 * journal.PageBytes, 100, journal.PageBytes - 200, 300, 300}
	for i, size := range sizes {
		j.must(message("lobby", "ann", fmt.Sprint(i), strings.Repeat("x", size)))
	}
	check := func(page []journal.Entry, err error, bound uint64, lastIsFirst bool) {
		t.Helper()
		if err != nil || len(page) == 0 {
			t.Fatalf("at %d: a page of %d, %v", bound, len(page), err)
		}
		size := 0
		for _, e := range page {
			size += len(e.Body)
		}
		over := page[len(page)-1] // this one may exceed the limit
		if lastIsFirst {
			over = page[0]
		}
		if size-len(over.Body) >= journal.PageBytes {
			t.Errorf("at %d: a page of %d bytes, too long without the last %d", bound, size, len(over.Body))
		}
	}
	for bound := range uint64(len(sizes)) {
		page, err := j.ReadAfter(context.Background(), "lobby", bound, 100)
		check(page, err, bound, false)
		page, err = j.ReadBefore(context.Background(), "lobby", bound+2, 100)
		check(page, err, bound+2, true)
	}
}

func unknownRoom(t *testing.T, j *watched) {
	j.fill("lobby", 3)
	if up, down := j.up("attic", 0), j.down("attic", math.MaxUint64); len(up)+len(down) != 0 {
		t.Errorf("it has entries: %v, %v", up, down)
	}
	s := j.snapshot("attic")
	if s.Head != 0 || s.First != 1 || len(s.State) != 0 || s.Epoch == "" {
		t.Errorf("its snapshot is %+v", s)
	}
	if got := j.must(message("attic", "ann", "1", "hi")); got != 1 {
		t.Errorf("its first seq is %d", got)
	}
	if after := j.snapshot("attic"); after.Epoch != s.Epoch {
		t.Errorf("its epoch was %q and is %q after the first entry", s.Epoch, after.Epoch)
	}
}
