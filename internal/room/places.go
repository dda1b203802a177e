package room

import "slices"

// places maps the numbers of a file's items to seqs of the room's log. Most items lie in the
// log as in the file, so it holds stretches. Numbers and seqs grow.
type places []stretch

// stretch is length items in a row.
type stretch struct{ number, seq, length uint64 }

// add adds the next item, and reports whether it is new.
func (p *places) add(number, seq uint64) bool {
	if n := len(*p); n > 0 {
		last := &(*p)[n-1]
		if number == last.number+last.length && seq == last.seq+last.length {
			last.length++
			return true
		}
		if number < last.number+last.length {
			at, found := slices.BinarySearchFunc(*p, number, stretch.compare)
			if !found {
				*p = slices.Insert(*p, at, stretch{number, seq, 1})
			}
			return !found
		}
	}
	*p = append(*p, stretch{number, seq, 1})
	return true
}

// of returns the seq of an item; 0 if it isn't there.
func (p places) of(number uint64) uint64 {
	at, found := slices.BinarySearchFunc(p, number, stretch.compare)
	if !found {
		return 0
	}
	return p[at].seq + number - p[at].number
}

// compare compares the stretch with a number: 0 if it has it.
func (s stretch) compare(number uint64) int {
	switch {
	case number < s.number:
		return 1
	case number >= s.number+s.length:
		return -1
	}
	return 0
}
