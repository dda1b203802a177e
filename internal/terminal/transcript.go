package terminal

import (
	"slices"
	"sort"
	"time"

	"snug/client"
	"snug/protocol"
)

// transcript holds the part of the log that is in memory, and the window that shows
// some of it. Entries are drawn when the window shows them, and their rows are cached
// until the canvas changes. The window scrolls by rows, and stays at its entry when
// others are added.
type transcript struct {
	log     []*protocol.Event // ascending
	fold    client.Fold
	lines   map[uint64]*client.Line
	top     *entry   // the beginning, above all others
	entries []*entry // messages and remarks, in order
	sending []*entry // messages that aren't confirmed yet, below all others

	canvas *canvas
	stale  int // increases when cached rows are outdated
	height int // of the window, in rows

	// The window's last row belongs to bottom, which has below further rows. Nil
	// follows the end.
	bottom *entry
	below  int

	selected *entry // a message, or nil
	marked   *entry // the first new message, or nil
}

// entry is a part of a transcript.
type entry struct {
	block
	at  time.Time
	seq uint64 // of the log event; 0 for none

	rows  []string // cached
	drawn int      // the transcript's stale when rows were drawn
}

// block is the content of an entry.
type block interface {
	// draw returns its rows, no wider than the canvas. before is the entry above, or
	// nil.
	draw(p *canvas, before *entry, selected bool) []string
}

// keptEvents is how many events stay in memory while the window follows the end. Older
// ones are read again when somebody scrolls to them.
const keptEvents = 5000

func newTranscript() transcript {
	return transcript{lines: make(map[uint64]*client.Line), stale: 1}
}

// clear starts with a new log.
func (t *transcript) clear() {
	*t = transcript{lines: make(map[uint64]*client.Line), canvas: t.canvas, height: t.height, stale: t.stale + 1, sending: t.sending}
}

// first returns the seq of the oldest event in memory; 0 if there is none.
func (t *transcript) first() uint64 {
	if len(t.log) == 0 {
		return 0
	}
	return t.log[0].Seq
}

// add adds the next event, and returns its entry. It returns nil for an event that
// changes another entry, or none.
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

// put adds an entry at the end.
func (t *transcript) put(e *entry) {
	t.entries = append(t.entries, e)
	if len(t.sending) > 0 {
		t.sending[0].drawn = 0 // the entry above it has changed
	}
}

func (t *transcript) apply(e *protocol.Event) (shown *entry, changed bool) {
	line := t.fold.Apply(e)
	switch {
	case line == nil:
		return remarkFor(e), false
	case line.Seq != e.Seq:
		return nil, true
	}
	t.lines[line.Seq] = line
	return &entry{block: &messageBlock{line.Seq}, at: line.At, seq: line.Seq}, false
}

// note adds a block at the end.
func (t *transcript) note(b block, at time.Time) *entry {
	e := &entry{block: b, at: at}
	t.put(e)
	return e
}

// prepend adds older events at the top. The log is folded again, because later messages
// may refer to them.
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

// refold replaces the log, and adds the entries of wanted events at the top.
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

// trim removes the oldest entries if there are many and the window follows the end. If
// there are very many, it removes them although somebody reads them, so that memory is
// bounded. It reports whether it has removed any.
func (t *transcript) trim() bool {
	n := max(len(t.log), len(t.entries))
	reading := t.bottom != nil || t.selected != nil
	if n < keptEvents+keptEvents/4 || reading && n < 10*keptEvents {
		return false
	}
	t.follow()
	t.choice(nil)
	log := slices.Clone(t.log[max(len(t.log)-keptEvents, 0):])
	from := len(t.entries) - keptEvents // of entries that aren't in the log, such as who came and went
	if len(log) > 0 {
		from = max(from, slices.IndexFunc(t.entries, func(e *entry) bool { return e.seq >= log[0].Seq }))
	}
	t.entries = slices.Clone(t.entries[max(from, 0):])
	t.refold(log, func(int, *entry) bool { return false })
	return true
}

// prune removes the events before seq first, which are no longer kept. It reports whether
// there were any.
func (t *transcript) prune(first uint64) bool {
	if f := t.first(); f == 0 || f >= first {
		return false
	}
	gone := func(e *entry) bool { return e != nil && e.seq > 0 && e.seq < first }
	if gone(t.bottom) {
		t.follow()
	}
	if gone(t.selected) {
		t.choice(nil)
	}
	if gone(t.marked) {
		t.mark(nil)
	}
	t.fold.Prune(first)
	t.log = slices.Clone(t.log[sort.Search(len(t.log), func(i int) bool { return t.log[i].Seq >= first }):])
	t.entries = slices.DeleteFunc(t.entries, gone)
	for seq := range t.lines {
		if seq < first {
			delete(t.lines, seq)
		}
	}
	t.stale++
	return true
}

// count and at give access to all entries, from the top.
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

// rows returns an entry's rows, including the date and the mark above it.
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
		rows = append(rows, t.canvas.rule(e.at.Local().Format("Monday, 2 January 2006"), t.canvas.faint))
		before = nil
	}
	if e == t.marked {
		rows = append(rows, t.canvas.rule("new", t.canvas.mark))
		before = nil
	}
	e.rows = append(rows, e.draw(t.canvas, before, e == t.selected)...)
	e.drawn = t.stale
	return e.rows
}

func sameDay(a, b time.Time) bool {
	y, m, d := a.Local().Date()
	y2, m2, d2 := b.Local().Date()
	return y == y2 && m == m2 && d == d2
}
