package terminal

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestEscapeSequencesHaveBoundedParameters(t *testing.T) {
	many := strings.Repeat("1;", 40)
	bounded := strings.Repeat("1;", maxParams-1) + strings.Repeat("10", 40-maxParams+1)
	for written, want := range map[string]string{
		"\x1b[" + many + "m":                    "\x1b[" + bounded + "m",
		"\x1b[?" + many + "m" + many:            "\x1b[?" + bounded + "m" + many, // what follows is text
		"\x1b [" + many + "m":                   "\x1b [" + bounded + "m",
		"\x1bP" + many + "q":                    "\x1bP" + bounded + "q",
		"\x9b" + many + "m":                     "\x9b" + bounded + "m",
		"\xe2\x9b" + many + "m":                 "\xe2\x9b" + bounded + "m", // half a character
		"\u045b" + many:                         "\u045b" + many,            // its last byte is 9B
		"\u26f3" + many:                         "\u26f3" + many,
		many:                                    many,
		"\x1b[200~" + many + "\x1b[201~":        "\x1b[200~" + many + "\x1b[201~",
		"\x1b[" + strings.Repeat(":", 31) + "m": "\x1b[" + strings.Repeat(":", 31) + "m",
	} {
		for _, chunk := range []int{1, 7, len(written)} { // however the terminal sends it
			got := []byte(written)
			var in input
			for rest := got; len(rest) > 0; rest = rest[min(chunk, len(rest)):] {
				in.bound(rest[:min(chunk, len(rest))])
			}
			if string(got) != want {
				t.Errorf("%q in chunks of %d becomes %q, want %q", written, chunk, got, want)
			}
		}
	}
}

// The library must not panic at what is left.
func FuzzInputIsBounded(f *testing.F) {
	for _, s := range []string{"\x1b[" + strings.Repeat("1;", 40) + "m", "\xe2\x9b" + strings.Repeat("1:", 40), "\x1b\x1b[[1;\x90"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var in input
		in.bound(b)
		p := ansi.NewParser()
		p.SetParamsSize(maxParams)
		var state byte
		for len(b) > 0 {
			_, _, n, next := ansi.DecodeSequence(b, state, p)
			if n == 0 {
				return
			}
			b, state = b[n:], next
		}
	})
}
