package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"snug/internal/servertest"
	"snug/protocol"
)

const lateEnough = 1200 * time.Millisecond

// faults are the faults of a server, and the findings for one of each.
var faults = []struct {
	name   string
	inject injections
	want   counts
	says   string
}{
	{"an event is dropped", pair(func(_ *link, _, second []byte) [][]byte { return [][]byte{second} }),
		counts{Lost: 1}, "never got event"},
	{"an event is passed off as no longer kept", single(func(_ *link, _ []byte, e *protocol.Event) [][]byte {
		return [][]byte{protocol.AppendEvent(nil, protocol.EventGap, protocol.Gap{First: e.Seq, Last: e.Seq})}
	}), counts{Lost: 1}, "no longer kept, and the log has it"},
	{"a message is confirmed that was never stored", sending(func(l *link, _ []byte, c protocol.Command) [][]byte {
		l.send(protocol.AppendEvent(nil, protocol.EventAck, protocol.Ack{ID: c.ID, Seq: 1_000_000, Duplicate: true}))
		return nil
	}), counts{Lost: 1}, "was confirmed to client"},
	{"a message is confirmed in another's place", sending(func(l *link, _ []byte, c protocol.Command) [][]byte {
		l.send(protocol.AppendEvent(nil, protocol.EventAck, protocol.Ack{ID: c.ID, Seq: 3, Duplicate: true}))
		return nil
	}), counts{Lost: 1}, "was confirmed to client"},
	{"the log leaves one out", reading(func(page *protocol.History) {
		page.Events = append(page.Events[:5], page.Events[6:]...)
	}), counts{Lost: 1}, "was confirmed to client"},
	{"an event is given twice", single(func(_ *link, frame []byte, _ *protocol.Event) [][]byte { return [][]byte{frame, frame} }),
		counts{Doubled: 1}, "again"},
	{"a seq is given twice", pair(func(l *link, first, second []byte) [][]byte {
		return [][]byte{first, renumber(l.t, second, seqOf(l.t, first)), second}
	}), counts{Doubled: 1}, "this time as message"},
	{"a message is stored twice", sending(func(l *link, frame []byte, c protocol.Command) [][]byte {
		c.ID = "again" + c.ID[:10]
		return [][]byte{frame, encoded(l.t, c)}
	}), counts{Doubled: 1}, "twice, as event"},
	{"two events are swapped", pair(func(_ *link, first, second []byte) [][]byte { return [][]byte{second, first} }),
		counts{Reordered: 1}, "after event"},
	{"the log has another event there", reading(func(page *protocol.History) {
		page.Events[5].ID, page.Events[5].Body = "other", protocol.MessageBody{Content: "other"}.Encode()
	}), counts{Reordered: 1, Lost: 1}, "for the log and message"},
	{"a content is changed for one", single(func(_ *link, frame []byte, _ *protocol.Event) [][]byte { return [][]byte{spoil(frame)} }),
		counts{Damaged: 1}, "checksum"},
	{"a content is changed for all", sending(func(_ *link, frame []byte, _ protocol.Command) [][]byte { return [][]byte{spoil(frame)} }),
		counts{Damaged: 1}, "checksum"},
	{"a frame is broken", single(func(_ *link, frame []byte, _ *protocol.Event) [][]byte { return [][]byte{frame[:len(frame)/2]} }),
		counts{Damaged: 1}, "can't be decoded"},
	{"an event is held back", single(func(_ *link, frame []byte, _ *protocol.Event) [][]byte {
		time.Sleep(lateEnough) // as a slow server does
		return [][]byte{frame}
	}), counts{Late: 1}, "after it was sent"},
}

func TestEachFaultIsFoundAsWhatItIs(t *testing.T) {
	t.Parallel()
	for _, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newFaultyProxy(t, servertest.Start(t, "sqlite:").URL, 1, c.inject)
			o := busy(t, m.url)
			o.CutEvery = 0
			if c.want[Late] > 0 {
				o.Late = lateEnough / 2
			}
			r := judge(t, o)
			if m.done.Load() != 1 {
				t.Fatalf("it was done %d times", m.done.Load())
			}
			if c.want[Late] > 0 { // and so may be what came behind it
				c.want[Late] = max(c.want[Late], r.Counts[Late])
			}
			finds(t, r, c.want)
			if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return strings.Contains(f.Text, c.says) }) {
				t.Errorf("nothing says %q", c.says)
			}
		})
	}
}

func TestFaultsAreFoundBetweenCutsAndAreNoOthers(t *testing.T) {
	t.Parallel()
	const times = 8
	for _, c := range faults {
		if c.want[Late] > 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newFaultyProxy(t, servertest.Start(t, "sqlite:").URL, times, c.inject)
			r := judge(t, busy(t, m.url))
			for kind := range kinds {
				least, most := min(c.want[kind], 1), c.want[kind]*uint64(m.done.Load())
				if got := r.Counts[kind]; got < least || got > most {
					t.Errorf("%v: %d, want %d to %d", kind, got, least, most)
				}
			}
			if t.Failed() {
				finds(t, r, c.want)
			}
		})
	}
}

func TestAResumeThatLeavesSomethingOutIsALoss(t *testing.T) {
	t.Parallel()
	m := newFaultyProxy(t, servertest.Start(t, "sqlite:").URL, 1, injections{event: func(l *link, frame []byte, e *protocol.Event) [][]byte {
		if e.Seq <= l.head && l.inject() {
			return nil
		}
		return [][]byte{frame}
	}})
	r := judge(t, busy(t, m.url))
	if m.done.Load() != 1 {
		t.Fatal("no client had anything to resume")
	}
	finds(t, r, counts{Lost: 1})
}

func TestAClientThatIsLeftBehindResumesAndIsLate(t *testing.T) {
	t.Parallel()
	m := newFaultyProxy(t, servertest.Start(t, "sqlite:").URL, 1, injections{event: func(l *link, frame []byte, e *protocol.Event) [][]byte {
		l.deaf = l.deaf || e.Seq > 5 && l.inject()
		if l.deaf {
			return nil
		}
		return [][]byte{frame}
	}})
	o := busy(t, m.url)
	o.CutEvery, o.Late = 0, grace
	r := judge(t, o)
	finds(t, r, counts{Late: r.Counts[Late]})
	waited := func(f Finding) bool { return strings.Contains(f.Text, "waited in vain") }
	if r.Counts[Late] < 5 || r.Cuts != 1 || !slices.ContainsFunc(r.Findings, waited) {
		t.Errorf("%+v", r)
	}
}
