package text_test

import (
	"encoding/json"
	"slices"
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
		"of\r\nWindows\r\n": "of\nWindows\n",
		"bell\a":            `bell\a`,
		"turned \u202eback": `turned \u202eback`,
		"zero\u200bwidth":   "zero\u200bwidth",
		"می\u200cخواهم":     "می\u200cخواهم",
		"no\u00adhyphen":    "no\u00adhyphen",
		"word\u2060joiner":  "word\u2060joiner",
		"\ufeffmark":        "\ufeffmark",
		"\u00a0\u3000":      "\u00a0\u3000",
		"unknown \U0001fae9 \U0001fadf \U0001faff": "unknown \U0001fae9 \U0001fadf \U0001faff",
		"private \ue0a0": "private \ue0a0",
		"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
		"line\u2028s\u2029":                         `line\u2028s\u2029`,
		"\u2066isolated\u2069":                      `\u2066isolated\u2069`,
		"\u061cmark":                                `\u061cmark`,
		"next\u0085line":                            `next\u0085line`,
		"\ufff9a\ufffab\ufffb":                      `\ufff9a\ufffab\ufffb`,
		"\uffff":                                    `\uffff`,
		"z" + strings.Repeat("\u0334\u2060", 50):    "z" + strings.Repeat("\u0334\u2060", 4) + strings.Repeat("\u2060", 46),
		"👩\u200d💻 ❤️ हिन्दी":                        "👩\u200d💻 ❤️ हिन्दी",
		"\u009b31mred":                              `\u009b31mred`,
		"\u0301alone":                               "\u25cc\u0301alone",
		"é\n\u0301next":                             "é\n\u25cc\u0301next",
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
	f.Add("می\u200cخواهم 🏴\U000e0067\U000e007f \u0085\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		shown := text.Visible(s)
		for _, r := range shown {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q is let through", r)
			}
		}
		if again := text.Visible(shown); again != shown {
			t.Errorf("%q is shown as %q, and that as %q", s, shown, again)
		}
		if line := text.Line(s); strings.ContainsAny(line, "\n\t") {
			t.Errorf("%q has several lines", line)
		}
		if lines := strings.Split(text.Indented(s), "\n")[1:]; slices.ContainsFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "    ") }) {
			t.Errorf("%q has a line that isn't indented", lines)
		}
	})
}

func TestJSONHasNoControlCharacters(t *testing.T) {
	for encoded, want := range map[string]string{
		`{"a":"plain é 世"}`:                           `{"a":"plain é 世"}`,
		"\"\u009b31m\u0085\u007f\u00a0\u009f\u0080\"": `"\u009b31m\u0085\u007f` + "\u00a0" + `\u009f\u0080"`,
		"\xc2": "\xc2",
		"\"a\u202eb\u2066\u200f\u2028 \u200c\u00ad 🏴\"\n": `"a\u202eb\u2066\u200f\u2028 ` + "\u200c\u00ad 🏴\"\n",
		"": "",
	} {
		if got := string(text.EscapeJSON([]byte(encoded))); got != want {
			t.Errorf("%q becomes %q, want %q", encoded, got, want)
		}
	}
}

func FuzzEscapeJSON(f *testing.F) {
	f.Add("\u009b\u007f\x00\"")
	f.Fuzz(func(t *testing.T, s string) {
		encoded, err := json.Marshal(s)
		if err != nil {
			t.Skip()
		}
		var want, got string
		escaped := text.EscapeJSON(slices.Clone(encoded))
		if json.Unmarshal(encoded, &want) != nil || json.Unmarshal(escaped, &got) != nil || got != want {
			t.Errorf("%s becomes %s", encoded, escaped)
		}
		if strings.ContainsFunc(string(escaped), unicode.IsControl) {
			t.Errorf("%q has control characters", escaped)
		}
	})
}
