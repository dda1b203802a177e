package fanout

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// modelBuffer is a buffer and its model: all that was ever appended, and the seq that
// goes with each place.
type modelBuffer struct {
	*buffer
	all    []byte
	seqs   map[int64]uint64 // at the ends of frames
	cutoff int64            // trimmed up to here
	widest int              // bytes of the longest frame
}

func bufferAt(seq uint64) *buffer {
	b := new(buffer)
	b.restart(seq)
	return b
}

func TestABufferIsARunOfBytes(t *testing.T) {
	noise := make([]byte, 200_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // never fails
	rapid.Check(t, func(rt *rapid.T) {
		b := &modelBuffer{buffer: bufferAt(7), seqs: map[int64]uint64{0: 7}}
		var cursors []int64
		length := rapid.SampledFrom([]int{1, 60, 100, firstChunk - 1, firstChunk, firstChunk + 1, 5000, lastChunk, lastChunk + 1, len(noise)})
		add := func(frame []byte, events uint64) {
			b.all = append(b.all, frame...)
			b.widest = max(b.widest, len(frame))
			b.seqs[int64(len(b.all))] = b.seq + events
			b.append(frame, b.seq+events)
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
				b.trim()
				b.cutoff = b.end
			},
			"attach": func(*rapid.T) {
				at, seq := b.place()
				if at != int64(len(b.all)) || seq != b.seqs[at] {
					rt.Fatalf("the end is %d after %d, want %d after %d", at, seq, len(b.all), b.seqs[at])
				}
				cursors = append(cursors, at)
			},
			"read": func(rt *rapid.T) {
				if len(cursors) == 0 {
					rt.Skip()
				}
				i := rapid.IntRange(0, len(cursors)-1).Draw(rt, "cursor")
				cursors[i] = b.read(rt, cursors[i])
			},
			"": func(rt *rapid.T) { b.bounded(rt) },
		})
	})
}

// read reads once at a place and returns the next one.
func (b *modelBuffer) read(rt *rapid.T, at int64) int64 {
	r := b.after(at)
	missing := len(b.all) - int(at)
	if !r.held {
		if missing == 0 || at >= b.cutoff && missing <= bufferSize-max(lastChunk, b.widest) {
			rt.Fatalf("place %d is gone with %d bytes after it", at, missing)
		}
		if len(r.frames) > 0 {
			rt.Fatalf("%d bytes after a place that is gone", len(r.frames))
		}
		end, _ := b.place()
		return end
	}
	to := at + int64(len(r.frames))
	if to > int64(len(b.all)) || !bytes.Equal(r.frames, b.all[at:to]) || (to == at && missing > 0) {
		rt.Fatalf("other bytes after place %d, or none: %d of %d", at, to-at, missing)
	}
	if seq, end := b.seqs[to]; !end || r.seq != seq {
		rt.Fatalf("place %d after %d, want %d; the end of a frame: %t", to, r.seq, seq, end)
	}
	if cap(r.frames) != len(r.frames) {
		rt.Fatalf("a reader that appends to what it read writes into the buffer")
	}
	return to
}

// bounded checks how much the buffer holds.
func (b *modelBuffer) bounded(rt *rapid.T) {
	held, capacity := 0, 0
	for i, c := range b.chunks {
		held += len(c.buf)
		capacity += cap(c.buf)
		if i > 0 && c.start != b.chunks[i-1].start+int64(len(b.chunks[i-1].buf)) {
			rt.Fatalf("chunk %d begins at %d", i, c.start)
		}
	}
	if held != b.held || held > max(bufferSize, b.widest) || capacity > 2*max(bufferSize, b.widest)+lastChunk {
		rt.Fatalf("%d bytes held in %d, counted as %d", held, capacity, b.held)
	}
}

func TestAQuietBufferIsSmall(t *testing.T) {
	message := bytes.Repeat([]byte("x"), 200)
	b := new(buffer)
	b.append(message, 1)
	b.append(message, 2)
	if len(b.chunks) != 1 || cap(b.chunks[0].buf) != firstChunk {
		t.Errorf("two messages in a quiet room take %d chunks, the first of %d bytes", len(b.chunks), cap(b.chunks[0].buf))
	}
	// A busy hour leaves nothing behind: the first chunk after a trim is small again.
	for range 1000 {
		b.append(message, 3)
	}
	if b.trim(); b.held != 0 || b.chunks != nil {
		t.Errorf("a trimmed buffer holds %d bytes", b.held)
	}
	if b.append(message, 4); cap(b.chunks[0].buf) != firstChunk {
		t.Errorf("the first chunk after a trim has %d bytes", cap(b.chunks[0].buf))
	}
}

func TestReadingABufferAllocatesNothing(t *testing.T) {
	b := new(buffer)
	for range 100 {
		b.append(bytes.Repeat([]byte("x"), 100), 1)
	}
	for name, at := range map[string]int64{"behind": 0, "nearly there": 9900, "at the end": 10_000} {
		if n := testing.AllocsPerRun(100, func() { b.after(at) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestARestartedBufferKnowsItsPlaceInTheLog(t *testing.T) {
	b := bufferAt(3)
	b.append([]byte("old"), 4)
	b.restart(9)
	at, seq := b.place()
	if at != 3 || seq != 9 {
		t.Errorf("place %d after %d, want 3 after 9", at, seq)
	}
	if r := b.after(0); r.held {
		t.Errorf("what nobody read is held: %q", r.frames)
	}
	b.append([]byte("new"), 10)
	if r := b.after(at); string(r.frames) != "new" || r.seq != 10 || !r.held {
		t.Errorf("then %q after %d", r.frames, r.seq)
	}
}

// endReader reads to the end whenever it is told.
type endReader struct {
	Cursor
	read int64
}

func (r *endReader) More() { r.read = r.buffer.end }

func TestReadersAreToldInPortions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := new(buffer)
		var readers []*endReader
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(*rapid.T) { b.append([]byte("frame"), b.seq+1) },
			"attach": func(*rapid.T) {
				r := &endReader{read: b.end}
				r.reader, r.buffer = r, b
				b.attach(&r.Cursor)
				readers = append(readers, r)
			},
			"detach": func(rt *rapid.T) {
				if len(readers) == 0 {
					rt.Skip()
				}
				i := rapid.IntRange(0, len(readers)-1).Draw(rt, "reader")
				b.detach(&readers[i].Cursor)
				readers = append(readers[:i], readers[i+1:]...)
			},
			"tell some": func(rt *rapid.T) {
				n := rapid.IntRange(1, 3).Draw(rt, "at most")
				if told := b.notify(n); told > n || told < n && b.midway() {
					rt.Fatalf("%d of at most %d are told, and there are more: %t", told, n, b.pending())
				}
			},
			"": func(rt *rapid.T) {
				for i, r := range readers {
					if r.read != b.end && !b.pending() {
						rt.Fatalf("reader %d has read up to %d of %d, and nobody tells it", i, r.read, b.end)
					}
				}
			},
		})
		for range 2 { // the rest of a round, and another one
			b.notify(len(readers) + 1)
		}
		for i, r := range readers {
			if r.read != b.end {
				rt.Fatalf("reader %d has read up to %d of %d", i, r.read, b.end)
			}
		}
	})
}
