package terminal

import (
	"slices"
	"time"

	"snug/client"
	"snug/protocol"
)

// transcript is what was said, as far as it is here, and the window through which
// it is seen. Only what is in the window is drawn, and kept as drawn until the
// paper changes; what scrolls is rows, what stays in its place is an entry.
type transcript struct {
	log     []*protocol.Event // ascending
	fold    client.Fold
	lines   map[uint64]*client.Line
	top     *entry   // above the first
	entries []*entry // what stands in the log, and what came with it
	sending []*entry // below the last: on their way

	paper  *paper
	stale  int // counts up when what is drawn is no longer right
	height int // of the window

	// The last row of the window is of this entry, with so many rows of it below;
	// nil follows the end.
	bottom *entry
	below  int

	selected *entry // a message, or nil
	marked   *entry // the first that is new, or nil
}

// entry is something in a transcript.
type entry struct {
	block
	at  time.Time
	seq uint64 // of the log's event; 0 for none

	rows  []string
	drawn int // the transcript's stale at that time
}

// block is what an entry says.
type block interface {
	// draw returns its rows, as wide as the paper or less. before is the entry
	// above, or nil.
	draw(p *paper, before *entry, selected bool) []string
}

// most is how many events are kept while nobody scrolls; more are read again when
// somebody does.
const most = 5000

func newTranscript() transcript {
	return transcript{lines: make(map[uint64]*client.Line), stale: 1}
}

// clear begins a new log.
func (t *transcript) clear() {
	*t = transcript{lines: make(map[uint64]*client.Line), paper: t.paper, height: t.height, stale: t.stale + 1, sending: t.sending}
}

// first is the seq of the oldest event that is here; 0 if there is none.
func (t *transcript) first() uint64 {
	if len(t.log) == 0 {
		return 0
	}
	return t.log[0].Seq
}

// add takes an event that follows those that are here, and returns the entry that
// shows it; nil if it changes another one, or nothing.
func (t *transcript) add(e *protocol.Event) *entry {
	t.log = append(t.log, e)
	shown, changed := t.apply(e)
	if changed {
		t.stale++
	}
	if shown != nil {
		t.put(shown)
	}
	return shown
}

// put puts an entry below those that are here.
func (t *transcript) put(e *entry) {
	t.entries = append(t.entries, e)
	if len(t.sending) > 0 {
		t.sending[0].drawn = 0 // it stands below another one now
	}
}

func (t *transcript) apply(e *protocol.Event) (shown *entry, changed bool) {
	line := t.fold.Apply(e)
	switch {
	case line == nil:
		return blockOf(e), false
	case line.Seq != e.Seq:
		return nil, true
	}
	t.lines[line.Seq] = line
	return &entry{block: &said{line.Seq}, at: line.At, seq: line.Seq}, false
}

// note puts a block below what is here.
func (t *transcript) note(b block, at time.Time) *entry {
	e := &entry{block: b, at: at}
	t.put(e)
	return e
}

// prepend puts older events above what is here, which may change it: they may be
// what is answered. The log is folded anew.
func (t *transcript) prepend(older []protocol.Event) {
	log := make([]*protocol.Event, 0, len(older)+len(t.log))
	for i := range older {
		if f := t.first(); f == 0 || older[i].Seq < f {
			log = append(log, &older[i])
		}
	}
	above := len(log)
	t.refold(append(log, t.log...), func(i int, e *entry) bool { return i < above })
}

// refold begins again with another log, and puts the entries of those of its
// events that are wanted above the others.
func (t *transcript) refold(log []*protocol.Event, wanted func(int, *entry) bool) {
	t.log, t.fold, t.lines = log, client.Fold{}, make(map[uint64]*client.Line)
	var above []*entry
	for i, e := range log {
		if shown, _ := t.apply(e); shown != nil && wanted(i, shown) {
			above = append(above, shown)
		}
	}
	t.entries = append(above, t.entries...)
	t.stale++
}

// trim forgets the oldest, if that is out of sight and there is much of it. It
// reports whether it did.
func (t *transcript) trim() bool {
	if len(t.log) < most+most/4 || t.bottom != nil || t.selected != nil {
		return false
	}
	log := slices.Clone(t.log[len(t.log)-most:])
	from := slices.IndexFunc(t.entries, func(e *entry) bool { return e.seq >= log[0].Seq })
	t.entries = slices.Clone(t.entries[max(from, 0):])
	t.refold(log, func(int, *entry) bool { return false })
	return true
}

// count and at are all entries, from the top.
func (t *transcript) count() int { return 1 + len(t.entries) + len(t.sending) }

func (t *transcript) at(i int) *entry {
	switch {
	case i == 0:
		if t.top == nil {
			t.top = &entry{block: &beginning{}}
		}
		return t.top
	case i <= len(t.entries):
		return t.entries[i-1]
	}
	return t.sending[i-1-len(t.entries)]
}

func (t *transcript) index(e *entry) int {
	for i := t.count() - 1; i >= 0; i-- {
		if t.at(i) == e {
			return i
		}
	}
	return -1
}

// rows draws an entry, with what stands above it: the day, the mark.
func (t *transcript) rows(i int) []string {
	e := t.at(i)
	if e.drawn == t.stale {
		return e.rows
	}
	var before *entry
	if i > 1 {
		before = t.at(i - 1)
	}
	var rows []string
	if !e.at.IsZero() && (before == nil || !before.at.IsZero() && !sameDay(before.at, e.at)) {
		rows = append(rows, t.paper.rule(e.at.Local().Format("Monday, 2 January 2006"), t.paper.faint))
		before = nil
	}
	if e == t.marked {
		rows = append(rows, t.paper.rule("new", t.paper.mark))
		before = nil
	}
	e.rows = append(rows, e.draw(t.paper, before, e == t.selected)...)
	e.drawn = t.stale
	return e.rows
}

func sameDay(a, b time.Time) bool {
	y, m, d := a.Local().Date()
	y2, m2, d2 := b.Local().Date()
	return y == y2 && m == m2 && d == d2
}
