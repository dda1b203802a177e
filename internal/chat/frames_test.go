package chat_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"snug/protocol"
)

// frame returns a masked frame, for the tables below.
func frame(first byte, payload string) string { return string(masked(first, []byte(payload))) }

// unmasked returns a frame that only a server may send.
func unmasked(first byte, payload string) string {
	return string([]byte{first, byte(len(payload))}) + payload
}

// ends sends bytes as a member of a room, expects the close code, and then checks that another
// member of the room can still talk.
func ends(t *testing.T, h *testServer, code, bytes string, want int) {
	t.Helper()
	other := h.joinRaw(t, code, "other")
	c := h.joinRaw(t, code, "bad")
	c.raw([]byte(bytes))
	if got := c.closed(); got != want {
		t.Errorf("the connection was closed with %d, want %d", got, want)
	}
	for _, typ := range []string{"joined", "left"} {
		if payload := other.until(text); !hasType(payload, typ) {
			t.Errorf("the other one got %s, want %s", payload, typ)
		}
	}
	other.say(`{"type":"send","id":"1","content":"still here"}`)
	if payload := other.until(text); !hasType(payload, "message") {
		t.Errorf("the room doesn't live: %s", payload)
	}
}

func TestBrokenFramesEndTheirConnectionAndNothingElse(t *testing.T) {
	h := open(t)
	i := 0
	for what, c := range map[string]struct {
		bytes string
		code  int
	}{
		"unmasked":                          {unmasked(final|text, `{"type":"ping"}`), 1002},
		"unmasked ping":                     {unmasked(final|ping, ""), 1002},
		"RSV1":                              {frame(final|0x40|text, "x"), 1002},
		"RSV2":                              {frame(final|0x20|text, "x"), 1002},
		"RSV3":                              {frame(final|0x10|text, "x"), 1002},
		"RSV1 in a ping":                    {frame(final|0x40|ping, "x"), 1002},
		"opcode 3":                          {frame(final|0x3, "x"), 1002},
		"opcode 7":                          {frame(final|0x7, "x"), 1002},
		"opcode B":                          {frame(final|0xB, ""), 1002},
		"opcode F":                          {frame(final|0xF, ""), 1002},
		"long ping":                         {frame(final|ping, strings.Repeat("x", 126)), 1002},
		"long pong":                         {frame(final|pong, strings.Repeat("x", 70_000)), 1002},
		"long close":                        {frame(final|closes, "\x03\xe8"+strings.Repeat("x", 124)), 1002},
		"fragmented ping":                   {frame(ping, "x"), 1002},
		"fragmented close":                  {frame(closes, "\x03\xe8"), 1002},
		"continuation of nothing":           {frame(final|more, "x"), 1002},
		"continuation after the end":        {frame(text, "{") + frame(final|more, "}") + frame(final|more, "}"), 1002},
		"text within a text":                {frame(text, "{") + frame(final|text, "}"), 1002},
		"close of one byte":                 {frame(final|closes, "\x03"), 1002},
		"close 0":                           {frame(final|closes, "\x00\x00"), 1002},
		"close 999":                         {frame(final|closes, "\x03\xe7"), 1002},
		"close 1005, which is none":         {frame(final|closes, "\x03\xed"), 1002},
		"close 1006, which is none":         {frame(final|closes, "\x03\xee"), 1002},
		"close 1015, which is none":         {frame(final|closes, "\x03\xf7"), 1002},
		"close 2999":                        {frame(final|closes, "\x0b\xb7"), 1002},
		"close 5000":                        {frame(final|closes, "\x13\x88"), 1002},
		"length in two bytes, for one":      {"\x81\xfe\x00\x0f", 1002},
		"length in eight bytes, for two":    {"\x81\xff\x00\x00\x00\x00\x00\x00\x0f\x00", 1002},
		"length of 2^63":                    {"\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00", 1002},
		"length of 2^64 - 1":                {"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1002},
		"close that is not UTF-8":           {frame(final|closes, "\x03\xe8\xff"), 1002},
		"text that is not UTF-8":            {frame(final|text, "{\"type\":\"\xff\"}"), 1007},
		"text with a surrogate as UTF-8":    {frame(final|text, "\xed\xa0\x80"), 1007},
		"text with an overlong form":        {frame(final|text, "\xc0\xaf"), 1007},
		"text beyond Unicode":               {frame(final|text, "\xf4\x90\x80\x80"), 1007},
		"text cut within a character":       {frame(final|text, "\xf0\x9f\x99"), 1007},
		"not UTF-8, cut":                    {frame(text, "\xf0\x9f") + frame(final|more, "\x28"), 1007},
		"not UTF-8, cut, a ping between":    {frame(text, "\xf0\x9f") + frame(final|ping, "") + frame(final|more, "\x28"), 1007},
		"not UTF-8 at the end of fragments": {frame(text, "{}") + frame(more, " ") + frame(final|more, "\xe2\x82"), 1007},
	} {
		i++
		t.Run(what, func(t *testing.T) { ends(t, h, fmt.Sprint("room", i), c.bytes, c.code) })
	}
	if n := len(h.errors.all()); n != 0 {
		t.Errorf("broken frames are %d faults of the server's", n)
	}
}

func TestCloseIsAnsweredWithItsOwnCode(t *testing.T) {
	h := open(t)
	for _, payload := range []string{"", "\x03\xe8", "\x03\xe8bye", "\x03\xe9", "\x0b\xb8", "\x0f\xa0" + strings.Repeat("x", 123), "\x13\x87"} {
		c := h.joinRaw(t, "room1", "ann")
		c.raw(masked(final|closes, []byte(payload)))
		answer := c.until(closes)
		if want := payload[:min(2, len(payload))]; !bytes.HasPrefix(answer, []byte(want)) || len(answer) < len(want) || (want == "" && len(answer) != 0) {
			t.Errorf("close %x was answered with %x", payload, answer)
		}
		if _, err := c.in.ReadByte(); err == nil {
			t.Error("after the close there is more")
		}
	}
}

func TestPingIsAnsweredWithItsPayload(t *testing.T) {
	h := open(t)
	for _, subprotocol := range []string{"", protocol.Subprotocol} {
		c := h.connectRaw(t, "room1", subprotocol)
		for _, payload := range []string{"", "x", "\x00\xff\xfe", strings.Repeat("x", 125)} {
			c.raw(masked(final|ping, []byte(payload)))
			if got := c.until(pong); string(got) != payload {
				t.Errorf("ping %q was answered with %q", payload, got)
			}
		}
		c.raw(masked(final|pong, []byte("nobody asked")))
		c.raw(masked(final|ping, []byte("last")))
		if op, got := c.read(); op != pong || string(got) != "last" {
			t.Errorf("a pong was answered with %x %q", op, got)
		}
	}
}

func TestFragmentsAreOneMessage(t *testing.T) {
	h := open(t)
	c := h.joinRaw(t, "room1", "ann")
	whole := `{"type":"send","id":"1","content":"a🙂é"}`
	var cut string
	first := byte(text)
	for i := range len(whole) { // through the middle of characters, with pings and nothings between
		cut += frame(first, whole[i:i+1]) + frame(final|ping, whole[i:i+1]) + frame(more, "")
		first = more
	}
	c.raw([]byte(cut + frame(final|more, "")))
	for i := range len(whole) {
		if got := c.until(pong); string(got) != whole[i:i+1] {
			t.Fatalf("ping %d was answered with %q", i, got)
		}
	}
	if payload := c.until(text); !bytes.Contains(payload, []byte(`"content":"a🙂é"`)) {
		t.Errorf("the fragments are %s", payload)
	}
}

func TestMaskIsTakenOff(t *testing.T) {
	h := open(t)
	c := h.joinRaw(t, "room1", "ann")
	payload := []byte(`{"type":"ping","ref":"masked"}`)
	b := header(final|text, uint64(len(payload)))
	copy(b[len(b)-4:], "\x01\x80\xff\x7f")
	for i, x := range payload {
		b = append(b, x^"\x01\x80\xff\x7f"[i%4])
	}
	for _, x := range b { // and it comes a byte at a time
		c.raw([]byte{x})
	}
	if got := c.until(text); string(got) != `{"type":"pong","ref":"masked"}` {
		t.Errorf("got %s", got)
	}
}

func TestBinaryFrameIsRefusedAndTheConnectionStays(t *testing.T) {
	h := open(t)
	c := h.joinRaw(t, "room1", "ann")
	for _, b := range []string{
		frame(final|binaryData, `{"type":"ping"}`),
		frame(final|binaryData, "\xff"),
		frame(final|binaryData, ""),
		frame(binaryData, "a") + frame(more, "b") + frame(final|ping, "") + frame(final|more, "c"),
	} {
		c.raw([]byte(b))
		if payload := c.until(text); !hasType(payload, "error") || !bytes.Contains(payload, []byte(`"bad-frame"`)) {
			t.Errorf("%q was answered with %s", b, payload)
		}
	}
	c.say(`{"type":"ping"}`)
	if payload := c.until(text); !hasType(payload, "pong") {
		t.Errorf("after them came %s", payload)
	}
}
