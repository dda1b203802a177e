package negotiate

import (
	"net/http"
	"testing"
)

func TestPrefers(t *testing.T) {
	for _, c := range []struct {
		accept     string
		json, html bool // preferred to the other
	}{
		{"", false, false},
		{"*/*", false, false},
		{"text/plain", false, false},
		{"application/json", true, false},
		{"APPLICATION/JSON", true, false},
		{"Application/Json ; Charset=utf-8", true, false},
		{"application/*", true, false},
		{"application/json, text/plain, */*", true, false},
		{"application/json;q=0", false, false},
		{"application/json;q=0.0, */*", false, true},
		{"text/html;q=0.1,application/json", true, false},
		{"text/html; q=0.1 , application/json ; Q=0.2", true, false},
		{"application/json;q=0.5,*/*", false, true},
		{"*/*,application/json;q=0.5", false, true},
		{"text/*, application/json", true, false},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false, true},
		{"text/html, application/json", false, true},
		{"application/json, text/html", true, false},
		{"application/json;q=NaN, text/html", true, false},
		{"application/json;q=-1, text/html", true, false},
		{";;, application/json", true, false},
		{"application/jsonp", false, false},
	} {
		r := &http.Request{Header: http.Header{"Accept": {c.accept}}}
		if got := Prefers(r, "application/json", "text/html"); got != c.json {
			t.Errorf("%q prefers JSON: %t", c.accept, got)
		}
		if got := Prefers(r, "text/html", "application/json"); got != c.html {
			t.Errorf("%q prefers HTML: %t", c.accept, got)
		}
	}
	r := &http.Request{Header: http.Header{"Accept": {"text/html;q=0.1", "application/json"}}}
	if !Prefers(r, "application/json", "text/html") {
		t.Error("of two headers, only one counts")
	}
}
