package terminal

import (
	"os"
	"unicode/utf8"
)

// maxParams is how many parameters of an escape sequence the library that reads keys can take. It panics at more, which a
// paste may have.
const maxParams = 32

const (
	esc = 0x1b
	csi = 0x9b // the same as ESC [
	dcs = 0x90 // the same as ESC P
)

// input reads a terminal. Of an escape sequence with more than maxParams parameters, it joins the last ones
// to one.
type input struct {
	*os.File
	in     part
	params int     // in this sequence
	last   [3]byte // the bytes before the next one
}

// part is what the next byte may belong to.
type part int

const (
	inText part = iota
	inEscape
	inParams
)

func (t *input) Read(b []byte) (int, error) {
	n, err := t.File.Read(b)
	t.bound(b[:n])
	return n, err
}

// bound replaces the separators before parameters that are too many by a digit.
func (t *input) bound(b []byte) {
	for i, c := range b {
		switch {
		case c == esc:
			t.in = inEscape
		case t.in == inEscape && ' ' <= c && c <= '/':
		case t.in == inEscape && (c == '[' || c == 'P'), (c == csi || c == dcs) && !t.endsRune(c):
			t.in, t.params = inParams, 1
		case t.in == inParams && (c == ';' || c == ':'):
			if t.params++; t.params > maxParams {
				b[i] = '0'
			}
		case t.in == inParams && '0' <= c && c <= '?':
		default:
			t.in = inText
		}
		t.last = [3]byte{t.last[1], t.last[2], c}
	}
}

// endsRune reports whether c is the last byte of a character in UTF-8, and no control character.
func (t *input) endsRune(c byte) bool {
	r, size := utf8.DecodeLastRune(append(t.last[:], c)) // a copy: the array is full
	return r != utf8.RuneError && size > 1
}
