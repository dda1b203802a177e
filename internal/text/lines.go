package text

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrLongLine is returned for a line that is longer than it may be.
var ErrLongLine = errors.New("the line is too long")

// Lines reads a text line by line. It needs memory for one line.
type Lines struct {
	// Number is that of the last line that Next has returned, or found too long; from 1 on.
	Number int

	in   *bufio.Reader
	most int
	line []byte
}

// NewLines returns a reader of the lines of a text, which have at most so many bytes, with their ends.
func NewLines(in io.Reader, most int) *Lines {
	return &Lines{in: bufio.NewReaderSize(in, 64<<10), most: most}
}

// Next returns the next line without its end, and without a byte order mark before the first one. It is
// valid until the next call. The error is [io.EOF] after the last line, [ErrLongLine], or that of reading;
// after an error nothing more can be read.
func (l *Lines) Next() ([]byte, error) {
	for l.line = l.line[:0]; ; {
		part, err := l.in.ReadSlice('\n')
		l.line = append(l.line, part...)
		switch {
		case len(l.line) > l.most:
			l.Number++
			return nil, ErrLongLine
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(l.line) == 0):
			return nil, err
		}
		l.Number++
		line := bytes.TrimRight(l.line, "\r\n")
		if l.Number == 1 {
			line = bytes.TrimPrefix(line, []byte("\uFEFF"))
		}
		return line, nil
	}
}
