package media_test

import (
	"mime"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"snug/internal/media"
)

// nasty are names that somebody has thought of.
var nasty = map[string]string{
	"":                          "file",
	".":                         "file",
	"..":                        "file",
	"/":                         "file",
	"../../etc/passwd":          "passwd",
	`C:\Users\ann\photo.jpg`:    "photo.jpg",
	".htaccess":                 "htaccess",
	"a\r\nSet-Cookie: x=1.png":  "a  Set-Cookie_ x=1.png",
	"a\x00.png\x7f\u0085":       "a.png",
	`";filename="evil.exe`:      "_;filename=_evil.exe",
	"photo\u202Egpj.exe":        "photogpj.exe",
	"\u200b\ufeffx":             "x",
	"CON":                       "_CON",
	"nul.txt":                   "_nul.txt",
	"com1 .png":                 "_com1 .png",
	"console.log":               "console.log",
	"name.  ":                   "name",
	"<script>alert(1)</script>": "script_",
	"Grüße 👩‍🚀 日本.pdf":          "Grüße 👩‍🚀 日本.pdf",
	"e\u0301.txt":               "\u00e9.txt",
	"bad\xff.txt":               "bad\ufffd.txt",
	"100%25.txt":                "100%25.txt",
	"a|b?c*d.png":               "a_b_c_d.png",
	"line\u2028end.txt":         "lineend.txt",
}

func TestNamesAreSafe(t *testing.T) {
	for given, want := range nasty {
		if got := media.Name(given); got != want {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
	long := media.Name(strings.Repeat("ü", 500) + ".tar.gz")
	if len(long) > media.MaxNameBytes || !strings.HasSuffix(long, "ü.gz") {
		t.Errorf("a long name becomes %d bytes: %q", len(long), long)
	}
}

func FuzzName(f *testing.F) {
	f.Add("M\x05\u0301") // composed once the control character between them is gone
	for given := range nasty {
		f.Add(given)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name := media.Name(given)
		switch {
		case name == "" || len(name) > media.MaxNameBytes+1 || !utf8.ValidString(name):
			t.Errorf("%q", name)
		case strings.ContainsAny(name, `/\<>:"|?*`) || strings.ContainsFunc(name, unicode.IsControl) || strings.HasPrefix(name, "."):
			t.Errorf("%q has a character that it mustn't have", name)
		case filepath.Base(name) != name || !filepath.IsLocal(name):
			t.Errorf("%q is no local name", name)
		case media.Name(name) != name:
			t.Errorf("%q becomes %q when it is cleaned again", name, media.Name(name))
		}
		for _, shown := range []bool{true, false} {
			how, params, err := mime.ParseMediaType(media.Disposition(shown, name))
			if err != nil || (how == "inline") != shown || params["filename"] != name {
				t.Errorf("%q reads as %q %q, %v", media.Disposition(shown, name), how, params, err)
			}
		}
	})
}

func TestHeadersLetNothingRun(t *testing.T) {
	for kind, want := range map[string]string{
		"image/png": "image/png", "video/mp4": "video/mp4",
		"image/svg+xml": media.OctetStream, "text/html": media.OctetStream, "application/pdf": media.OctetStream, "text/javascript": media.OctetStream, "": media.OctetStream,
	} {
		h := make(http.Header)
		media.SetHeaders(h, kind, "a.b", [32]byte{1})
		if h.Get("Content-Type") != want || strings.HasPrefix(h.Get("Content-Disposition"), "inline") != (want != media.OctetStream) {
			t.Errorf("%s: %v", kind, h)
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", kind, h)
		}
	}
}
