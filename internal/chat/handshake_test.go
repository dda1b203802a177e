package chat_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"snug/protocol"
)

// request sends a request as it is and returns the response.
func (h *testServer) request(t testing.TB, request string) (*http.Response, string) {
	t.Helper()
	conn := h.tcp(t)
	defer func() { _ = conn.Close() }()
	return exchange(t, conn, request)
}

// exchange sends a request on an existing connection and returns the response.
func exchange(t testing.TB, conn net.Conn, request string) (*http.Response, string) {
	t.Helper()
	c := &rawClient{Conn: conn, t: t}
	c.setPatience()
	c.raw([]byte(request))
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no answer to %.200q: %v", request, err)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, ""
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// refused checks that a response is a problem document with the given status (RFC 9457).
func refused(t testing.TB, resp *http.Response, body string, status int) {
	t.Helper()
	if resp.StatusCode != status {
		t.Errorf("the answer is %s, want %d: %s", resp.Status, status, body)
		return
	}
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("the answer is of type %q", got)
	}
	var p struct {
		Title, Detail string
		Status        int
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Status != status || p.Title == "" || len(p.Detail) < 10 {
		t.Errorf("not a problem document: %s (%v)", body, err)
	}
	if strings.Contains(p.Detail, "bad-field") {
		t.Errorf("this isn't for people: %s", body)
	}
}

func TestHandshakeIsRefusedWithAReason(t *testing.T) {
	h := open(t)
	asked := upgrade(h.addr, "CODE", protocol.Subprotocol)
	with := func(part, other string) string { return strings.Replace(asked, part, other, 1) }
	code := func(s string) string { return with("CODE", s) }
	for what, c := range map[string]struct {
		request string
		status  int
	}{
		"no code":                             {with("?roomCode=CODE", ""), 400},
		"no code but another":                 {with("roomCode", "room"), 400},
		"an empty code":                       {code(""), 400},
		"a code twice":                        {code("a&roomCode=b"), 400},
		"the same code twice":                 {code("a&roomCode=a"), 400},
		"a token twice":                       {code("a&token=x&token=x"), 400},
		"a password twice":                    {code("a&password=x&password"), 400},
		"a history twice":                     {code("a&history=1&history=2"), 400},
		"a parameter twice that isn't known":  {code("a&x=1&x=1"), 400},
		"a password that isn't UTF-8":         {code("a&password=%ff"), 400},
		"an Authorization twice":              {with("\r\n\r\n", "\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"), 400},
		"a path":                              {code("../"), 400},
		"a path, escaped":                     {code("%2e%2e"), 400},
		"a slash":                             {code("a/b"), 400},
		"NUL":                                 {code("a%00"), 400},
		"a line break":                        {code("a%0ab"), 400},
		"half an escape":                      {code("%zz"), 400},
		"not UTF-8":                           {code("%ff%fe"), 400},
		"10 KiB":                              {code(strings.Repeat("a", 10<<10)), 400},
		"65 characters":                       {code(strings.Repeat("a", 65)), 400},
		"65 letters of two bytes":             {code(strings.Repeat("%C3%A9", 65)), 400},
		"an emoji":                            {code("%F0%9F%99%82"), 400},
		"a space":                             {code("a%20b"), 400},
		"a star":                              {code("*"), 400},
		"a star inside":                       {code("a.*"), 400},
		"an arrow":                            {code("a.%3E"), 400},
		"a dash first":                        {code("-a"), 400},
		"a dot first":                         {code(".a"), 400},
		"a turn of direction":                 {code("a%E2%80%AEb"), 400},
		"half an escape in another parameter": {code("a&password=50%off"), 400},
		"a semicolon":                         {code("a&password=a;b"), 400},
		"history of -1":                       {code("a&history=-1"), 400},
		"history of 1001":                     {code("a&history=1001"), 400},
		"history of many":                     {code("a&history=all"), 400},
		"no upgrade":                          {with("Upgrade: websocket\r\n", ""), 426},
		"another upgrade":                     {with("Upgrade: websocket", "Upgrade: h2c"), 426},
		"no connection":                       {with("Connection: Upgrade\r\n", ""), 426},
		"POST":                                {with("GET", "POST"), 405},
		"PUT":                                 {with("GET", "PUT"), 405},
		"OPTIONS":                             {with("GET", "OPTIONS"), 405},
		"an unknown subprotocol":              {with("snug.v1", "snug.v2"), 400},
		"two of them":                         {with("snug.v1", "snug.v2, mqtt"), 400},
		"one in other case":                   {with("snug.v1", "Snug.V1"), 400},
		"HTTP/1.0":                            {with("HTTP/1.1", "HTTP/1.0"), 426},
		"WebSocket 8":                         {with("Version: 13", "Version: 8"), 426},
		"no version":                          {with("Sec-WebSocket-Version: 13\r\n", ""), 426},
		"two versions":                        {with("Version: 13", "Version: 13, 8"), 426},
		"two version fields":                  {with("Sec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\n"), 426},
		"two keys":                            {with("Sec-WebSocket-Key: ", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Key: "), 400},
		"a key of 15 bytes":                   {with("AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAA"), 400},
		"a body":                              {with("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\nx"), 400},
		"a chunked body":                      {with("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
		"no key":                              {with("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", ""), 400},
		"a short key":                         {with("AAAAAAAAAAAAAAAAAAAAAA==", "AAAA"), 400},
	} {
		t.Run(what, func(t *testing.T) {
			resp, body := h.request(t, c.request)
			refused(t, resp, body, c.status)
			if c.status == 426 && resp.Header.Get("Upgrade") != "websocket" {
				t.Error("it doesn't say what to upgrade to")
			}
			if strings.Contains(strings.ToLower(what), "version") && resp.Header.Get("Sec-WebSocket-Version") != "13" {
				t.Error("it doesn't say which version the server speaks (RFC 6455, section 4.2.2)")
			}
			if c.status == 405 && resp.Header.Get("Allow") != "GET" {
				t.Error("it doesn't say what is allowed")
			}
		})
	}
	if n := h.rooms.Open(); n != 0 || h.Connections() != 0 {
		t.Errorf("%d rooms and %d connections are left behind", n, h.Connections())
	}
}

func TestHandshakeSucceeds(t *testing.T) {
	h := open(t)
	for _, c := range []struct{ code, offered, room, chosen string }{
		{"room1", "snug.v1", "room1", "snug.v1"},
		{"ROOM1", "snug.v2, snug.v1", "room1", "snug.v1"},
		{"ROOM1", "", "room1", ""},
		{"a.b-c_d.", "snug.v1", "a.b-c_d.", "snug.v1"},
		{"7", "snug.v1", "7", "snug.v1"},
		{strings.Repeat("é", 64), "snug.v1", strings.Repeat("é", 64), "snug.v1"},
		{"Cafe\u0301", "snug.v1", "café", "snug.v1"},
		{"ＲＯＯＭ１", "snug.v1", "room1", "snug.v1"},
		{"комната", "snug.v1", "комната", "snug.v1"},
	} {
		conn := h.connectRaw(t, c.code, c.offered)
		if c.chosen == "" {
			continue
		}
		conn.say(joinAnn)
		if _, welcome := conn.read(); !strings.Contains(string(welcome), `"room":"`+c.room+`"`) {
			t.Errorf("%q is the room of %s, want %q", c.code, welcome, c.room)
		}
	}
	resp, _ := h.request(t, upgrade(h.addr, "room1", "snug.v2, snug.v1"))
	if got := resp.Header.Get("Sec-WebSocket-Protocol"); got != "snug.v1" {
		t.Errorf("of two subprotocols %q was chosen", got)
	}
	for what, request := range map[string]string{
		"two fields with subprotocols": strings.Replace(upgrade(h.addr, "room1", "snug.v1"), "\r\n\r\n", "\r\nSec-WebSocket-Protocol: other\r\n\r\n", 1),
		"the second field":             strings.Replace(upgrade(h.addr, "room1", "other"), "\r\n\r\n", "\r\nSec-WebSocket-Protocol: snug.v1\r\n\r\n", 1),
		"a list in Connection":         strings.Replace(upgrade(h.addr, "room1", "snug.v1"), "Connection: Upgrade", "Connection: keep-alive, UPGRADE", 1),
		"the absolute form":            strings.Replace(upgrade(h.addr, "room1", "snug.v1"), "GET /ws", "GET http://"+h.addr+"/ws", 1),
	} {
		if resp, body := h.request(t, request); resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-WebSocket-Protocol") != "snug.v1" {
			t.Errorf("%s: %s %v %s", what, resp.Status, resp.Header, body)
		}
	}
	// RFC 6455, section 1.3.
	key := strings.Replace(upgrade(h.addr, "room1", ""), "AAAAAAAAAAAAAAAAAAAAAA==", "dGhlIHNhbXBsZSBub25jZQ==", 1)
	if resp, _ := h.request(t, key); resp.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("the key is answered by %q", resp.Header.Get("Sec-WebSocket-Accept"))
	}
	compress := strings.Replace(upgrade(h.addr, "room1", ""), "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1)
	if resp, _ := h.request(t, compress); resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-WebSocket-Extensions") != "" {
		t.Errorf("compression is agreed upon: %v", resp.Header)
	}
}

// A client may send its first frames before it has the response.
func TestFramesThatComeWithTheHandshakeAreTaken(t *testing.T) {
	h := open(t)
	for _, chunks := range []int{1, 2, 7} { // in how many writes
		join := masked(final|text, []byte(joinAnn))
		bytes := append([]byte(upgrade("127.0.0.1", "room1", protocol.Subprotocol)), join...)
		for range 40 { // more than one buffer of the server's
			bytes = append(bytes, masked(final|text, []byte(`{"type":"ping","ref":"`+strings.Repeat("x", 60)+`"}`))...)
		}
		conn := h.tcp(t)
		c := &rawClient{Conn: conn, t: t, in: bufio.NewReader(conn)}
		c.setPatience()
		for i := range chunks {
			c.raw(bytes[i*len(bytes)/chunks : (i+1)*len(bytes)/chunks])
		}
		resp, err := http.ReadResponse(c.in, nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%v, %v", resp, err)
		}
		if _, payload := c.read(); !hasType(payload, "welcome") {
			t.Fatalf("the first event is %s, not a welcome", payload)
		}
		for range 40 {
			if _, payload := c.read(); !hasType(payload, "pong") {
				t.Fatalf("an answer is %s, not a pong", payload)
			}
		}
	}
}

// After the close frame, the server reads a little more, so that the client gets it. A client that
// goes on sending must not keep it reading.
func TestAClientThatSendsOnAfterItsFaultIsNotReadForever(t *testing.T) {
	h := open(t)
	c := h.connectRaw(t, "room1", protocol.Subprotocol)
	c.raw([]byte{0xFF, 0xFF}) // a reserved opcode
	const most = 64 << 20
	sent := 0
	junk := make([]byte, 64<<10)
	for sent < most {
		n, err := c.Write(junk)
		if sent += n; err != nil {
			break // the server has closed the connection
		}
	}
	if sent >= most {
		t.Errorf("the server took %d bytes after a broken frame", sent)
	}
	waitUntil(t, "the connection is gone", func() bool { return h.Connections() == 0 })
}

func TestFullAndClosingServersSayWhenToComeBack(t *testing.T) {
	h := open(t, func(s *setup) { s.chat.MaxConnections = 2 })
	ask := upgrade(h.addr, "room1", "")
	again := func(what string) {
		t.Helper()
		resp, body := h.request(t, ask)
		refused(t, resp, body, 503)
		if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err != nil || n < 1 || n > 60 {
			t.Errorf("%s: Retry-After is %q", what, resp.Header.Get("Retry-After"))
		}
	}
	one, two := h.joinRaw(t, "room1", "one"), h.joinRaw(t, "room2", "two")
	again("full")
	_ = one.Close()
	waitUntil(t, "one is gone", func() bool { return h.Connections() == 1 })
	three := h.joinRaw(t, "room1", "three")
	again("full again")
	done := h.drained()
	two.until(closes)
	again("draining")
	two.halfClose()
	three.closed()
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
	again("drained")
}

func TestPlainGetsLeaveNothingBehind(t *testing.T) {
	h := open(t)
	web := &http.Client{Transport: &http.Transport{}}
	defer web.CloseIdleConnections()
	get := func(code string) {
		t.Helper()
		resp, err := web.Get("http://" + h.addr + "/ws?roomCode=" + code)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if code == "r0" {
			refused(t, resp, string(body), 426)
		}
	}
	get("r0")
	before := runtime.NumGoroutine()
	const gets = 10_000
	for i := range gets {
		get("r" + strconv.Itoa(i))
	}
	waitUntil(t, "there are no more goroutines than before", func() bool { return runtime.NumGoroutine() <= before })
	if n := h.rooms.Open(); n != 0 || h.Connections() != 0 {
		t.Errorf("%d rooms and %d connections are left behind", n, h.Connections())
	}
	figure(t, "plain GETs of /ws", gets, "rooms, connections and goroutines left 0")
}
