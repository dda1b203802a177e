package journaltest

import (
	"bytes"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"snug/internal/journal"
	"snug/protocol"
)

// diff returns how entries differ from the wanted ones, or "" if they don't. If the times
// of the wanted entries are zero, times are not compared.
func diff(want, got []journal.Entry) string {
	if slices.EqualFunc(want, got, same) { // go-cmp takes minutes for long bodies
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

// taken takes the entries from a feed.
func taken(f *journal.Feed) (entries []journal.Entry) {
	for _, e := range f.Take() {
		entries = append(entries, *e)
	}
	return entries
}
