package terminal

// window returns the visible rows, as many as the window's height. If there are fewer,
// empty rows come first.
func (t *transcript) window() []string {
	i, below := t.end()
	var parts [][]string
	have := 0
	for ; i >= 0 && have < t.height; i-- {
		rows := t.rows(i)
		rows = rows[:len(rows)-min(below, len(rows))]
		below = 0
		parts = append(parts, rows)
		have += len(rows)
	}
	seen := make([]string, 0, max(have, t.height))
	for range t.height - have {
		seen = append(seen, "")
	}
	for k := len(parts) - 1; k >= 0; k-- {
		seen = append(seen, parts[k]...)
	}
	return seen[len(seen)-t.height:]
}

// end returns the entry at the bottom of the window, and how many of its rows are below.
func (t *transcript) end() (i, below int) {
	if t.bottom != nil {
		if i = t.index(t.bottom); i >= 0 {
			return i, max(min(t.below, len(t.rows(i))-1), 0)
		}
		t.follow()
	}
	return t.count() - 1, 0
}

// follow moves the window to the end, where it stays when entries are added.
func (t *transcript) follow() { t.bottom, t.below = nil, 0 }

// scroll moves the window up by rows, or down if rows is negative.
func (t *transcript) scroll(rows int) {
	i, below := t.end()
	below += rows
	for below < 0 && i < t.count()-1 {
		i++
		below += len(t.rows(i))
	}
	if below < 0 || i == t.count()-1 && below == 0 {
		t.follow()
		return
	}
	for below >= len(t.rows(i)) && i > 0 {
		below -= len(t.rows(i))
		i--
	}
	// Stop at the first row.
	below = max(min(below, len(t.rows(i))-1), 0)
	above := len(t.rows(i)) - below
	for k := i - 1; k >= 0 && above < t.height; k-- {
		above += len(t.rows(k))
	}
	t.bottom, t.below = t.at(i), below
	if above < t.height && rows > 0 {
		t.scroll(above - t.height)
	}
}

// nearTop reports whether less than a window's height is above the window.
func (t *transcript) nearTop() bool {
	i, below := t.end()
	rows := -below
	for ; i >= 0 && rows < 2*t.height; i-- {
		rows += len(t.rows(i))
	}
	return rows < 2*t.height
}

// choose selects the next message above if up is positive, or below if it is negative,
// starting from the selected one or from the bottom of the window. Below the last
// message it selects none. The window follows.
func (t *transcript) choose(up int) {
	i, _ := t.end()
	i++
	if t.selected != nil {
		if k := t.index(t.selected); k >= 0 {
			i = k
		}
	} else if up < 0 {
		return
	}
	step := 1
	if up > 0 {
		step = -1
	}
	for i += step; i > 0 && i < t.count(); i += step {
		if _, is := t.at(i).block.(*messageBlock); is {
			t.choice(t.at(i))
			t.show(i)
			return
		}
	}
	if up < 0 {
		t.choice(nil)
		t.follow()
	}
}

// choice selects an entry; nil for none.
func (t *transcript) choice(e *entry) {
	if t.selected != e {
		t.selected = e
		t.stale++
	}
}

// show scrolls so that an entry is visible.
func (t *transcript) show(i int) {
	last, below := t.end()
	if i >= last {
		if i == t.count()-1 {
			t.follow()
		} else {
			t.bottom, t.below = t.at(i), 0
		}
		return
	}
	rows := len(t.rows(last)) - below
	for k := last - 1; k >= i; k-- {
		rows += len(t.rows(k))
	}
	if rows > t.height {
		t.scroll(rows - t.height)
	}
}

// mark shows the mark for new messages above an entry; nil removes it.
func (t *transcript) mark(e *entry) {
	if t.marked != e {
		t.marked = e
		t.stale++
	}
}

// markAfter shows the mark for new messages above the first message after seq that isn't
// from the member me.
func (t *transcript) markAfter(seq uint64, me string) {
	for _, e := range t.entries {
		if l := t.lines[e.seq]; e.seq > seq && l != nil && l.From.Member != me {
			t.mark(e)
			return
		}
	}
}
