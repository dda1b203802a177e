package convert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"snug/internal/text"
)

// FileError says what is wrong with a file.
type FileError struct {
	File string
	Line int // 0 if it is about the whole file
	Why  string
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Why)
	}
	return fmt.Sprintf("%s, line %d: %s", e.File, e.Line, e.Why)
}

// elements reads an array of JSON, and passes each element to visit, with the line on which it
// begins. It needs memory for one element, which has at most limit bytes. Errors name the file.
func elements[T any](name string, in io.Reader, limit int, visit func(line int, v *T) error) error {
	r := &elementReader{in: in, line: 1}
	wrong := func(line int, format string, args ...any) error {
		return &FileError{name, line, fmt.Sprintf(format, args...)}
	}
	skip := func() (byte, error) { // what comes next, apart from spaces
		for {
			c, err := r.peek()
			if err != nil || !bytes.ContainsRune([]byte(" \t\r\n"), rune(c)) {
				return c, err
			}
			r.next()
		}
	}
	failed := func(err error) error {
		if errors.Is(err, io.EOF) {
			return wrong(r.line, "the file ends within the array: is it cut off?")
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	if mark, err := r.peek(); err == nil && mark == 0xEF { // a byte order mark
		for range utf8.RuneLen('\uFEFF') {
			r.next()
		}
	}
	c, err := skip()
	if errors.Is(err, io.EOF) || err == nil && c != '[' {
		return wrong(r.line, "it is no JSON array")
	}
	if err != nil {
		return failed(err)
	}
	r.next()
	for first := true; ; first = false {
		if c, err = skip(); err != nil {
			return failed(err)
		}
		switch {
		case c == ']':
			return nil
		case !first && c != ',':
			return wrong(r.line, "a comma or ] is missing between two elements")
		case !first:
			r.next()
			if _, err = skip(); err != nil {
				return failed(err)
			}
		}
		line := r.line
		raw, err := r.element(limit)
		if errors.Is(err, errLong) {
			return wrong(line, "the element has more than %d bytes", limit)
		}
		if err != nil {
			return failed(err)
		}
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return wrong(line, "%v", err)
		}
		if err := visit(line, &v); err != nil {
			return err
		}
	}
}

var errLong = errors.New("too long")

// elementReader reads bytes, and counts lines.
type elementReader struct {
	in   io.Reader
	buf  []byte
	pos  int
	line int
	err  error
}

func (r *elementReader) peek() (byte, error) {
	if r.pos == len(r.buf) {
		if r.err != nil {
			return 0, r.err
		}
		if r.buf == nil {
			r.buf = make([]byte, 64<<10)
		}
		n, err := io.ReadAtLeast(r.in, r.buf[:cap(r.buf)], 1)
		r.buf, r.pos, r.err = r.buf[:n], 0, err
		if n == 0 {
			return 0, r.err
		}
	}
	return r.buf[r.pos], nil
}

func (r *elementReader) next() {
	if r.buf[r.pos] == '\n' {
		r.line++
	}
	r.pos++
}

// element reads up to the comma or bracket that ends an element of an array. Whether it is JSON,
// the caller finds out.
func (r *elementReader) element(limit int) ([]byte, error) {
	var raw []byte
	depth, text, escaped := 0, false, false
	for {
		c, err := r.peek()
		if err != nil {
			return nil, err
		}
		switch {
		case escaped:
			escaped = false
		case text:
			escaped, text = c == '\\', c != '"'
		case c == '"':
			text = true
		case c == '{', c == '[':
			depth++
		case depth == 0 && (c == ',' || c == ']'):
			return raw, nil
		case c == '}', c == ']':
			depth--
		}
		if len(raw) == limit {
			return nil, errLong
		}
		raw = append(raw, c)
		r.next()
		if depth < 0 { // no JSON
			return raw, nil
		}
	}
}

// eachLine passes each line of a file to visit, without its end. It needs memory for one line, which
// has at most limit bytes. Errors name the file.
func eachLine(name string, in io.Reader, limit int, visit func(number int, line []byte) error) error {
	for lines := text.NewLines(in, limit); ; {
		line, err := lines.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, text.ErrLongLine):
			return &FileError{name, lines.Number, fmt.Sprintf("the line has more than %d bytes", limit)}
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := visit(lines.Number, line); err != nil {
			return err
		}
	}
}
