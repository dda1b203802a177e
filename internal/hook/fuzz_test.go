package hook

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
)

func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		archive := txtar.Parse(data)
		f.Add(string(archive.Files[0].Data), archive.Files[1].Data, 200)
	}
	f.Fuzz(func(t *testing.T, header string, body []byte, maxChars int) {
		h := http.Header{}
		for line := range strings.SplitSeq(header, "\n") {
			name, value, _ := strings.Cut(line, ": ")
			h.Set(name, value)
		}
		m, err := Decode(h, body, "", maxChars)
		if err != nil {
			if r, ok := err.(*Refusal); !ok || r.Word == "" || r.Detail == "" { //nolint:errorlint // the very type is the contract
				t.Fatalf("%#v is no refusal", err)
			}
			return
		}
		checkText(t, m.Content)
		checkText(t, m.As)
		if m.Content == "" || strings.ContainsAny(m.As, "\n\t") {
			t.Fatalf("%q from %q", m.Content, m.As)
		}
		if n := utf8.RuneCountInString(m.Content); maxChars > 0 && n > maxChars {
			t.Fatalf("%d characters of at most %d: %q", n, maxChars, m.Content)
		}
	})
}

func FuzzMrkdwn(f *testing.F) {
	for _, s := range []string{
		"*bold* _italic_ ~struck~ `code` ```fence```", "<https://example.com|x> <#C1|a> <@U1> <!here> <!date^1^x|y>",
		"&gt; &lt;b&gt; &amp;", ">>> a\nb", ":tada: \\*", "- a\n* b", "**a** [b](c)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return // JSON strings are valid
		}
		for _, got := range []string{mrkdwn(s), mrkdwnPlain(s), plain(s), inline(s), discordMarkdown(s), endBlocks(s)} {
			checkText(t, clean(got))
			if len(got) > 8*len(s)+16 {
				t.Fatalf("%d bytes became %d", len(s), len(got))
			}
		}
	})
}

func checkText(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			t.Fatalf("%q has %q", s, r)
		}
	}
}
