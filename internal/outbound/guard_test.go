package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// patience bounds every wait. A test that passes doesn't wait that long.
const patience = 5 * time.Minute

// serve starts a server on this machine, which counts its requests.
func serve(t *testing.T) (s *httptest.Server, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	s = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	t.Cleanup(s.Close)
	return s, requests
}

func TestWhichAddressesArePublic(t *testing.T) {
	for want, addresses := range map[bool]string{
		true: `1.1.1.1 8.8.8.8 93.184.215.14 172.15.0.1 172.32.0.1 100.63.255.255 192.0.1.1 223.255.255.255
			2606:4700::1111 2a00:1450:4001:800::200e ::ffff:8.8.8.8 64:ff9b::808:808`,
		false: `0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254 169.254.170.2
			172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255
			:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
			64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 64:ff9b:1:ffff::7f00:1 100::1 2001::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1
			5f00::1 fc00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2606:4700::1111%1`,
	} {
		for text := range strings.FieldsSeq(addresses) {
			if got := isPublic(netip.MustParseAddr(text)); got != want {
				t.Errorf("%s is public: %t, want %t", text, got, want)
			}
		}
	}
}

func TestOnlyPublicAddressesAreConnectedTo(t *testing.T) {
	s, requests := serve(t)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := NewClient(&net.Dialer{Timeout: patience}, false, patience)
	defer client.CloseIdleConnections()
	for _, host := range []string{
		"127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001", "017700000001", "[64:ff9b::7f00:1]", "[fe80::1%25lo]", "169.254.169.254",
	} {
		err := post(t, client, "http://"+host+":"+port)
		if err == nil {
			t.Errorf("%s was connected to", host)
		}
		if numeric := strings.Contains("127.1 2130706433 0x7f000001 017700000001", host); !numeric && !errors.Is(err, ErrNotPublic) {
			t.Errorf("%s: %v, want %v", host, err, ErrNotPublic)
		}
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
	if client.Transport.(*http.Transport).Proxy != nil {
		t.Error("it uses a proxy, which connects wherever it likes")
	}
	private := NewClient(&net.Dialer{}, true, patience)
	defer private.CloseIdleConnections()
	if err := post(t, private, s.URL); err != nil {
		t.Errorf("private: %v", err)
	}
}

func post(t *testing.T, client *http.Client, url string) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err == nil {
		_ = response.Body.Close()
	}
	return err
}

// A name has a public address when it is looked at, and another one a moment later. What is
// connected to is what counts.
func TestANameThatIsReboundIsNotConnectedTo(t *testing.T) {
	s, requests := serve(t)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	errConnected := errors.New("here it would be connected to")
	answers := make(chan string, 1)
	dialer := &net.Dialer{Timeout: patience, Resolver: resolver(t, answers)}
	client := NewClient(dialer, false, patience)
	defer client.CloseIdleConnections()
	guard := dialer.Control
	dialer.Control = func(network, address string, c syscall.RawConn) error {
		if err := guard(network, address, c); err != nil {
			return err
		}
		return errConnected // tests stay on this machine
	}
	for _, c := range []struct {
		address string
		want    error
	}{{"93.184.215.14", errConnected}, {"127.0.0.1", ErrNotPublic}, {"93.184.215.14", errConnected}, {"169.254.169.254", ErrNotPublic}} {
		answers <- c.address
		if err := post(t, client, "http://rebound.example.:"+port); !errors.Is(err, c.want) {
			t.Errorf("resolved to %s: %v, want %v", c.address, err, c.want)
		}
		<-answers
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// resolver asks a name server that answers with the address in answers.
func resolver(t *testing.T, answers chan string) *net.Resolver {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	server := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg)
		reply.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			address := <-answers
			answers <- address
			reply.Answer = append(reply.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.ParseIP(address)})
		}
		_ = w.WriteMsg(reply)
	})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.ActivateAndServe() // ends with Shutdown
	}()
	<-started
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-ended
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
