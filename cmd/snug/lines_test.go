package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// readAll reads all lines. A line that can't be sent is "!".
func readAll(in io.Reader, chars int) (all []string, err error) {
	r := newLineReader(in, chars)
	for {
		line, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case errors.As(err, new(*wrongLineError)):
			line = "!"
		case err != nil:
			return all, err
		}
		all = append(all, line)
	}
}

func TestLinesAreReadAsTheyWereWritten(t *testing.T) {
	long := strings.Repeat("ß", 20)
	for in, want := range map[string][]string{
		"":                                      nil,
		"one":                                   {"one"},
		"one\ntwo\n":                            {"one", "two"},
		"one\r\n\r\ntwo":                        {"one", "", "two"},
		"\uFEFFone\n\uFEFFtwo":                  {"one", "\uFEFFtwo"},
		"\uFEFF":                                nil,
		long + "\n" + long + "ß\n":              {long, "!"},
		strings.Repeat("x", 300_000) + "\nnext": {"!", "next"},
		"\xff\xfeo\x00n\x00e\x00\r\x00\n\x00t\x00":      {"one", "t"},
		"\xfe\xff\x00o\x00n\x00e\x00\n":                 {"one"},
		"\x00\x00\xfe\xff\x00\x00\x00o\x00\x01\xf6\x42": {"o🙂"},
		"\x1b[31mred\x07\n":                             {"\x1b[31mred\x07"}, // it is escaped where it is shown
	} {
		for name, reader := range map[string]io.Reader{"at once": strings.NewReader(in), "by bytes": iotest.OneByteReader(strings.NewReader(in))} {
			if got, err := readAll(reader, 20); err != nil || !slices.Equal(got, want) {
				t.Errorf("%.40q %s: %.80q, %v; want %.80q", in, name, got, err, want)
			}
		}
	}
}

func TestALineThatIsNoTextIsRefusedAlone(t *testing.T) {
	begins := strings.Repeat("fine\n", 2000) // more than is looked at before the first line
	got, err := readAll(strings.NewReader(begins+"\xff\nfine"), 20)
	if err != nil || len(got) != 2002 || got[2000] != "!" || got[2001] != "fine" {
		t.Errorf("%d lines, %v", len(got), err)
	}
	for name, in := range map[string]io.Reader{"at once": strings.NewReader("a\nb\n\xff\xfe\nd\n"), "by bytes": iotest.OneByteReader(strings.NewReader("a\nb\n\xff\xfe\nd\n"))} {
		if got, err := readAll(in, 20); err != nil || !slices.Equal(got, []string{"a", "b", "!", "d"}) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for in, want := range map[string]int{"fine\n\x00\n": 0, begins + "\x00\nfine": 2000} {
		if got, err := readAll(strings.NewReader(in), 20); !errors.Is(err, errBinary) || len(got) != want {
			t.Errorf("%.20q: %d lines, %v", in, len(got), err)
		}
	}
}

// endless is input without an end. It counts what is read of it.
type endless struct {
	bytes string
	read  int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.bytes[(e.read+i)%len(e.bytes)]
	}
	e.read += len(p)
	return len(p), nil
}

func TestEndlessInputThatIsNoTextIsGivenUp(t *testing.T) {
	for bytes, want := range map[string]error{
		"\x00":     errBinary,
		"x":        errLongLine,
		"\xff":     errLongLine,
		"\xff\xfe": errLongLine, // a character of UTF-16,
		"世":        errLongLine,
		"\uFEFF":   errLongLine,
	} {
		in := &endless{bytes: bytes}
		if _, err := readAll(in, 4000); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", bytes, err, want)
		}
		if in.read > 4*maxLine {
			t.Errorf("%q: %d bytes were read", bytes, in.read)
		}
	}
}

func FuzzLineReader(f *testing.F) {
	f.Add([]byte("one\r\ntwo"), 4000)
	f.Add([]byte("\xff\xfeo\x00n\x00e\x00"), 2)
	f.Add([]byte("\x00\x00\xfe\xff\x00\x00\x00o"), 0)
	f.Add([]byte("\xef\xbb\xbfone\xff"), 1)
	f.Fuzz(func(t *testing.T, in []byte, chars int) {
		chars = max(chars, 0)
		all, err := readAll(strings.NewReader(string(in)), chars)
		for _, line := range all {
			if !utf8.ValidString(line) || strings.ContainsAny(line, "\n\x00") || chars > 0 && line != "!" && utf8.RuneCountInString(line) > chars {
				t.Fatalf("%q is a line", line)
			}
		}
		if s := string(in); err == nil && chars == 0 && utf8.ValidString(s) && !strings.HasPrefix(s, "\uFEFF") {
			want := strings.Split(s, "\n")
			if want[len(want)-1] == "" {
				want = want[:len(want)-1]
			}
			for i := range want {
				want[i] = strings.TrimRight(want[i], "\r\n")
			}
			if !slices.Equal(all, want) {
				t.Errorf("%q is read as %q", s, all)
			}
		}
	})
}
