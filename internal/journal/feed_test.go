package journal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A feed is added, then the snapshot is read, and what is committed in between may be pushed
// before or after the feed begins with the snapshot.
func TestAFeedHasWhatItsSnapshotHasNot(t *testing.T) {
	entry := func(seq uint64) *Entry {
		e := &Entry{}
		e.Seq = seq
		return e
	}
	set := func(value string) []Change { return []Change{{"k", []byte(value)}} }
	for name, c := range map[string]struct {
		push    func(fs *Followers)
		entries []uint64
		changes []Change
		first   uint64
	}{
		"entries of the snapshot": {push: func(fs *Followers) { fs.Push("lobby", 1, entry(1), entry(2)) }},
		"later entries":           {push: func(fs *Followers) { fs.Push("lobby", 1, entry(2), entry(3), entry(4)) }, entries: []uint64{3, 4}},
		"entries of a closed room": {push: func(fs *Followers) {
			fs.Push("lobby", 0, entry(8), entry(9))
			fs.SetFirst("lobby", 0, 9)
			fs.PushChanges("lobby", 0, 12, set("old"))
		}},
		"entries of the next room": {push: func(fs *Followers) {
			fs.Push("lobby", 1, entry(3))
			fs.Push("lobby", 2, entry(4))
			fs.SetFirst("lobby", 2, 4)
			fs.PushChanges("lobby", 2, 12, set("new"))
		}, entries: []uint64{3}},
		"a change of the snapshot": {push: func(fs *Followers) { fs.PushChanges("lobby", 1, 10, set("is there")) }},
		"later changes": {push: func(fs *Followers) {
			fs.PushChanges("lobby", 1, 9, set("old"))
			fs.PushChanges("lobby", 1, 11, set("1"))
			fs.PushChanges("lobby", 1, 12, set("2"))
		}, changes: set("2")},
		"a first":          {push: func(fs *Followers) { fs.SetFirst("lobby", 1, 2) }, first: 2},
		"of another room":  {push: func(fs *Followers) { fs.Push("attic", 1, entry(3)); fs.PushChanges("attic", 1, 11, set("1")) }},
		"an earlier first": {push: func(fs *Followers) { fs.SetFirst("lobby", 1, 1) }, first: 1},
	} {
		for _, before := range []bool{true, false} {
			var fs Followers
			feed := fs.Add("lobby", nil)
			snapshot := Snapshot{Generation: 1, First: 1, Head: 2}
			if before {
				c.push(&fs)
				feed.Begin(snapshot, 10)
			} else {
				feed.Begin(snapshot, 10)
				c.push(&fs)
			}
			var seqs []uint64
			for _, e := range feed.Take() {
				seqs = append(seqs, e.Seq)
			}
			if diff := cmp.Diff(c.entries, seqs); diff != "" {
				t.Errorf("%s, before the feed begins: %v (-want +got):\n%s", name, before, diff)
			}
			if diff := cmp.Diff(c.changes, feed.TakeChanges()); diff != "" {
				t.Errorf("%s, before the feed begins: %v (-want +got):\n%s", name, before, diff)
			}
			if want := max(c.first, 1); feed.First() != want {
				t.Errorf("%s, before the feed begins: %v: the first is %d, want %d", name, before, feed.First(), want)
			}
			feed.Close()
		}
	}
}
