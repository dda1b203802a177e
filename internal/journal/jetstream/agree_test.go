package jetstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// All nodes send messages, repeats, edits, deletions, claims, prunes, expiries and closes at
// once.
func TestAllNodesComeToTheSameLogs(t *testing.T) {
	t.Parallel()
	c := three(t)
	js := c.openThree(newStream())
	defer closeAll(t, js...)
	brief := []string{"brief-0", "brief-1", "brief-2", "brief-3", "brief-4"}
	var all sync.WaitGroup
	for n, j := range js {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			var pending sync.WaitGroup
			for i := range 1500 {
				// The same IDs on all nodes, so that nodes repeat and contradict each other.
				d := message(rooms[random.IntN(len(rooms))], fmt.Sprint("m", random.IntN(3)), fmt.Sprint(i/2), fmt.Sprint("says ", random.IntN(2)))
				if i%3 == 0 { // a room that a node closes soon
					d.Room = brief[i/300%len(brief)]
				}
				switch random.IntN(9) {
				case 0:
					d = about(protocol.EventEdited, d.Room, "m1", fmt.Sprint(n, "e", i), uint64(1+random.IntN(i/4+1)))
				case 1:
					d = about(protocol.EventDeleted, d.Room, "m1", fmt.Sprint(n, "d", i), uint64(1+random.IntN(i/4+1)))
				case 2:
					key := fmt.Sprint("key", i/10)
					d.If, d.State = []journal.Condition{{Key: key}}, []journal.Change{{Key: key, Value: []byte(fmt.Sprint(n))}}
				case 3:
					if random.IntN(2) == 0 {
						d = journal.Draft{Room: d.Room, StateOnly: true, Expire: time.Duration(1+random.IntN(3)) * time.Second, State: []journal.Change{{Key: "expired", Value: []byte{byte(n)}}}}
					} else if i%300 > 200 && i%3 == 0 {
						d = closing(d.Room, "close")
					}
				}
				d.Private = []byte{byte(n)}
				pending.Add(1)
				err := j.Append(context.Background(), d, func(o journal.Outcome, err error) {
					defer pending.Done()
					if errors.Is(err, journal.ErrUnavailable) {
						return // it is there on all nodes or on none
					}
					if err != nil && !errors.Is(err, journal.ErrConflict) && !errors.Is(err, journal.ErrGone) && !errors.Is(err, journal.ErrChanged) && !errors.Is(err, journal.ErrRoomClosed) {
						t.Errorf("append: %v", err)
					}
				})
				if err != nil {
					t.Errorf("append: %v", err)
				}
				if i == 700 {
					if _, err := j.Prune(context.Background(), journal.Retention{Last: 100}); err != nil {
						t.Errorf("prune: %v", err)
					}
				}
			}
			pending.Wait()
		})
	}
	all.Wait()
	agree(t, append(brief, rooms...), js[0], js[1], js[2])
	for _, room := range brief {
		if s := snapshot(t, js[0], room); s.Generation != 1 {
			t.Errorf("%q was closed %d times, want once: %+v", room, s.Generation, s)
		}
	}
	if s := snapshot(t, js[0], "lobby"); s.Head < 100 { // how many of them have expired depends on the machine
		t.Errorf("only %d entries were added", s.Head)
	}
	for _, j := range js {
		if !bytes.Equal(j.Key("seat"), js[0].Key("seat")) {
			t.Error("nodes have different keys")
		}
	}
}
