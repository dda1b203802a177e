package snug_test

import (
	"strings"
	"testing"

	"snug"
)

// A Keep's text is refused in words, or keeps something.
func FuzzParseKeep(f *testing.F) {
	for _, text := range []string{"", "30d", "10000events", "30d,10000events", "30", "30x", "-1d", "1h30m", ",", "1.5d", "9999999999999999999d"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := snug.ParseKeep(text)
		switch {
		case err != nil && (k != snug.Keep{} || !strings.Contains(err.Error(), "30d,10000events")):
			t.Errorf("%q: %+v, %v; want no Keep, and what would be right", text, k, err)
		case err == nil && text != "" && k.Age <= 0 && k.Last <= 0:
			t.Errorf("%q keeps nothing and everything: %+v", text, k)
		case k.Age < 0 || k.Last < 0:
			t.Errorf("%q: %+v", text, k)
		}
	})
}
