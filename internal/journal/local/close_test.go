package local_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// While the server runs, and while others speak, a closed room's text leaves the file and
// its -wal.
func TestAClosedRoomsTextIsInNoFile(t *testing.T) {
	const canary = "a canary that is not to survive"
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, filepath.Join(dir, "log.snug"))
		defer j.Close()
		found := func() (names []string) {
			all, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range all {
				if data, err := os.ReadFile(filepath.Join(dir, file.Name())); err != nil || bytes.Contains(data, []byte(canary)) {
					names = append(names, file.Name())
				}
			}
			return names
		}
		for i := range 900 { // more than one step removes
			d := message("lobby", fmt.Sprint(canary, i))
			d.Event.Body = protocol.MessageBody{Content: canary}.Encode()
			d.State = []journal.Change{{Key: canary, Value: []byte(canary)}}
			if _, err := put(t, j, d); err != nil {
				t.Fatal(err)
			}
		}
		if len(found()) == 0 {
			t.Fatal("no file has the text before the room is closed")
		}
		d := message("lobby", "close")
		d.Close = true
		if _, err := put(t, j, d); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			time.Sleep(time.Second) // the clock is the test's
			if _, err := put(t, j, message("attic", fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if names := found(); len(names) > 0 {
			t.Errorf("after five seconds the text is in %v", names)
		}
	})
}
