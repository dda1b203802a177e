package sqlite

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

// TestADamagedLogIsNeverSilentlyEmpty changes bytes in every page of a log. A log that
// isn't refused must have all entries of its rooms, or return an error when they are read.
// Only the content of entries may differ.
func TestADamagedLogIsNeverSilentlyEmpty(t *testing.T) {
	rooms := []string{"attic", "kitchen", "lobby"}
	const each, pageSize, variants = 60, 4096, 7
	path := filepath.Join(t.TempDir(), "log.snug")
	f := openFile(t, path)
	for i := range each {
		var ds []journal.Draft
		for _, room := range rooms {
			d := drafts(room, fmt.Sprint("id-", i), 1)[0]
			d.Event.Target = uint64(i)
			d.State = []journal.Change{{Key: fmt.Sprint("key-", i), Value: []byte("value")}}
			ds = append(ds, d)
		}
		f.must(t, ds)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for page := range len(whole) / pageSize {
		for variant := range variants {
			damaged := append([]byte{}, whole...)
			at := page*pageSize + random.IntN(pageSize)
			switch variant {
			case 0: // the page's own header
				at = page*pageSize + random.IntN(8)
				damaged[at] ^= 1 << random.IntN(8)
			case 1: // one bit, anywhere
				damaged[at] ^= 1 << random.IntN(8)
			case 2: // one sector
				at = at / 512 * 512
				for i := range 512 {
					damaged[at+i] = byte(random.Int())
				}
			case 3: // the page, as if it had never been written
				at = page * pageSize
				clear(damaged[at : at+pageSize])
			default: // one bit of what the page holds
				for damaged[at] == 0 {
					at = page*pageSize + random.IntN(pageSize)
				}
				damaged[at] ^= 1 << random.IntN(8)
			}
			path := filepath.Join(t.TempDir(), "log.snug")
			write(t, path, damaged)
			name := fmt.Sprintf("page %d, variant %d at %d", page+1, variant, at)
			if !opensWhole(t, name, path, rooms, each) {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("none of them is refused")
	}
	t.Logf("%d of %d are refused", refused, variants*len(whole)/pageSize)
}

func opensWhole(t *testing.T, name, path string, rooms []string, head uint64) bool {
	t.Helper()
	before := files(t, path)
	f, err := Open(t.Context(), path)
	if err != nil {
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) && !errors.Is(err, ErrNewer) {
			t.Errorf("%s: %v", name, err)
		}
		untouched(t, path, before)
		return false
	}
	defer f.Close()
	for _, room := range rooms {
		s, _, err := f.Snapshot(t.Context(), room)
		if err != nil {
			continue
		}
		page, err := f.ReadAfter(t.Context(), room, 0, 1000)
		if err == nil && (s.Head != head || uint64(len(page)) != head) {
			t.Errorf("%s: room %s has head %d and %d entries, want %d", name, room, s.Head, len(page), head)
		}
	}
	return true
}

func TestOfSeveralDamagedEditsTheFirstIsNamed(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "message-", 5))
	edits := drafts("lobby", "edit-", 4)
	for i := range edits {
		edits[i].Event.Type, edits[i].Event.Target, edits[i].Event.Body = protocol.EventEdited, uint64(i+2), []byte("{")
	}
	f.must(t, edits)
	for range 20 {
		if _, err := f.ReadMessages(t.Context(), "lobby", 1, 9); err == nil || !strings.Contains(err.Error(), "edit of 5:") { // the newest is read first
			t.Fatalf("it says: %v", err)
		}
	}
}
