package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// It flips a bit in each frame of a killed log's -wal in turn. The log must be refused,
// unless only the last commit is lost.
func TestAFlippedBitInTheWALIsNoticed(t *testing.T) {
	path := killed(t, "UPDATE log SET at = at + 1", "UPDATE log SET at = at + 1", "UPDATE log SET at = at + 1")
	wal, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	db, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkWAL(path); err != nil {
		t.Fatalf("a sound one: %v", err)
	}
	frames := (len(wal) - walHeader) / (frameHeader + 4096)
	if frames < 6 {
		t.Fatalf("%d frames are too few for the test", frames)
	}
	try := func(name string, wal []byte) error {
		path := filepath.Join(t.TempDir(), "log.snug")
		write(t, path, db)
		write(t, path+"-wal", wal)
		before := files(t, path)
		f, err := Open(t.Context(), path)
		if err == nil {
			return f.Close()
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		untouched(t, path, before)
		return err
	}
	for _, at := range []int{2, 5, 9, 18, 30} {
		harmed := append([]byte{}, wal...)
		harmed[at] ^= 4
		if err := try(fmt.Sprint("header, byte ", at), harmed); err == nil {
			t.Errorf("a bit of byte %d of its header: it counts as empty", at)
		}
	}
	for frame := range frames - 2 { // the last two are a commit each
		for _, at := range []int{1, 5, 9, 17, 400} {
			harmed := append([]byte{}, wal...)
			harmed[walHeader+frame*(frameHeader+4096)+at] ^= 4
			if err := try(fmt.Sprintf("frame %d, byte %d", frame, at), harmed); err == nil {
				t.Errorf("a bit of byte %d of frame %d of %d: it counts as the end", at, frame, frames)
			}
		}
	}
	// After a loss of power the last commit is incomplete.
	last := walHeader + (frames-1)*(frameHeader+4096)
	torn := append([]byte{}, wal...)
	clear(torn[last+500 : last+1000])
	if err := try("torn", torn); err != nil {
		t.Errorf("a torn last commit: %v", err)
	}
	if err := try("cut", wal[:last+100]); err != nil {
		t.Errorf("a last commit cut short: %v", err)
	}
}
