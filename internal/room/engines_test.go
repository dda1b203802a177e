package room

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
)

// engines has the journals that rooms are tested with.
var engines = map[string]func(t *testing.T) journal.Journal{
	"memory": func(t *testing.T) journal.Journal { return memoryJournal(t, memory.Options{}) },
	"sqlite": func(t *testing.T) journal.Journal {
		j, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "log.snug"), local.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return closeAtEnd(t, j)
	},
}

func TestEveryoneReadsTheSameOrder(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			const members, each = 4, 50
			g := newOwnerless(t, Options{Journal: engine(t), Idle: time.Millisecond})
			var all []*client
			for i := range members {
				all = append(all, mustJoin(t, g, v1(fmt.Sprint("n", i))))
			}
			mute := mustJoin(t, g, plain("mute"))
			seen := make([][]string, members)
			var done sync.WaitGroup
			for i, c := range all {
				done.Go(func() {
					for n := range each {
						c.mustSend(fmt.Sprint(i, " says ", n))
					}
				})
				done.Go(func() { seen[i] = c.collect(members * each) })
			}
			done.Wait()
			for i := range all {
				if !slices.Equal(seen[i], seen[0]) || len(seen[i]) != members*each {
					t.Errorf("member %d has read %d events, and not as member 0 has", i, len(seen[i]))
				}
				// And those of each sender are in the order in which they were sent.
				own := slices.DeleteFunc(slices.Clone(seen[0]), func(s string) bool { return !strings.Contains(s, fmt.Sprint(i, " says ")) })
				for n, s := range own {
					if !strings.HasSuffix(s, fmt.Sprint(" says ", n)) {
						t.Errorf("the message %d of member %d is %q", n, i, s)
					}
				}
			}
			if got := len(mute.read()); got != members*each {
				t.Errorf("plain was shown %d messages, want %d", got, members*each)
			}
			resumed(t, g, all[0], append(all[1:], mute), seen[0])
		})
	}
}

// resumed leaves the room, waits until it has ended, and resumes.
func resumed(t *testing.T, g *Registry, c *client, others []*client, seen []string) {
	for _, other := range others {
		other.Leave()
	}
	c.Leave()
	g.running.Wait()
	if g.Open() != 0 {
		t.Errorf("%d rooms are open, and nobody is in any", g.Open())
	}
	const cut = 120
	q := v1("n0")
	q.Seat, q.Since = c.welcome.You.Seat, position(c, cut)
	again := mustJoin(t, g, q)
	if w := again.welcome; !w.Resumed || w.You != c.welcome.You || w.Head != uint64(len(seen)) {
		t.Errorf("came back to %+v", w)
	}
	o, err := again.say(Message{ID: "c1", Content: "0 says 0"})
	if err != nil || !o.Duplicate {
		t.Errorf("what was said before the cut became %+v, %v", o, err)
	}
	if o, err = again.say(Message{ID: "new", Content: "new"}); err != nil || o.Seq != uint64(len(seen)+1) {
		t.Fatalf("the next message became %+v, %v", o, err)
	}
	want := append(slices.Clone(seen[cut:]), fmt.Sprintf("%d n0: new", o.Seq))
	again.same("after the cut", want, again.collect(o.Seq))
	again.Leave()
}
