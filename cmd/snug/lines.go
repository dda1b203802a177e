package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"snug/internal/charset"
)

// maxLine is up to how many bytes of a line are read to find its end.
const maxLine = 1 << 20

var (
	errBinary   = errors.New("the input isn't text: it contains NUL bytes. If it is UTF-16, convert it to UTF-8, or add a byte order mark")
	errLongLine = fmt.Errorf("the line has more than %d KiB: is the input text?", maxLine>>10)
)

// wrongLineError is the error of a line that can't be sent. The next line can be read.
type wrongLineError struct{ says string }

func (e *wrongLineError) Error() string { return e.says }

// lineReader reads text in lines. A byte order mark is removed; after that of UTF-16 or
// UTF-32 the text is converted. It uses bounded memory, whatever the input is.
type lineReader struct {
	in    *bufio.Reader
	chars int  // the most characters of a line; 0 for any number
	begun bool // the encoding is known
	wide  bool // it was UTF-16 or UTF-32
}

func newLineReader(in io.Reader, chars int) *lineReader {
	return &lineReader{in: bufio.NewReader(in), chars: chars}
}

// next returns the next line, without its end. After a *wrongLineError the next call
// returns the line that follows. All other errors are final; io.EOF is the end.
func (l *lineReader) next() (string, error) {
	if !l.begun {
		l.begun = true
		if err := l.begin(); err != nil {
			return "", err
		}
	}
	most := maxLine
	if l.chars > 0 {
		most = min(most, l.chars*utf8.UTFMax+len("\r\n"))
	}
	line, long, err := l.read(most)
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return "", errBinary
	case errors.Is(err, io.EOF) && (long || len(line) > 0):
		err = nil // the last line has no line feed; EOF follows
	case err != nil:
		return "", err
	}
	text := strings.TrimRight(string(line), "\r\n")
	switch {
	case long, l.chars > 0 && utf8.RuneCountInString(text) > l.chars:
		return "", &wrongLineError{fmt.Sprintf("not sent: the line has more than %d characters", l.chars)}
	case !l.valid(text):
		return "", &wrongLineError{"not sent: the line isn't text in UTF-8. If it is text in another encoding, convert it, for example with iconv -f latin1 -t utf-8"}
	}
	return text, err
}

// read reads up to the next line feed. Of a line with more than most bytes it returns
// the beginning.
func (l *lineReader) read(most int) (line []byte, long bool, err error) {
	for read := 0; ; {
		part, err := l.in.ReadSlice('\n')
		if bytes.IndexByte(part, 0) >= 0 {
			return nil, false, errBinary
		}
		if read += len(part); read > maxLine {
			return nil, false, errLongLine
		}
		line = append(line, part[:min(len(part), most-len(line))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, read > most, err
		}
	}
}

// begin finds out how the text is encoded. It waits for the first byte of the input.
func (l *lineReader) begin() error {
	first, err := l.in.Peek(1)
	if err != nil {
		return err
	}
	switch first[0] {
	case 0xEF:
		if mark, _ := l.in.Peek(3); bytes.Equal(mark, []byte(charset.UTF8Mark)) {
			_, _ = l.in.Discard(len(mark))
		}
	case 0xFE, 0xFF, 0:
		l.convert()
	}
	if _, err := l.in.Peek(1); err != nil {
		return err
	}
	// Of binary input, nothing should be sent, not even lines of text at its beginning. All other lines are judged
	// one by one: how much is there already depends on who writes it.
	if buffered, _ := l.in.Peek(l.in.Buffered()); bytes.IndexByte(buffered, 0) >= 0 {
		return errBinary
	}
	return nil
}

// convert converts the input to UTF-8 if it begins with another byte order mark.
func (l *lineReader) convert() {
	mark, _ := l.in.Peek(4)
	if decoder := charset.Decoder(mark); decoder != nil {
		l.wide = true
		l.in = bufio.NewReader(transform.NewReader(l.in, decoder))
	}
}

// valid reports whether s is text. In converted text a replacement character stands for
// what couldn't be converted.
func (l *lineReader) valid(s string) bool {
	return utf8.ValidString(s) && !(l.wide && strings.ContainsRune(s, utf8.RuneError))
}
