package charset

import (
	"testing"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"hi, zoë \x00":                  "hi, zoë \x00",
		"\xef\xbb\xbf":                  "",
		"\xef\xbb\xbfhi":                "hi",
		"\xef\xbb\xbf\xef\xbb\xbfhi":    "\ufeffhi",
		"\xff\xfeh\x00i\x00":            "hi",
		"\xfe\xff\x00h\x00i":            "hi",
		"\xff\xfe\x3d\xd8\x4b\xdc":      "👋",
		"\xff\xfe\x00\x00h\x00\x00\x00": "h",
		"\x00\x00\xfe\xff\x00\x00\x00h": "h",
	} {
		if got, ok := Decode([]byte(in)); string(got) != want || !ok {
			t.Errorf("%q: %q, %t, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"caf\xe9", "\xef\xbb\xbfcaf\xe9", "\xff\xfeh", "\xff\xfe\x3d\xd8", "\xff\xfe\xfd\xff", "\x89PNG\r\n\x1a\n"} {
		if got, ok := Decode([]byte(in)); ok {
			t.Errorf("%q is read as %q", in, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\xff\xfeh\x00i\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, ok := Decode(b); ok && !utf8.Valid(text) {
			t.Errorf("%q becomes %q", b, text)
		}
	})
}
