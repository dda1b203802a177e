package mention

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// The quick ways to fold a character come to the same as the slow one.
func TestEveryCharacterIsFolded(t *testing.T) {
	c := caser{upper: cases.Upper(language.Und), lower: cases.Lower(language.Und)}
	for r := range unicode.MaxRune {
		if !utf8.ValidRune(r) || norm.NFC.String(string(r)) != string(r) {
			continue
		}
		if got, want := Fold(string(r)), string(c.append(nil, r)); got != want {
			t.Errorf("%q (%U) is folded to %q, want %q", r, r, got, want)
		}
	}
}
