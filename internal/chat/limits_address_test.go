package chat_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"snug/internal/ratelimit"
	"snug/protocol"
)

// withLimits turns on the limits that guard against abuse.
func withLimits(s *setup) {
	s.chat.Strangers = true
	s.chat.MessageRate, s.chat.MessageBurst = 10, 30
}

// flood writes frames as fast as the server takes them, until it closes the connection, and returns
// how many it has written and the close code.
func flood(c *rawClient, frames int, frame func(i int) []byte) (sent, code int) {
	closed := make(chan int, 1)
	go func() {
		for {
			op, payload, err := readFrame(c.in)
			switch {
			case err != nil:
				closed <- 0
				return
			case op == closes && len(payload) >= 2:
				closed <- int(payload[0])<<8 | int(payload[1])
				return
			}
		}
	}()
	for ; sent < frames; sent++ {
		if _, err := c.Write(frame(sent)); err != nil {
			break
		}
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	return sent, <-closed
}

// While one client floods, another in the same room still gets answers, and only as many messages of the
// flood are kept as the rate permits in that time.
func TestAFloodIsClosedAndOthersTalkOn(t *testing.T) {
	said := func(i int) []byte {
		return masked(final|text, fmt.Appendf(nil, `{"type":"send","id":"%d","content":"flood"}`, i))
	}
	for what, frame := range map[string]func(i int) []byte{
		"messages":     said,
		"pings":        func(int) []byte { return masked(final|ping, []byte("x")) },
		"v1's pings":   func(int) []byte { return masked(final|text, []byte(`{"type":"ping"}`)) },
		"typing":       func(int) []byte { return masked(final|text, []byte(`{"type":"typing"}`)) },
		"empty frames": func(int) []byte { return masked(final|text, nil) },
		"binary":       func(int) []byte { return masked(final|binaryData, []byte("x")) },
		"reactions": func(i int) []byte {
			return masked(final|text, fmt.Appendf(nil, `{"type":"react","id":"%d","seq":9999,"emoji":"x"}`, i))
		},
		"kicks": func(i int) []byte {
			return masked(final|text, fmt.Appendf(nil, `{"type":"kick","id":"%d","member":"m"}`, i))
		},
	} {
		t.Run(what, func(t *testing.T) {
			h := open(t, withLimits)
			begun := time.Now()
			c, other := h.joinRaw(t, "hall", "troll"), h.v1(t, "hall", "bob")
			_, code := flood(c, 100_000, frame)
			if code != 1008 {
				t.Errorf("the flood ends with %d, want 1008", code)
			}
			other.send("1", "still here")
			for e := other.until("message"); e.content() != "still here"; e = other.until("message") {
			}
			head, by := h.logged(t, "hall")
			if most := 30 + 10*int(time.Since(begun).Seconds()+1); int(head) > most+1 {
				t.Errorf("%d of the flood were kept (%v), want at most %d", head, by, most)
			}
		})
	}
}

// Pages of history and lists of bans cost more than asking for them. They come at a bounded
// rate.
func TestPagesOfHistoryComeNoFasterThanAnyoneReads(t *testing.T) {
	for _, typ := range []string{"history", "bans"} {
		t.Run(typ, func(t *testing.T) {
			h := open(t, withLimits, withOwners)
			c := h.v1(t, "room1", "ann")
			begun := time.Now()
			const pages = 140
			for i := range pages {
				c.say(fmt.Sprintf(`{"type":%q,"ref":"%d"}`, typ, i))
			}
			for i := range pages {
				if e := c.until(typ); e.Ref != fmt.Sprint(i) {
					t.Fatalf("answer %d is %s", i, e.raw)
				}
			}
			if took := time.Since(begun); took < 1900*time.Millisecond {
				t.Errorf("%d pages came in %v", pages, took)
			}
		})
	}
}

// handshakes returns the response to an upgrade from a loopback address. If it succeeds, the
// connection stays open.
func (h *testServer) handshakes(t *testing.T, from, code string) (status int, header http.Header) {
	t.Helper()
	dialer := &net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	resp, _ := exchange(t, conn, upgrade(h.addr, code, ""))
	return resp.StatusCode, resp.Header
}

func TestConnectionsOfOneAddressAreBounded(t *testing.T) {
	const most, tries = 100, 2000
	h := open(t, withLimits, func(s *setup) { s.chat.AddressLimits = ratelimit.Limits{Connections: most} })
	in := 0
	for range tries {
		switch status, header := h.handshakes(t, "127.0.0.1", "room1"); {
		case status == http.StatusSwitchingProtocols:
			in++
		case status != http.StatusTooManyRequests || header.Get("Retry-After") == "":
			t.Fatalf("answered with %d, %v", status, header)
		}
	}
	if in != most {
		t.Errorf("%d were let in, want %d", in, most)
	}
	for i := range 20 {
		from := fmt.Sprint("127.0.0.", i+2)
		if status, _ := h.handshakes(t, from, "room1"); status != http.StatusSwitchingProtocols {
			t.Errorf("%s is answered with %d", from, status)
		}
	}
}

func TestJoinsOfOneAddressAreSlowed(t *testing.T) {
	h := open(t, withLimits, func(s *setup) { s.chat.AddressLimits = ratelimit.Limits{ConnectionsPerMinute: 20} })
	watcher := h.v1(t, "room1", "watcher")
	refused := 0
	for range 60 {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		resp, body := exchange(t, conn, upgrade(h.addr, "room1", protocol.Subprotocol))
		_ = conn.Close()
		if resp.StatusCode == http.StatusTooManyRequests {
			refused++
			if after := resp.Header.Get("Retry-After"); after == "" || after == "0" || !strings.Contains(body, "come back") {
				t.Errorf("refused with Retry-After %q and %s", after, body)
			}
		}
	}
	if refused < 38 {
		t.Errorf("%d of 60 were refused, want about 41", refused)
	}
	if status, _ := h.handshakes(t, "127.0.0.9", "room1"); status != http.StatusSwitchingProtocols {
		t.Errorf("another address is answered with %d", status)
	}
	watcher.send("1", "hi")
	watcher.until("message")
}

func TestNewRoomsOfOneAddressAreBounded(t *testing.T) {
	h := open(t, withLimits, func(s *setup) {
		s.chat.AddressLimits, s.room.NoOwners, s.room.Idle = ratelimit.Limits{RoomsPerMinute: 5}, false, time.Millisecond
	})
	made := 0
	for i := range 50 {
		c := h.dial(t, fmt.Sprint("room", i), "", protocol.Subprotocol)
		c.say(joinAnn)
		switch e := c.next(); {
		case e.Type == "welcome":
			made++
		case e.Code != "too-many" || e.RetryAfterMS < 1000:
			t.Errorf("refused with %s", e.raw)
		default:
			if _, code := c.rest(); code != 4429 {
				t.Errorf("closed with %d", code)
			}
		}
		_ = c.ws.CloseNow()
	}
	if made != 5 {
		t.Errorf("%d rooms were made, want 5", made)
	}
	if h.v1(t, "room0", "ann").hello.Head == 0 {
		t.Error("a room that is there is taken for a new one")
	}
	waitUntil(t, "the rooms that weren't made cost nothing", func() bool { return h.rooms.Open() <= 1 })
}

// When the file has reached its limit, nothing is lost, and members can talk again when there is
// space.
func TestAFullJournalIsSaidToBeUnavailable(t *testing.T) {
	h := open(t, func(s *setup) { s.sqlite, s.mayFail, s.maxJournal = true, true, 200<<10 })
	c := h.v1(t, "room1", "ann")
	for i := 0; ; i++ {
		c.send(fmt.Sprint(i), strings.Repeat("x", 4000))
		e := c.next()
		if e.Code == "unavailable" && e.RetryAfterMS > 0 {
			break
		}
		if e.Type != "message" || i > 200 {
			t.Fatalf("message %d is answered with %.200s", i, e.raw)
		}
	}
	c.say(`{"type":"history","ref":"r"}`)
	c.until("history")
	h.v1(t, "room1", "late")
	info, err := os.Stat(h.file)
	if err != nil || info.Size() > 200<<10 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
	if said := strings.Join(h.errors.all(), "\n"); !strings.Contains(said, "it is full") {
		t.Errorf("the log says %s", said)
	}
}

func TestWhoComesBackWhenItWasToldGetsIn(t *testing.T) {
	h := open(t, withLimits, func(s *setup) { s.chat.AddressLimits = ratelimit.Limits{ConnectionsPerMinute: 45} }) // one in 1.33 s
	for {
		status, header := h.handshakes(t, "127.0.0.1", "hall")
		if status == http.StatusSwitchingProtocols {
			continue
		}
		after, err := strconv.Atoi(header.Get("Retry-After"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(after) * time.Second)
		if status, _ := h.handshakes(t, "127.0.0.1", "hall"); status != http.StatusSwitchingProtocols {
			t.Errorf("after %d s it is answered with %d", after, status)
		}
		return
	}
}
