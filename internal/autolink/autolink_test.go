package autolink

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The page's tests read the same cases: web/src/markdown/autolink.test.ts.
func TestAddressesAreThoseOfThePage(t *testing.T) {
	var cases []struct {
		Text      string
		Addresses []string
	}
	read, err := os.ReadFile("testdata/cases.json")
	if err == nil {
		err = json.Unmarshal(read, &cases)
	}
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, c := range cases {
		if got := all(c.Text); !slices.Equal(got, c.Addresses) {
			t.Errorf("%q has the addresses %q, want %q", c.Text, got, c.Addresses)
		}
	}
}

func all(text string) (addresses []string) {
	for begin, end := range All(text) {
		addresses = append(addresses, text[begin:end])
	}
	return addresses
}

func TestAnAddressIsBounded(t *testing.T) {
	for _, text := range []string{"http://x/" + strings.Repeat("a", 10_000), "http://x/" + strings.Repeat("é", 10_000)} {
		n := At(text, 0)
		if n <= longest || n > longest+len("http://") || !utf8.ValidString(text[:n]) {
			t.Errorf("an address of %d bytes has %d", len(text), n)
		}
	}
}

func FuzzAll(f *testing.F) {
	f.Add("see http://x/*a*, (https://é.example:80/b_c?d#e) and mailto:ann@x.example.")
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for begin, end := range All(text) {
			if begin < last || end <= begin || end > len(text) {
				t.Fatalf("an address of %q is from %d to %d, after %d", text, begin, end, last)
			}
			if last = end; utf8.ValidString(text) && !utf8.ValidString(text[begin:end]) {
				t.Errorf("an address of %q is %q", text, text[begin:end])
			}
			if strings.ContainsAny(text[begin:end], " \n<>`") {
				t.Errorf("an address of %q is %q", text, text[begin:end])
			}
		}
	})
}
