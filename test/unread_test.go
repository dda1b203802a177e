package test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSoakAClientThatReadsNoPageIsDisconnected: a client asks for the page's script, over and over,
// and reads nothing of it.
func TestSoakAClientThatReadsNoPageIsDisconnected(t *testing.T) {
	soak(t)
	t.Parallel()
	s := newSite(t)
	s.start()
	resp, err := http.Get("http://" + s.address() + "/r/room")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile(`/assets/main-\w+\.js`).FindString(string(page))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const times = 200
	if _, err := io.WriteString(conn, strings.Repeat(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\n\r\n", script), times)); err != nil {
		t.Fatal(err)
	}
	<-time.After(65 * time.Second)
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	all, err := io.Copy(io.Discard, conn)
	figure(t, "a page that is never read", 1, "let go of with %d KiB of it sent", all>>10)
	if most := int64(times * 50_000); all > most {
		t.Errorf("after more than a minute it is sent the rest, %d bytes in all (%v)", all, err)
	}
}
