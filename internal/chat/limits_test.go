package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"snug/protocol"
)

// Characters that take the most bytes, in a client's frame and in the server's.
const (
	longestIn  = `\ud83d\ude42` // 🙂 as two escapes
	longestOut = "\u2028"       // which goes out as an escape
)

func TestLimitsOfTheWelcomeAreTheRealOnes(t *testing.T) {
	for _, chars := range []int{1, 10, 4000, 100_000} {
		h := open(t, func(s *setup) { s.chat.MaxChars, s.room.MaxChars = chars, chars })
		c := h.v1(t, "room1", "ann")
		if c.limit.ContentChars != chars {
			t.Errorf("content_chars is %d, want %d", c.limit.ContentChars, chars)
		}
		id := strings.Repeat("~", 64)
		frame := fmt.Sprintf(`{"type":"send","id":%q,"reply_to":0,"content":"%s"}`, id, strings.Repeat(longestIn, chars))
		if len(frame) > c.limit.FrameBytes {
			t.Fatalf("a frame of %d bytes is within content_chars but beyond frame_bytes, %d", len(frame), c.limit.FrameBytes)
		}
		c.say(frame)
		if e := c.next(); e.Type != "message" || e.content() != strings.Repeat("🙂", chars) {
			t.Errorf("%d characters, escaped, were answered with %.100s", chars, e.raw)
		}
		c.say(fmt.Sprintf(`{"type":"send","id":"2","content":"%s"}`, strings.Repeat("🙂", chars+1)))
		if e := c.next(); e.Code != "too-long" {
			t.Errorf("%d characters were answered with %.100s", chars+1, e.raw)
		}
		ping := `{"type":"ping"`
		c.say(ping + strings.Repeat(" ", c.limit.FrameBytes-len(ping)-1) + "}")
		if e := c.next(); e.Type != "pong" {
			t.Errorf("a frame of frame_bytes was answered with %.100s", e.raw)
		}
		c.say(ping + strings.Repeat(" ", c.limit.FrameBytes-len(ping)) + "}")
		if events, code := c.rest(); len(events) != 1 || events[0].Code != "bad-frame" || code != 1009 {
			t.Errorf("a frame of frame_bytes + 1 was answered with %v and %d", events, code)
		}
	}
}

// TestNoEventIsLongerThanEventBytes is judged by client.read.
func TestNoEventIsLongerThanEventBytes(t *testing.T) {
	for _, sqlite := range []bool{false, true} {
		h := open(t, func(s *setup) { s.sqlite = sqlite })
		ann := h.v1(t, "room1", strings.Repeat("𒀀", 32))
		content := strings.Repeat(longestOut, 4000)
		for i := range 60 {
			ann.say(fmt.Sprintf(`{"type":"send","id":"%064d","content":"%s"}`, i, content))
			if e := ann.until("message"); e.content() != content {
				t.Fatal("the message came back as another")
			}
		}
		for i := range 200 { // a page of many small ones
			ann.send(fmt.Sprintf("%064d", 100+i), "x")
			ann.until("message")
		}
		for _, ask := range []string{`"limit":200`, `"after":0,"limit":200`, `"after":59,"limit":200`, `"before":61,"limit":200`, `"before":100,"limit":200`} {
			ann.say(`{"type":"history","ref":"` + strings.Repeat("~", 64) + `",` + ask + `}`)
			if e := ann.next(); e.Type != "history" || len(e.Events) == 0 {
				t.Errorf("%s was answered with %.100s", ask, e.raw)
			}
		}
		late := h.v1(t, "room1", "late")
		for e := late.next(); e.Seq != 260; e = late.next() {
		}
		t.Logf("sqlite %v: the longest event has %d bytes, event_bytes is %d", sqlite, ann.most, ann.limit.EventBytes)
	}
}

func TestWelcomeAndMembersOfAFullRoomAreWithinEventBytes(t *testing.T) {
	h := open(t, func(s *setup) { s.chat.MaxChars, s.room.MaxChars = 1, 1 })
	for range 205 {
		h.joinRaw(t, "room1", strings.Repeat("𒀀", 32))
	}
	late := h.v1(t, "room1", "late")
	if late.hello.Count != 206 || len(late.hello.Members) != 200 {
		t.Errorf("the welcome counts %d and names %d", late.hello.Count, len(late.hello.Members))
	}
	if n := len(late.hello.raw); n > late.limit.EventBytes {
		t.Errorf("the welcome has %d bytes, event_bytes is %d", n, late.limit.EventBytes)
	}
	if e := late.until("crowd"); e.Count != 206 {
		t.Errorf("the crowd is %s", e.raw)
	}
	late.say(`{"type":"nick","nick":"other"}`) // which in a crowd comes to oneself alone
	if e := late.until("renamed"); e.Nick != "other" {
		t.Errorf("renamed is %s", e.raw)
	}
}

// However short its messages are to be, a server reads the longest of the other fields,
// each character written as two escapes.
func TestShortMessagesLeaveRoomForOtherFields(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.chat.MaxChars, s.room.MaxChars = 1, 1 })
	c := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"ann","token":%q}`, strings.Repeat("x", 8<<10)))
	escaped := func(n int) string { return strings.Repeat(`\ud83d\ude00`, n) }
	c.moderate("1", fmt.Sprintf(`"type":"set","topic":"%s","password":"%s"`, escaped(protocol.MaxTopicChars), escaped(protocol.MaxPasswordChars)))
}
