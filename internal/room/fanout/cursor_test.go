package fanout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testRoom is what a room does with its fan-out, with a journal in memory. Nothing in it
// runs concurrently.
type testRoom struct {
	*Fanout
	t       testing.TB
	journal journal.Journal
	feed    *journal.Feed
	resyncs int
}

func newTestRoom(t testing.TB, o memory.Options) *testRoom {
	r := &testRoom{t: t, journal: memory.Open(o)}
	t.Cleanup(func() {
		if err := r.journal.Close(); err != nil {
			t.Error(err)
		}
	})
	snapshot, feed, err := r.journal.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(feed.Close)
	r.feed = feed
	r.Fanout = New("lobby", "/r/lobby", r.journal, func(_ context.Context, d protocol.Dialect) (Place, error) {
		r.resyncs++
		p := r.Place(d)
		if d == protocol.V1 {
			p.Members = r.EncodeEvent(d, protocol.EventMembers, protocol.Members{Count: 7})
		}
		return p, nil
	})
	r.Start(snapshot.Epoch, snapshot.Head)
	return r
}

// commit appends messages to the journal.
func (r *testRoom) commit(contents ...string) {
	r.t.Helper()
	for _, content := range contents {
		e := protocol.Event{Type: protocol.EventMessage, ID: "x", From: protocol.Member{Member: "m", Nick: "ann"}, Body: protocol.MessageBody{Content: content}.Encode()}
		if err := r.journal.Append(r.t.Context(), journal.Draft{Room: "lobby", Event: e}, func(_ journal.Outcome, err error) {
			if err != nil {
				r.t.Error(err)
			}
		}); err != nil {
			r.t.Fatal(err)
		}
	}
}

// publish delivers what was committed.
func (r *testRoom) publish() {
	for _, e := range r.feed.Take() {
		r.AppendEntry(e)
	}
	r.Flush()
}

// say is commit and publish.
func (r *testRoom) say(contents ...string) {
	r.t.Helper()
	r.commit(contents...)
	r.publish()
}

// testReader counts how often it was told that there is more.
type testReader struct {
	Cursor
	room *testRoom
	told int
}

func (c *testReader) More() { c.told++ }

// attach attaches a reader that begins after seq, or at the end if seq is negative.
func (r *testRoom) attach(d protocol.Dialect, seq int) *testReader {
	c := &testReader{room: r}
	head := r.Attach(&c.Cursor, d, c)
	if seq < 0 {
		seq = int(head)
	}
	c.StartAfter(uint64(seq))
	return c
}

// reads checks what c reads next, up to the end: messages as "1 hi" or, in plain, "hi";
// other events by their type.
func (c *testReader) reads(want ...string) {
	c.room.t.Helper()
	var got []string
	for {
		frames, err := c.Next(c.room.t.Context())
		if err != nil {
			c.room.t.Fatal(err)
		}
		if len(frames) == 0 {
			break
		}
		got = append(got, events(c.room.t, c.Dialect(), frames)...)
	}
	if !slices.Equal(got, want) {
		c.room.t.Errorf("read %q, want %q", got, want)
	}
}

func events(t testing.TB, d protocol.Dialect, frames []byte) (all []string) {
	for len(frames) > 0 {
		payload, rest := cutFrame(t, frames)
		frames = rest
		if d == protocol.Plain {
			m, err := protocol.DecodePlain(payload)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, m.Content)
			continue
		}
		e, err := protocol.DecodeEvent(payload)
		switch e := e.(type) {
		case *protocol.Event:
			b, err := e.Message()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, fmt.Sprintf("%d %s", e.Seq, b.Content))
		case *protocol.Gap:
			all = append(all, fmt.Sprintf("gap %d-%d", e.First, e.Last))
		case *protocol.Members:
			all = append(all, "members")
		case *protocol.Typing:
			all = append(all, "typing")
		default:
			t.Fatalf("read %T, %v", e, err)
		}
	}
	return all
}

// cutFrame splits a text frame of less than 64 KiB off frames.
func cutFrame(t testing.TB, frames []byte) (payload, rest []byte) {
	if frames[0] != 0x81 || frames[1] > 126 {
		t.Fatalf("no frame: % x", frames[:2])
	}
	at, n := 2, int(frames[1])
	if n == 126 {
		at, n = 4, int(frames[2])<<8+int(frames[3])
	}
	return frames[at : at+n], frames[at+n:]
}

func TestACursorReadsTheJournalAndThenTheBuffer(t *testing.T) {
	r := newTestRoom(t, memory.Options{})
	r.say("one", "two", "three")
	all, some, none := r.attach(protocol.V1, 0), r.attach(protocol.Plain, 1), r.attach(protocol.V1, -1)
	r.say("four")
	all.reads("1 one", "2 two", "3 three", "4 four")
	some.reads("two", "three", "four")
	none.reads("4 four")
	for _, c := range []*testReader{all, some, none} {
		if c.told != 1 {
			t.Errorf("told %d times that there is more", c.told)
		}
	}
	if r.resyncs > 0 {
		t.Errorf("%d cursors have lost their place", r.resyncs)
	}
}

func TestACursorThatLostItsPlaceReadsTheJournalUpToTheEnd(t *testing.T) {
	r := newTestRoom(t, memory.Options{Keep: 1000})
	slow, plain := r.attach(protocol.V1, -1), r.attach(protocol.Plain, -1)
	var want, wantPlain []string
	long := strings.Repeat("x", 30_000)
	for seq := 1; seq <= 40; seq++ { // twice what the buffer holds
		r.say(long)
		want, wantPlain = append(want, fmt.Sprintf("%d %s", seq, long)), append(wantPlain, long)
	}
	if frames, ok := slow.Ready(); ok {
		t.Errorf("the room's goroutine reads %d bytes for a cursor that has lost its place", len(frames))
	}
	slow.reads(append(want, "members")...)
	plain.reads(wantPlain...) // plain shows no members
	if r.resyncs != 2 {
		t.Errorf("resynced %d times, want 2", r.resyncs)
	}
	r.say("live")
	slow.reads("41 live")
}

func TestWhatIsNoLongerKeptIsAGap(t *testing.T) {
	r := newTestRoom(t, memory.Options{Keep: 2})
	r.say("one", "two", "three", "four")
	r.attach(protocol.V1, 0).reads("gap 1-2", "3 three", "4 four")
	r.attach(protocol.Plain, 0).reads("three", "four")
}

func TestEventsThatAreNotInTheLogAreForV1(t *testing.T) {
	r := newTestRoom(t, memory.Options{})
	v1, plain := r.attach(protocol.V1, -1), r.attach(protocol.Plain, -1)
	r.AppendEvent(protocol.EventTyping, protocol.Typing{Member: "m"})
	r.Flush()
	v1.reads("typing")
	plain.reads()
	if v1.told != 1 || plain.told != 0 {
		t.Errorf("v1 was told %d times that there is more, plain %d times", v1.told, plain.told)
	}
}

func TestADialectWithoutReadersIsNotEncoded(t *testing.T) {
	r := newTestRoom(t, memory.Options{})
	v1, plain := r.attach(protocol.V1, -1), r.attach(protocol.Plain, -1)
	r.Detach(&plain.Cursor)
	r.say("hi")
	if b := r.buffer(protocol.Plain); b.end != 0 {
		t.Errorf("%d bytes for nobody", b.end)
	}
	v1.reads("1 hi")
	back := r.attach(protocol.Plain, -1)
	r.say("ho")
	back.reads("ho")
}

func TestTrimReleasesEverything(t *testing.T) {
	r := newTestRoom(t, memory.Options{})
	r.say("one", "two", "three")
	all := r.attach(protocol.V1, 0)
	if _, err := r.ReplayStart(t.Context(), 3, 2); err != nil {
		t.Fatal(err)
	}
	r.say("four")
	all.reads("1 one", "2 two", "3 three", "4 four")
	r.Trim()
	for _, b := range r.buffers {
		if b.held != 0 || len(b.chunks) != 0 {
			t.Errorf("the %v buffer holds %d bytes", b.dialect, b.held)
		}
	}
	if pages, starts := len(r.replay.pages.reads), len(r.replay.starts.reads); pages+starts > 0 || r.frame != nil || r.encoder.payload != nil {
		t.Errorf("%d pages and %d starts are remembered, and %d bytes for frames", pages, starts, cap(r.frame)+cap(r.encoder.payload))
	}
	r.say("five")
	all.reads("5 five") // a cursor at the end doesn't lose its place
	if r.resyncs > 0 {
		t.Error("it did")
	}
}

func TestErasedPagesAreForgotten(t *testing.T) {
	r := newTestRoom(t, memory.Options{})
	r.say("one")
	first, second := r.attach(protocol.V1, 0), r.attach(protocol.V1, 0)
	first.reads("1 one")
	if len(r.replay.pages.reads) == 0 {
		t.Fatal("the page is not shared")
	}
	r.ForgetPages()
	if len(r.replay.pages.reads) > 0 {
		t.Error("the page is still there")
	}
	second.reads("1 one")
}

func TestAFailedResyncLosesNothing(t *testing.T) {
	r := newTestRoom(t, memory.Options{})
	c := r.attach(protocol.V1, -1)
	r.say("one")
	r.Trim()
	resync := r.resync
	r.resync = func(context.Context, protocol.Dialect) (Place, error) {
		return Place{}, errors.New("the room has ended")
	}
	if _, err := c.Next(t.Context()); err == nil {
		t.Error("it continues where it can't")
	}
	r.resync = resync
	c.reads("1 one", "members")
}

// However many clients read a message, none of them makes work for the collector.
func TestReadyAllocatesNothing(t *testing.T) {
	r := newTestRoom(t, memory.Options{Keep: 1000})
	c := r.attach(protocol.Plain, -1)
	for range 101 {
		r.say("hi")
	}
	frame := len(r.buffer(protocol.Plain).chunks[0].buf) / 4
	read := 0
	if n := testing.AllocsPerRun(100, func() {
		c.at, c.seq, c.upto = int64(frame*(read%4)), 0, 0
		read++
		if frames, ok := c.Ready(); !ok || len(frames) == 0 {
			t.Error("there is nothing to read")
		}
		c.MarkWritten()
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLagIsCountedInLogEvents(t *testing.T) {
	r := newTestRoom(t, memory.Options{})
	r.say("one", "two")
	live, back := r.attach(protocol.V1, -1), r.attach(protocol.V1, 0)
	lags := func(c *testReader, want Lag, delivered uint64) {
		t.Helper()
		if got := c.Lag(); got != want || c.Delivered() != delivered {
			t.Errorf("behind by %+v with %d delivered, want %+v and %d", got, c.Delivered(), want, delivered)
		}
	}
	lags(live, Lag{}, 0)
	lags(back, Lag{Events: 2, InLog: true}, 0)
	r.say("three")
	r.AppendEvent(protocol.EventTyping, protocol.Typing{Member: "m"})
	lags(live, Lag{Events: 1}, 0)
	live.reads("3 three", "typing")
	lags(live, Lag{Events: 1}, 0) // not yet written
	live.MarkWritten()
	lags(live, Lag{}, 1)
	back.reads("1 one", "2 two", "3 three", "typing")
	back.MarkWritten()
	lags(back, Lag{}, 3)
}

func BenchmarkBuffer(b *testing.B) {
	frame := []byte(strings.Repeat("x", 200))
	w := new(buffer)
	var at int64
	seq := uint64(0)
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		seq++
		w.append(frame, seq)
		for r := w.after(at); len(r.frames) > 0; r = w.after(at) {
			at += int64(len(r.frames))
		}
	}
}
