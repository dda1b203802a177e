package web

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"

	"snug/internal/ownaddr"
)

// askLAN returns the host that a server listening on addr answers.
func askLAN(t *testing.T, addr string, change func(*http.Request)) string {
	t.Helper()
	p, err := New(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if change != nil {
			change(r)
		}
		if !p.File(w, r, lanName) {
			t.Error("there is no such file")
		}
	}))
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	port := l.Addr().(*net.TCPAddr).Port
	resp, err := http.Get("http://127.0.0.1:" + strconv.Itoa(port) + "/" + lanName)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	var answer struct{ Host string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.Host
}

func TestABrowserOnThisMachineIsToldByWhichAddressOthersReachIt(t *testing.T) {
	want, ok := ownaddr.Default()
	if !ok {
		t.Skip("NOT TESTED: this machine has no default route")
	}
	host := askLAN(t, ":0", nil)
	addr, err := netip.ParseAddrPort(host)
	if err != nil || addr.Addr() != want {
		t.Errorf("got %q, want %s with a port", host, want)
	}
}

func TestNobodyElseIsToldThisMachinesAddresses(t *testing.T) {
	if got := askLAN(t, "127.0.0.1:0", nil); got != "" {
		t.Errorf("a server for this machine alone answered %q", got)
	}
	for name, change := range map[string]func(*http.Request){
		"another machine": func(r *http.Request) { r.RemoteAddr = "203.0.113.5:1234" },
		"a proxy":         func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.5") },
		"another name":    func(r *http.Request) { r.Host = "chat.example" },
		"a name like it":  func(r *http.Request) { r.Host = "localhost.example:8080" },
	} {
		if got := askLAN(t, ":0", change); got != "" {
			t.Errorf("%s was told %q", name, got)
		}
	}
}
