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

// judgeFaults is judge with a server that has a fault so often in each check. It also returns
// how often it had the fault in the last one.
func judgeFaults(t *testing.T, times int64, f injections, change func(*Options), shown func(r Report, done int64) bool) (r Report, done int64) {
	t.Helper()
	server := servertest.Start(t, "sqlite:").URL
	for long := busy(t, server).Duration; ; long *= 2 {
		m := newFaultyProxy(t, server, times, f)
		o := busy(t, m.url)
		o.Duration = long
		change(&o)
		r = judge(t, o, nil)
		done = m.done.Load()
		if long >= longest || shown(r, done) {
			return r, done
		}
	}
}

// shows reports whether there is a finding of each kind that is wanted. There is none if all
// faults were on connections that their clients had left.
func shows(r Report, want counts) bool {
	for kind := range kinds {
		if r.Counts[kind] < min(want[kind], 1) {
			return false
		}
	}
	return true
}

func TestEachFaultIsFoundAsWhatItIs(t *testing.T) {
	t.Parallel()
	for _, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, done := judgeFaults(t, 1, c.inject, func(o *Options) {
				o.CutEvery = 0
				if c.want[Late] > 0 {
					o.Late = lateEnough / 2
				}
			}, func(r Report, done int64) bool { return done == 1 && shows(r, c.want) })
			if done != 1 {
				t.Fatalf("it was done %d times", done)
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
			r, done := judgeFaults(t, times, c.inject, func(*Options) {}, func(r Report, _ int64) bool { return shows(r, c.want) })
			for kind := range kinds {
				least, most := min(c.want[kind], 1), c.want[kind]*uint64(done)
				if kind == Lost && c.want[Reordered] > 0 { // cut after the later one of two, it resumes behind both
					most += uint64(done)
				}
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
	r, done := judgeFaults(t, 1, injections{event: func(l *link, frame []byte, e *protocol.Event) [][]byte {
		if e.Seq <= l.head && l.inject() {
			return nil
		}
		return [][]byte{frame}
	}}, func(*Options) {}, func(r Report, done int64) bool {
		return r.Counts[Lost] > 0 // its client hadn't cut the connection, and read on
	})
	if done != 1 {
		t.Fatal("no client had anything to resume")
	}
	finds(t, r, counts{Lost: 1})
}

func TestAClientThatIsLeftBehindResumesAndIsLate(t *testing.T) {
	t.Parallel()
	r, _ := judgeFaults(t, 1, injections{event: func(l *link, frame []byte, e *protocol.Event) [][]byte {
		l.deaf = l.deaf || e.Seq > 5 && l.inject()
		if l.deaf {
			return nil
		}
		return [][]byte{frame}
	}}, func(o *Options) {
		o.CutEvery, o.Late = 0, grace
	}, func(r Report, done int64) bool { return done == 1 && r.Counts[Late] >= 5 })
	finds(t, r, counts{Late: r.Counts[Late]})
	waited := func(f Finding) bool { return strings.Contains(f.Text, "waited in vain") }
	if r.Counts[Late] < 5 || r.Cuts != 1 || !slices.ContainsFunc(r.Findings, waited) {
		t.Errorf("%+v", r)
	}
}
