package room

import (
	"fmt"
	"runtime"
	"strconv"
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

// A stack that has grown stays so: a room that was joined goes on as a goroutine
// that is new.
func TestAQuietRoomHasASmallStack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rooms = 500
		g := owned(t, Options{})
		before := inUse().StackInuse
		fill(t, g, rooms, time.Millisecond)
		grown := (inUse().StackInuse - before) / rooms
		time.Sleep(trimAfter)
		synctest.Wait()
		if quiet := (inUse().StackInuse - before) / rooms; quiet > grown*3/4 {
			t.Errorf("a quiet room has a stack of %d bytes, of %d that it grew to", quiet, grown)
		}
	})
}

// What a room of ten holds that has nothing to do: two thousand of them, once. The
// heap is the journal's, too.
func BenchmarkIdleRoom(b *testing.B) {
	const rooms = 2000
	g := owned(b, Options{Journal: kept(b, memory.Options{})})
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
