package local_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug/protocol"
)

// SQLite leaves copies of a message where it was before it was moved. They go too when the
// message does.
func TestErasedTextLeavesNoCopyInTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log.snug")
		j := open(t, path)
		defer func() { _ = j.Close() }()
		r := rand.New(rand.NewPCG(1, 2))
		type said struct {
			room string
			seq  uint64
			text string
			gone bool
		}
		var all []*said
		say := func() {
			m := &said{room: fmt.Sprint("room", r.IntN(40)), text: fmt.Sprintf("<%d:%d>", len(all), r.Uint64())}
			d := message(m.room, fmt.Sprint(len(all)))
			d.Event.Body = protocol.MessageBody{Content: m.text + strings.Repeat("x", r.IntN([]int{10, 200, 2000}[r.IntN(3)]))}.Encode()
			o, err := put(t, j, d)
			if err != nil {
				t.Fatal(err)
			}
			m.seq = o.Seq
			all = append(all, m)
		}
		for range 1500 {
			say()
		}
		for i := range 1500 {
			if i%50 == 0 { // what a room leaves is removed, and SQLite merges pages
				room := fmt.Sprint("room", i/50)
				d := message(room, "close")
				d.Close = true
				if _, err := put(t, j, d); err != nil {
					t.Fatal(err)
				}
				for _, m := range all {
					m.gone = m.gone || m.room == room
				}
				time.Sleep(time.Second) // the clock is the test's
			}
			m := all[r.IntN(len(all))]
			if m.gone {
				continue
			}
			if _, err := put(t, j, deletion(m.room, fmt.Sprint("deletion", i), m.seq)); err != nil {
				t.Fatal(err)
			}
			m.gone = true
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		held, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range all {
			if has := bytes.Contains(held, []byte(m.text)); has == m.gone {
				t.Errorf("message %d of %d, erased: %v; the file has it: %v", i, len(all), m.gone, has)
			}
		}
	})
}
