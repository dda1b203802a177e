package text_test

import (
	"strings"
	"testing"
	"unicode"

	"snug/internal/text"
)

func TestWhatOthersWriteIsShownAndNotObeyed(t *testing.T) {
	for wrote, want := range map[string]string{
		"hello":             "hello",
		"tab\there":         "tab\there",
		"two\nlines":        "two\nlines",
		"\x1b[2Jgone":       `\x1b[2Jgone`,
		"back\rover":        `back\rover`,
		"bell\a":            `bell\a`,
		"turned \u202eback": `turned \u202eback`,
		"zero\u200bwidth":   `zero\u200bwidth`,
		"👩\u200d💻 ❤️ हिन्दी": "👩\u200d💻 ❤️ हिन्दी",
		"\u009b31mred":  `\u009b31mred`,
		"\u0301alone":   "\u25cc\u0301alone",
		"é\n\u0301next": "é\n\u25cc\u0301next",
		"z" + strings.Repeat("\u0334", 50) + "algo": "z" + strings.Repeat("\u0334", 4) + "algo",
		"left \u200emark\u200f":                     `left \u200emark\u200f`,
		"\x7f\x00":                                  `\x7f\x00`,
		"bad \xff byte":                             "bad \uFFFD byte",
	} {
		if got := text.Visible(wrote); got != want {
			t.Errorf("%q is shown as %q, want %q", wrote, got, want)
		}
	}
}

func TestALineIsOneLine(t *testing.T) {
	if got := text.Line("a\nb\tc\x1b"); got != `a b c\x1b` {
		t.Errorf("got %q", got)
	}
	if got := text.Indented("a\nb"); got != "a\n    b" {
		t.Errorf("got %q", got)
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("\x1b]0;title\a\u202e\u0301")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range text.Visible(s) {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Cf) && r != '\u200d' {
				t.Fatalf("%q is let through", r)
			}
		}
	})
}
