package forwarded

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Below returns r as the server's routes expect it: without the path of the public URL. A proxy
// may have removed that already, or the client is on this side of the proxy; then it returns r itself.
func (o Outside) Below(r *http.Request) *http.Request {
	escaped, ok := cutPath(r.URL.EscapedPath(), o.Public.Path)
	if !ok {
		return r
	}
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return r
	}
	below, u := *r, *r.URL
	u.Path, u.RawPath = plain, escaped
	below.URL = &u
	return &below
}

// cutPath removes the segments of prefix from the beginning of an escaped path. It reports false
// if the path has others. An escaped slash divides no segments.
func cutPath(escaped, prefix string) (rest string, ok bool) {
	prefix = strings.Trim(prefix, "/")
	if prefix == "" {
		return "", false
	}
	rest = escaped
	for want := range strings.SplitSeq(prefix, "/") {
		if !strings.HasPrefix(rest, "/") {
			return "", false
		}
		end := strings.IndexByte(rest[1:], '/') + 1
		if end == 0 {
			end = len(rest)
		}
		if segment, err := url.PathUnescape(rest[1:end]); err != nil || segment != want {
			return "", false
		}
		rest = rest[end:]
	}
	return rest, true
}

// Redirect returns where a client finds what it has requested with r, if its path isn't the one that
// the server's routes have: with empty segments or dots in it, or without the slash after a prefix.
// Otherwise it returns "". The address is relative to that of the request, and so below any prefix, also
// one that nobody has told the server.
func Redirect(r *http.Request) string {
	from := r.URL.EscapedPath()
	to := path.Clean(from)
	switch {
	case from == "": // a prefix was all there was
		sent := requestURL(r).EscapedPath()
		if sent == "" {
			return ""
		}
		to = path.Base(sent) + "/"
	case from[0] != '/': // for a server as a whole, or a proxy
		return ""
	default:
		if strings.HasSuffix(from, "/") && to != "/" {
			to += "/"
		}
		if to == from {
			return ""
		}
		to = strings.Repeat("../", depth(from)) + to[1:]
	}
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	return "./" + to
}

// depth returns how many segments are before the last one of a path, as clients count that
// resolve a reference: empty ones, too, but no dots (RFC 3986, section 5.2).
func depth(path string) int {
	n := 0
	segments := strings.Split(path, "/")
	for _, s := range segments[1 : len(segments)-1] {
		switch s {
		case ".":
		case "..":
			n = max(n-1, 0)
		default:
			n++
		}
	}
	return n
}
