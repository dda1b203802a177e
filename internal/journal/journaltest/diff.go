package journaltest

import (
	"bytes"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"snug/internal/journal"
	"snug/protocol"
)

// diff tells how entries differ from those that are wanted; "" is not at all.
// Whoever made those that are wanted doesn't know their times: zero is any.
func diff(want, got []journal.Entry) string {
	if slices.EqualFunc(want, got, same) { // quick, where go-cmp takes minutes for long bodies
		return ""
	}
	opts := cmp.Options{cmpopts.EquateEmpty()}
	if len(want) > 0 && want[0].At.IsZero() {
		opts = append(opts, cmpopts.IgnoreFields(protocol.Event{}, "At"))
	}
	return cmp.Diff(want, got, opts)
}

func same(want, got journal.Entry) bool {
	return want.Type == got.Type && want.Seq == got.Seq && want.ID == got.ID && want.From == got.From && want.Target == got.Target &&
		(want.At.IsZero() || want.At.Equal(got.At)) && bytes.Equal(want.Body, got.Body) && bytes.Equal(want.Private, got.Private)
}

// taken is what has come on a feed.
func taken(f *journal.Feed) (entries []journal.Entry) {
	for _, e := range f.Take() {
		entries = append(entries, *e)
	}
	return entries
}
