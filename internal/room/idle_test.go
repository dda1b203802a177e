package room

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"snug/internal/journal/memory"
)

// What a room of ten holds that has nothing to do: two thousand of them, once. The
// stacks are the rooms' alone, the heap is the journal's, too.
func BenchmarkIdleRoom(b *testing.B) {
	const rooms, members = 2000, 10
	g := owned(b, Options{Journal: kept(b, memory.Options{})})
	before := inUse()
	seats := make([]*Participant, 0, rooms*members)
	for i := range rooms {
		code := Code("room" + strconv.Itoa(i))
		for n := range members {
			p, _, err := g.Join(b.Context(), code, v1(fmt.Sprint("member", n)))
			if err != nil {
				b.Fatal(err)
			}
			seats = append(seats, p)
		}
	}
	for deadline := time.Now().Add(time.Minute); !trimmed(seats); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatal("some room isn't quiet yet")
		}
	}
	after := inUse()
	b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/rooms, "heap-B/room")
	b.ReportMetric(float64(after.StackInuse-before.StackInuse)/rooms, "stack-B/room")
	b.ReportMetric(0, "ns/op")
	for _, p := range seats {
		p.Leave()
	}
}

// trimmed reports whether the wires of all seats have let go of what they held.
func trimmed(seats []*Participant) bool {
	for _, p := range seats {
		w := p.Cursor.wire
		w.mu.RLock()
		held := w.held
		w.mu.RUnlock()
		if held > 0 {
			return false
		}
	}
	return true
}

func inUse() (m runtime.MemStats) {
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}
