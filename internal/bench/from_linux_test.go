package bench

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestMembersComeFromTheAddressesInTurn(t *testing.T) {
	p := newProxy(t, strings.TrimPrefix(serve(t), "http://"))
	o := options(p.url)
	for _, a := range []string{"127.0.0.2", "127.0.0.3"} {
		o.From = append(o.From, netip.MustParseAddr(a))
	}
	measure(t, o)
	came := make(map[string]int)
	for i := 0; i < len(p.conns); i += 2 { // each, and its other half
		came[p.conns[i].RemoteAddr().(*net.TCPAddr).IP.String()]++
	}
	if came["127.0.0.2"] != 5 || came["127.0.0.3"] != 5 {
		t.Errorf("they came from %v, want 5 from each address", came)
	}
}

func TestAnAddressOfAnotherMachineIsNoServerThatIsAway(t *testing.T) {
	o := options(serve(t))
	o.From = []netip.Addr{netip.MustParseAddr("192.0.2.77")}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "--from: this machine doesn't have the address 192.0.2.77") {
		t.Errorf("%v", err)
	}
}
