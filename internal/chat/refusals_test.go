package chat_test

import (
	"strings"
	"testing"

	"snug/protocol"
)

const joinAnn = `{"type":"join","nick":"ann"}`

// refusals are frames of v1 and the error each is answered with.
var refusals = []struct {
	what    string
	before  bool // said before the join; after it otherwise
	say     string
	code    string
	id, ref string
}{
	{"send", true, `{"type":"send","id":"1","content":"hi"}`, "join-first", "1", ""},
	{"typing", true, `{"type":"typing"}`, "join-first", "", ""},
	{"nick", true, `{"type":"nick","nick":"ann"}`, "join-first", "", ""},
	{"history", true, `{"type":"history","ref":"r"}`, "join-first", "", "r"},
	{"join without nick", true, `{"type":"join"}`, "bad-field", "", ""},
	{"join with an empty nick", true, `{"type":"join","nick":""}`, "bad-field", "", ""},
	{"join with spaces for a nick", true, `{"type":"join","nick":"  "}`, "bad-field", "", ""},
	{"join with a control character", true, `{"type":"join","nick":"a\u0000b"}`, "bad-field", "", ""},
	{"join with a line break", true, `{"type":"join","nick":"a\nb"}`, "bad-field", "", ""},
	{"join with a turn of direction", true, `{"type":"join","nick":"\u202enna"}`, "bad-field", "", ""},
	{"join with towers of marks", true, `{"type":"join","nick":"a` + strings.Repeat(`\u0301`, 20) + `"}`, "bad-field", "", ""},
	{"join with what can't be seen", true, `{"type":"join","nick":"a\u200bnn"}`, "bad-field", "", ""},
	{"join as the server", true, `{"type":"join","nick":"Server"}`, "bad-field", "", ""},
	{"join as an admin in wide letters", true, `{"type":"join","nick":"ＡＤＭＩＮ"}`, "bad-field", "", ""},
	{"join with a letter of another script", true, `{"type":"join","nick":"\u0430dmin"}`, "bad-field", "", ""},
	{"join with 33 characters", true, `{"type":"join","nick":"` + strings.Repeat("é", 33) + `"}`, "too-long", "", ""},
	{"join with 10,000 characters", true, `{"type":"join","nick":"` + strings.Repeat("a", 10_000) + `"}`, "too-long", "", ""},
	{"join with a number", true, `{"type":"join","nick":7}`, "bad-field", "", ""},
	{"join with history -1", true, `{"type":"join","nick":"ann","history":-1}`, "bad-field", "", ""},
	{"join with history 1001", true, `{"type":"join","nick":"ann","history":1001}`, "bad-field", "", ""},
	{"join since a string", true, `{"type":"join","nick":"ann","since":"x"}`, "bad-field", "", ""},
	{"join since -1", true, `{"type":"join","nick":"ann","since":{"epoch":"e","seq":-1}}`, "bad-field", "", ""},
	{"join since 2^53", true, `{"type":"join","nick":"ann","since":{"epoch":"e","seq":9007199254740992}}`, "bad-field", "", ""},

	{"second join", false, joinAnn, "bad-field", "", ""},
	{"nothing", false, ``, "bad-json", "", ""},
	{"words", false, `hello`, "bad-json", "", ""},
	{"null", false, `null`, "bad-json", "", ""},
	{"an array", false, `[{"type":"ping"}]`, "bad-json", "", ""},
	{"two objects", false, `{"type":"ping"}{"type":"ping"}`, "bad-json", "", ""},
	{"5,000 brackets", false, strings.Repeat("[", 5000), "bad-json", "", ""},
	{"5,000 braces", false, strings.Repeat(`{"a":`, 5000), "bad-json", "", ""},
	{"half a pair", false, `{"type":"send","id":"1","content":"\udc00"}`, "bad-json", "1", ""},
	{"no type", false, `{"id":"1"}`, "unknown-type", "1", ""},
	{"a number for a type", false, `{"type":1}`, "bad-field", "", ""},
	{"edit of what isn't there", false, `{"type":"edit","id":"1","seq":9,"content":"x"}`, "not-found", "1", ""},
	{"edit of nothing", false, `{"type":"edit","id":"1","content":"x"}`, "bad-field", "1", ""},
	{"edit to nothing of what is no message", false, `{"type":"edit","id":"1","seq":1,"content":""}`, "not-found", "1", ""},
	{"edit to 11 characters", false, `{"type":"edit","id":"1","seq":1,"content":"12345678901"}`, "too-long", "1", ""},
	{"edit without id", false, `{"type":"edit","seq":1,"content":"x"}`, "bad-field", "", ""},
	{"delete of what isn't there", false, `{"type":"delete","id":"1","seq":9}`, "not-found", "1", ""},
	{"delete of 2^53", false, `{"type":"delete","id":"1","seq":9007199254740992}`, "bad-field", "1", ""},
	{"react to what isn't there", false, `{"type":"react","id":"1","seq":9,"emoji":"x"}`, "not-found", "1", ""},
	{"react with nothing", false, `{"type":"react","id":"1","seq":1}`, "bad-field", "1", ""},
	{"react with a sentence", false, `{"type":"react","id":"1","seq":1,"emoji":"a b"}`, "bad-field", "1", ""},
	{"kick", false, `{"type":"kick","id":"1","member":"m"}`, "forbidden", "1", ""},
	{"kick of nobody", false, `{"type":"kick","id":"1"}`, "bad-field", "1", ""},
	{"ban", false, `{"type":"ban","id":"1","member":"m","seconds":1}`, "forbidden", "1", ""},
	{"ban for no time", false, `{"type":"ban","id":"1","member":"m","seconds":0}`, "bad-field", "1", ""},
	{"ban for longer than there is", false, `{"type":"ban","id":"1","member":"m","seconds":9223372036854775807}`, "bad-field", "1", ""},
	{"ban for more than one line", false, `{"type":"ban","id":"1","member":"m","reason":"a\nb"}`, "bad-field", "1", ""},
	{"unban", false, `{"type":"unban","id":"1","member":"m"}`, "forbidden", "1", ""},
	{"bans", false, `{"type":"bans","ref":"r"}`, "forbidden", "", "r"},
	{"bans without ref", false, `{"type":"bans"}`, "bad-field", "", ""},
	{"role", false, `{"type":"role","id":"1","member":"m","role":"owner"}`, "forbidden", "1", ""},
	{"role that there isn't", false, `{"type":"role","id":"1","member":"m","role":"king"}`, "bad-field", "1", ""},
	{"set", false, `{"type":"set","id":"1","topic":"x"}`, "forbidden", "1", ""},
	{"set nothing", false, `{"type":"set","id":"1"}`, "bad-field", "1", ""},
	{"set a slow mode below 0", false, `{"type":"set","id":"1","slow_ms":-1}`, "bad-field", "1", ""},
	{"set a lock of words", false, `{"type":"set","id":"1","locked":"yes"}`, "bad-field", "1", ""},
	{"SEND", false, `{"type":"SEND","id":"1","content":"hi"}`, "unknown-type", "1", ""},
	{"a log event", false, `{"type":"message","id":"1","content":"hi"}`, "unknown-type", "1", ""},

	{"send without id", false, `{"type":"send","content":"hi"}`, "bad-field", "", ""},
	{"send with an id of 65", false, `{"type":"send","id":"` + strings.Repeat("x", 65) + `","content":"hi"}`, "bad-field", "", ""},
	{"send with an id beyond ASCII", false, `{"type":"send","id":"é","content":"hi"}`, "bad-field", "", ""},
	{"send with a line break in the id", false, `{"type":"send","id":"a\nb","content":"hi"}`, "bad-field", "", ""},
	{"send without content", false, `{"type":"send","id":"1"}`, "empty", "1", ""},
	{"send with nothing", false, `{"type":"send","id":"1","content":""}`, "empty", "1", ""},
	{"send with null", false, `{"type":"send","id":"1","content":null}`, "empty", "1", ""},
	{"send with a number", false, `{"type":"send","id":"1","content":1e999}`, "bad-field", "1", ""},
	{"send with 11 characters", false, `{"type":"send","id":"1","content":"12345678901"}`, "too-long", "1", ""},
	{"send with 11 code points beyond 16 bits", false, `{"type":"send","id":"1","content":"` + strings.Repeat("🙂", 11) + `"}`, "too-long", "1", ""},
	{"reply to what isn't there", false, `{"type":"send","id":"1","content":"hi","reply_to":99}`, "not-found", "1", ""},
	{"reply to -1", false, `{"type":"send","id":"1","content":"hi","reply_to":-1}`, "bad-field", "1", ""},
	{"reply to 2^53", false, `{"type":"send","id":"1","content":"hi","reply_to":9007199254740992}`, "bad-field", "1", ""},
	{"nick of another", false, `{"type":"nick","nick":"bob"}`, "nick-taken", "", ""},
	{"nick of another in capitals", false, `{"type":"nick","nick":" BOB "}`, "nick-taken", "", ""},
	{"nick of nobody", false, `{"type":"nick"}`, "bad-field", "", ""},
	{"ping with a ref beyond ASCII", false, `{"type":"ping","ref":"é"}`, "bad-field", "", ""},

	{"history without ref", false, `{"type":"history"}`, "bad-field", "", ""},
	{"history limit 0", false, `{"type":"history","ref":"r","limit":0}`, "bad-field", "", "r"},
	{"history limit 201", false, `{"type":"history","ref":"r","limit":201}`, "bad-field", "", "r"},
	{"history limit 1e9", false, `{"type":"history","ref":"r","limit":1e9}`, "bad-field", "", "r"},
	{"history limit 1000000000", false, `{"type":"history","ref":"r","limit":1000000000}`, "bad-field", "", "r"},
	{"history limit -1", false, `{"type":"history","ref":"r","limit":-1}`, "bad-field", "", "r"},
	{"history before -1", false, `{"type":"history","ref":"r","before":-1}`, "bad-field", "", "r"},
	{"history before 2^53", false, `{"type":"history","ref":"r","before":9007199254740992}`, "bad-field", "", "r"},
	{"history before 2^64", false, `{"type":"history","ref":"r","before":18446744073709551616}`, "bad-field", "", "r"},
	{"history after 1.5", false, `{"type":"history","ref":"r","after":1.5}`, "bad-field", "", "r"},
	{"history on both sides", false, `{"type":"history","ref":"r","before":9,"after":1}`, "bad-field", "", "r"},
}

func TestRefusedCommandSaysWhyAndHoldsUpNothing(t *testing.T) {
	h := open(t, func(s *setup) { s.room.MaxChars = 10 })
	bob := h.v1(t, "room1", "bob")
	for _, r := range refusals {
		t.Run(r.what, func(t *testing.T) {
			c := h.dial(t, "room1", "", protocol.Subprotocol)
			frames := []string{joinAnn, r.say, `{"type":"ping","ref":"next"}`}
			if r.before {
				frames = []string{r.say, `{"type":"ping","ref":"next"}`, joinAnn}
			}
			for _, frame := range frames {
				c.say(frame)
			}
			if !r.before {
				c.until("welcome")
			}
			e := c.next()
			if e.Type != "error" || e.Code != r.code || e.ID != r.id || e.Ref != r.ref {
				t.Errorf("answered with %s, want %s with id %q and ref %q", e.raw, r.code, r.id, r.ref)
			}
			if len(e.Message) < 10 || len(e.Message) > 300 {
				t.Errorf("no sentence to act on: %q", e.Message)
			}
			if e := c.next(); e.Type != "pong" || e.Ref != "next" {
				t.Errorf("the next command was answered with %s, want its pong", e.raw)
			}
			if r.before {
				c.until("welcome")
			}
			_ = c.ws.CloseNow()
			if e := bob.until("left"); e.Nick != "ann" {
				t.Errorf("%q has left, want ann", e.Nick)
			}
		})
	}
	bob.say(`{"type":"history","ref":"log"}`)
	if e := bob.until("history"); len(e.Events) != 0 {
		t.Errorf("a refused command is in the log: %s", e.raw)
	}
}

func TestWhoIsTooFastIsToldWhenToComeBack(t *testing.T) {
	h := open(t, withSlowRate)
	c := h.v1(t, "room1", "ann")
	for _, id := range []string{"1", "2", "3", "4"} {
		c.send(id, "hi")
	}
	c.say(`{"type":"nick","nick":"bob"}`)
	c.say(`{"type":"ping"}`)
	var said int
	var refused []event
	for len(refused) < 2 || said < 3 {
		switch e := c.next(); {
		case e.Type == "message":
			said++
		case e.Type == "error" && e.Code == "rate-limited" && e.RetryAfterMS > 3_000_000:
			refused = append(refused, e)
		case e.Type != "pong":
			t.Fatalf("got %s, want rate-limited and retry_after_ms near an hour", e.raw)
		}
	}
	if refused[0].ID != "4" || refused[1].ID != "" {
		t.Errorf("refused were %v: want message 4, and a nick, which counts as one", refused)
	}
	if c.hello.Limits.MessageRate*3600 < 0.99 || c.hello.Limits.MessageRate*3600 > 1.01 {
		t.Errorf("message_rate is %v, want one an hour", c.hello.Limits.MessageRate)
	}
}

// What the rates count is in docs/protocol.md.
func TestWhatCountsAgainstTheRateOfMessages(t *testing.T) {
	h := open(t, withSlowRate, func(s *setup) { s.room.Push, s.sqlite = true, true })
	bob := h.v1(t, "room1", "bob")
	bob.send("1", "hi")
	bob.until("message")
	for _, command := range []string{
		`"nick","nick":"ann"`, `"seen","seq":1`, `"transfer"`, `"push","endpoint":"https://push.example/x","level":"none"`, `"react","id":"i","seq":1,"emoji":"x"`,
	} {
		c := h.v1(t, "room1", "ann")
		for range 4 {
			c.say(`{"type":` + command + `,"ref":"r"}`)
		}
		if e := c.until("error"); e.Code != "rate-limited" {
			t.Errorf("%s is answered with %s, want rate-limited for the fourth", command, e.raw)
		}
		_ = c.ws.CloseNow()
	}
}

func TestWhatCountsAsARefusedFrame(t *testing.T) {
	h := open(t, func(s *setup) { s.chat.Strangers, s.chat.BadFrames = true, 3 })
	for _, command := range []string{`"ping"`, `"visible","visible":true`, `"auth","token":"x"`, `"typing"`, `"dance"`} {
		c := h.v1(t, "room1", "ann")
		for range 10 { // of typing, the first counts for the room
			c.say(`{"type":` + command + `}`)
		}
		if _, code := c.rest(); code != 1008 {
			t.Errorf("ten times %s: closed with %d", command, code)
		}
	}
}
