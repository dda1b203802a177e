package forwarded

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestThePublicURLIsTheServersOwn(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/ws", nil)
	r.Host = "chat.example"
	var o Outside
	if got := o.Origins(r); !slices.Equal(got, []string{"http://chat.example"}) || o.Base(r, "/ws") != "http://chat.example/" {
		t.Errorf("without one: %q, %s", got, o.Base(r, "/ws"))
	}
	o.Public = Location{"https", "chat.example:443", "/x/"}
	if got := o.Origins(r); !slices.Equal(got, []string{"http://chat.example", "https://chat.example"}) || o.Base(r, "/ws") != "https://chat.example:443/x/" {
		t.Errorf("with one: %q, %s", got, o.Base(r, "/ws"))
	}
}

// A link without a host leads nowhere.
func TestARequestWithoutAHostHasTheAddressOfItsConnection(t *testing.T) {
	for want, to := range map[string]net.Addr{
		"http://192.0.2.1:8080/":     &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080},
		"http://[2001:db8::1]:8080/": &net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 8080, Zone: "eth0"},
		"http://localhost/":          &net.UnixAddr{Name: "/run/snug.sock"},
	} {
		for _, host := range []string{"", ":80", "a b", "chat.example:x"} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, to))
			r.Host = host
			if got := (Outside{}).Base(r, ""); got != want {
				t.Errorf("%q to %v: %s, want %s", host, to, got, want)
			}
		}
	}
	o := Outside{Public: Location{"https", "chat.example", "/"}}
	if got := o.Base(&http.Request{}, ""); got != "https://chat.example/" {
		t.Errorf("with a public URL: %s", got)
	}
}
