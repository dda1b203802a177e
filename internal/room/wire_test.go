package room

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"snug/internal/journal/memory"
)

// plainWire is a wire as plainly as can be: all that was ever written, and the
// seq that goes with each place.
type plainWire struct {
	*wire
	all    []byte
	seqs   map[int64]uint64 // at the ends of frames
	cutoff int64            // trimmed up to here
	widest int              // the longest frame
}

func wireAt(seq uint64) *wire {
	w := new(wire)
	w.begin(seq)
	return w
}

func TestAWireIsARunOfBytes(t *testing.T) {
	noise := make([]byte, 200_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // never fails
	rapid.Check(t, func(rt *rapid.T) {
		w := &plainWire{wire: wireAt(7), seqs: map[int64]uint64{0: 7}}
		var cursors []int64
		length := rapid.SampledFrom([]int{1, 60, 100, firstChunk - 1, firstChunk, firstChunk + 1, 5000, lastChunk, lastChunk + 1, len(noise)})
		add := func(frame []byte, events uint64) {
			w.all = append(w.all, frame...)
			w.widest = max(w.widest, len(frame))
			w.seqs[int64(len(w.all))] = w.seq + events
			w.append(frame, w.seq+events)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				n := length.Draw(rt, "length")
				from := rapid.IntRange(0, len(noise)-n).Draw(rt, "noise")
				events := rapid.Uint64Range(0, 1).Draw(rt, "of the log")
				for range rapid.IntRange(1, 1+min(20, 200_000/n)).Draw(rt, "times") {
					add(noise[from:from+n], events)
				}
			},
			"append what isn't shown": func(*rapid.T) { add(nil, 1) },
			"trim": func(*rapid.T) {
				w.trim()
				w.cutoff = w.end
			},
			"enter": func(*rapid.T) {
				at, seq := w.place()
				if at != int64(len(w.all)) || seq != w.seqs[at] {
					rt.Fatalf("the end is %d after %d, want %d after %d", at, seq, len(w.all), w.seqs[at])
				}
				cursors = append(cursors, at)
			},
			"read": func(rt *rapid.T) {
				if len(cursors) == 0 {
					rt.Skip()
				}
				i := rapid.IntRange(0, len(cursors)-1).Draw(rt, "cursor")
				cursors[i] = w.read(rt, cursors[i])
			},
			"": func(rt *rapid.T) { w.bounded(rt) },
		})
	})
}

// read reads once at a place and returns the next one.
func (w *plainWire) read(rt *rapid.T, at int64) int64 {
	r := w.after(at)
	missing := len(w.all) - int(at)
	if !r.held {
		if missing == 0 || at >= w.cutoff && missing <= wireHolds-max(lastChunk, w.widest) {
			rt.Fatalf("place %d is gone with %d bytes after it", at, missing)
		}
		if len(r.frames) > 0 {
			rt.Fatalf("%d bytes after a place that is gone", len(r.frames))
		}
		end, _ := w.place()
		return end
	}
	to := at + int64(len(r.frames))
	if to > int64(len(w.all)) || !bytes.Equal(r.frames, w.all[at:to]) || (to == at && missing > 0) {
		rt.Fatalf("other bytes after place %d, or none: %d of %d", at, to-at, missing)
	}
	if seq, end := w.seqs[to]; !end || r.seq != seq {
		rt.Fatalf("place %d after %d, want %d; the end of a frame: %t", to, r.seq, seq, end)
	}
	if cap(r.frames) != len(r.frames) {
		rt.Fatalf("who appends to what it read writes on the wire")
	}
	return to
}

// bounded checks what the wire holds.
func (w *plainWire) bounded(rt *rapid.T) {
	held, capacity := 0, 0
	for i, c := range w.chunks {
		held += len(c.buf)
		capacity += cap(c.buf)
		if i > 0 && c.start != w.chunks[i-1].start+int64(len(w.chunks[i-1].buf)) {
			rt.Fatalf("chunk %d begins at %d", i, c.start)
		}
	}
	if held != w.held || held > max(wireHolds, w.widest) || capacity > 2*max(wireHolds, w.widest)+lastChunk {
		rt.Fatalf("%d bytes held in %d, counted as %d", held, capacity, w.held)
	}
}

func TestAQuietWireIsSmall(t *testing.T) {
	const wires = 1000
	message := bytes.Repeat([]byte("x"), 200)
	keep := make([]*wire, wires)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range keep {
		keep[i] = new(wire)
		keep[i].append(message, 1)
		keep[i].append(message, 2)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / wires; each >= 1024 {
		t.Errorf("two messages in a quiet room cost %d bytes", each)
	}
	// A busy hour doesn't stay: the first chunk after a trim is small again.
	w := keep[0]
	for range 1000 {
		w.append(message, 3)
	}
	if w.trim(); w.held != 0 || w.chunks != nil {
		t.Errorf("a trimmed wire holds %d bytes", w.held)
	}
	if w.append(message, 4); cap(w.chunks[0].buf) != firstChunk {
		t.Errorf("the first chunk after a trim has %d bytes", cap(w.chunks[0].buf))
	}
}

func TestReadingAWireAllocatesNothing(t *testing.T) {
	w := new(wire)
	for range 100 {
		w.append(bytes.Repeat([]byte("x"), 100), 1)
	}
	for name, at := range map[string]int64{"behind": 0, "nearly there": 9900, "at the end": 10_000} {
		if n := testing.AllocsPerRun(100, func() { w.after(at) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// However many read a message, none of them makes work for the collector.
func TestACursorAllocatesNothing(t *testing.T) {
	g := open(t, Options{})
	ann, bob := enter(t, g, v1("ann")), enter(t, g, plain("bob"))
	for range 101 {
		ann.says("hi")
	}
	bob.Settle(t.Context())
	bob.Cursor.at, bob.Cursor.seq, bob.Cursor.upto = 0, 0, 0
	w, read := bob.Cursor.wire, 0
	frame := len(w.chunks[0].buf) / 4
	if n := testing.AllocsPerRun(100, func() {
		bob.Cursor.at = int64(frame * (read % 4))
		read++
		if frames, there := bob.Cursor.Ready(); !there || len(frames) == 0 {
			t.Error("nothing is there")
		}
		bob.Passed()
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// A wake that is lost is a reader that waits for good: the bubble would find all of
// its goroutines blocked.
func TestNoWakeIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const messages = 2000
		g := open(t, Options{Journal: kept(t, memory.Options{Keep: messages})})
		ann := enter(t, g, v1("ann"))
		var reading sync.WaitGroup
		for i := range 8 {
			c := enter(t, g, v1(fmt.Sprint("n", i)))
			reading.Go(func() { c.collect(messages) })
		}
		for range messages {
			ann.says("hi")
		}
		reading.Wait()
	})
}

func TestAWireThatBeginsAnewKnowsItsPlaceInTheLog(t *testing.T) {
	w := wireAt(3)
	w.append([]byte("old"), 4)
	w.begin(9)
	at, seq := w.place()
	if at != 3 || seq != 9 {
		t.Errorf("place %d after %d, want 3 after 9", at, seq)
	}
	if r := w.after(0); r.held {
		t.Errorf("what nobody read is held: %q", r.frames)
	}
	w.append([]byte("new"), 10)
	if r := w.after(at); string(r.frames) != "new" || r.seq != 10 || !r.held {
		t.Errorf("then %q after %d", r.frames, r.seq)
	}
}
