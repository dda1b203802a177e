package room

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal/memory"
)

// fill opens rooms and has ten members join each, with a pause between rooms, so that
// they don't all become quiet at once.
func fill(t tb, g *Registry, rooms int, pause time.Duration) (all []*Participant) {
	for i := range rooms {
		code := Code("room" + strconv.Itoa(i))
		for n := range 10 {
			p, _, err := g.Join(t.Context(), code, v1(fmt.Sprint("member", n)))
			if err != nil {
				t.Fatalf("join: %v", err)
			}
			all = append(all, p)
		}
		time.Sleep(pause)
	}
	return all
}

func inUse() (m runtime.MemStats) {
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

// The stack of a goroutine grows and doesn't shrink while it waits, so a room that has
// become quiet goes on in a new goroutine.
func TestAQuietRoomHasASmallStack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mustJoin(t, newRegistry(t, Options{}), v1("ann"))
		synctest.Wait()
		busy := roomGoroutines()
		time.Sleep(trimAfter)
		synctest.Wait()
		quiet := roomGoroutines()
		if len(busy) == 0 || len(quiet) != len(busy) {
			t.Fatalf("the goroutines of rooms are %v, then %v", busy, quiet)
		}
		if slices.Equal(busy, quiet) {
			t.Errorf("a quiet room goes on in the goroutine that was busy: %v", quiet)
		}
	})
}

// roomGoroutines returns the numbers of all goroutines that run a room.
func roomGoroutines() (ids []string) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if id, _, ok := strings.Cut(strings.TrimPrefix(stack, "goroutine "), " "); ok && strings.Contains(stack, "room.(*Room).Run(") {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// The memory of an idle room with ten members, measured once with two thousand rooms. The
// heap includes the journal's.
func BenchmarkIdleRoom(b *testing.B) {
	const rooms = 2000
	g := newRegistry(b, Options{Journal: memoryJournal(b, memory.Options{})})
	before := inUse()
	all := fill(b, g, rooms, 0)
	for deadline := time.Now().Add(time.Minute); !trimmed(b, all); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatal("some room isn't quiet yet")
		}
	}
	after := inUse()
	b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/rooms, "heap-B/room")
	b.ReportMetric(float64(after.StackInuse-before.StackInuse)/rooms, "stack-B/room")
	b.ReportMetric(0, "ns/op")
	runtime.KeepAlive(all)
}

// trimmed reports whether the rooms of all participants have released their memory.
func trimmed(t tb, all []*Participant) bool {
	for _, p := range all {
		quiet, err := ask(t.Context(), p.room, func() bool { return p.room.timers.deadline[trimTimer].IsZero() })
		if err != nil {
			t.Fatalf("ask the room: %v", err)
		}
		if !quiet {
			return false
		}
	}
	return true
}
