package media

import (
	"fmt"
	"net/http"
	"strings"
)

// SetHeaders sets the headers that a file is served with, from the origin of the page itself:
// what isn't shown is saved, and nothing of it runs. digest is of the bytes. name is one that
// Name has returned.
func SetHeaders(h http.Header, kind, name string, digest [32]byte) {
	shown := Shown(kind)
	if !shown {
		kind = OctetStream // an <img> would show an SVG whatever the disposition says
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", Disposition(shown, name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("ETag", fmt.Sprintf(`"%x"`, digest[:16]))
}

// Disposition returns a Content-Disposition (RFC 6266) for a name that Name has returned: for
// old clients in ASCII, and for others as RFC 8187 writes it.
func Disposition(shown bool, name string) string {
	how := "attachment"
	if shown {
		how = "inline"
	}
	ascii := strings.Map(func(r rune) rune {
		// Some clients take % and \ as the beginning of an escape (RFC 6266, appendix D).
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%`, r) {
			return '_'
		}
		return r
	}, name)
	if ascii == name {
		return fmt.Sprintf(`%s; filename="%s"`, how, ascii)
	}
	return fmt.Sprintf(`%s; filename="%s"; filename*=UTF-8''%s`, how, ascii, extended(name))
}

// extended returns the value of an extended parameter (RFC 8187, section 3.2.1).
func extended(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
