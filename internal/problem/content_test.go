package problem_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"snug/internal/problem"
)

// get returns the answer of ServeContent for a request with a header.
func get(t *testing.T, header, value string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set(header, value)
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("ETag", `"ten"`)
	problem.ServeContent(w, r, strings.NewReader("0123456789"))
	return w
}

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		ranges string
		status int
		body   string // of an answer that is no problem
		part   string // Content-Range
	}{
		{"bytes=2-4", 206, "234", "bytes 2-4/10"},
		{"Bytes=2-4", 206, "234", "bytes 2-4/10"},
		{"bytes=, 2-4 ,", 206, "234", "bytes 2-4/10"},
		{"bytes=8-", 206, "89", "bytes 8-9/10"},
		{"bytes=-2", 206, "89", "bytes 8-9/10"},
		{"bytes=-20", 206, "0123456789", "bytes 0-9/10"},
		{"bytes=-99999999999999999999", 206, "0123456789", "bytes 0-9/10"},
		{"bytes=8-99999999999999999999", 206, "89", "bytes 8-9/10"},
		{"bytes=0-1,-0", 206, "01", "bytes 0-1/10"},
		// There is no such part.
		{"bytes=10-", 416, "", "bytes */10"},
		{"bytes=99999999999999999999-", 416, "", "bytes */10"},
		{"bytes=-0", 416, "", "bytes */10"},
		// Another unit, or invalid.
		{"items=2-4", 200, "0123456789", ""},
		{"bytes", 200, "0123456789", ""},
		{"bytes=", 200, "0123456789", ""},
		{"bytes=4-2", 200, "0123456789", ""},
		{"bytes=2", 200, "0123456789", ""},
		{"bytes=-", 200, "0123456789", ""},
		{"bytes=--2", 200, "0123456789", ""},
		{"bytes=+2-4", 200, "0123456789", ""},
		{"bytes=a-b", 200, "0123456789", ""},
		{"bytes=0-1,x", 200, "0123456789", ""},
	} {
		w := get(t, "Range", c.ranges)
		if w.Code != c.status || w.Header().Get("Content-Range") != c.part {
			t.Errorf("%s: %d with %q, want %d with %q", c.ranges, w.Code, w.Header().Get("Content-Range"), c.status, c.part)
		}
		if c.status == 416 {
			if typ := w.Header().Get("Content-Type"); typ != "application/problem+json" {
				t.Errorf("%s: the answer is %s", c.ranges, typ)
			}
		} else if w.Body.String() != c.body {
			t.Errorf("%s: %q, want %q", c.ranges, w.Body, c.body)
		}
	}
}

func TestWhoWantsOtherBytesIsToldSo(t *testing.T) {
	w := get(t, "If-Match", `"eleven"`)
	h := w.Header()
	if w.Code != http.StatusPreconditionFailed || h.Get("Content-Type") != "application/problem+json" || h.Get("ETag") != `"ten"` || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, h)
	}
	if w := get(t, "If-Match", `"ten"`); w.Code != http.StatusOK {
		t.Errorf("who wants these bytes gets %d", w.Code)
	}
}
