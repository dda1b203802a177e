package chat_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"snug/protocol"
)

func TestWelcomeSaysWhereOneIs(t *testing.T) {
	h := open(t)
	h.v1(t, "Room1", "bob")
	c := h.v1(t, "rOOm1", "ann")
	w := c.hello
	if w.Room != "room1" || w.Epoch == "" || w.First != 1 || w.Head != 0 || w.Resumed || w.Count != 2 || len(w.Members) != 2 {
		t.Errorf("the welcome is %s", w.raw)
	}
	if w.You.Nick != "ann" || w.You.Role != protocol.RoleMember || w.You.Guest || w.You.Member.Member == "" || w.You.Seat == "" {
		t.Errorf("you are %+v", w.You)
	}
	if w.Members[1] != w.You.Member {
		t.Errorf("the members are %v, without oneself", w.Members)
	}
	if strings.Count(w.raw, w.You.Seat) != 1 {
		t.Errorf("a seat is told more than once: %s", w.raw)
	}
}

func TestMessageIsStampedByTheServer(t *testing.T) {
	h := open(t)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	ann.until("joined")
	ann.say(`{"type":"send","id":"x","content":"hi","from":{"member":"m","nick":"bob"},"member":"m","role":"owner","seq":77,"at":"now"}`)
	bob.say(`{"type":"send","id":"y","content":"warm up"}`)
	bobs := map[string]event{}
	for len(bobs) < 2 {
		e := bob.until("message")
		bobs[e.ID] = e
	}
	for range 2 {
		e := ann.until("message")
		if e.raw != bobs[e.ID].raw {
			t.Errorf("one got %s, the other %s", e.raw, bobs[e.ID].raw)
		}
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(e.At) {
			t.Errorf("at is %q", e.At)
		}
	}
	if e := bobs["x"]; e.From != ann.you.Member || e.Seq > 2 || e.content() != "hi" {
		t.Errorf("the message is %s, from %+v", e.raw, ann.you)
	}
	ann.say(fmt.Sprintf(`{"type":"send","id":"z","content":"yes","reply_to":%d}`, bobs["y"].Seq))
	if e := bob.until("message"); e.ReplyTo != bobs["y"].Seq || e.Seq != 3 {
		t.Errorf("the answer is %s", e.raw)
	}
}

func TestRepeatIsAckedAndOtherContentIsAConflict(t *testing.T) {
	h := open(t, func(s *setup) { s.sqlite = true })
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	ann.send("1", "hi")
	first := ann.until("message").Seq
	ann.send("1", "hi")
	if e := ann.until("ack"); e.ID != "1" || e.Seq != first || !e.Duplicate {
		t.Errorf("a repeat was answered with %s", e.raw)
	}
	ann.send("1", "ho")
	if e := ann.next(); e.Type != "error" || e.Code != "id-conflict" || e.ID != "1" {
		t.Errorf("other content was answered with %s", e.raw)
	}
	again := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"ann","seat":%q,"history":0}`, ann.you.Seat))
	again.send("1", "hi")
	if e := again.next(); e.Type != "ack" || e.Seq != first {
		t.Errorf("a repeat from another connection of the seat was answered with %s", e.raw)
	}
	bob.send("1", "hi")
	for e := bob.until("message"); e.From.Nick != "bob"; e = bob.until("message") {
		if e.Seq != first {
			t.Errorf("a repeat was shown: %s", e.raw)
		}
	}
}

func TestPingPong(t *testing.T) {
	h := open(t)
	c := h.dial(t, "room1", "", protocol.Subprotocol)
	for say, want := range map[string]string{
		`{"type":"ping"}`:                        `{"type":"pong"}`,
		`{"type":"ping","ref":null}`:             `{"type":"pong"}`,
		`{"type":"ping","ref":"r 1~"}`:           `{"type":"pong","ref":"r 1~"}`,
		`{"type":"ping","ref":"a","later":[{}]}`: `{"type":"pong","ref":"a"}`,
	} {
		c.say(say)
		if e := c.next(); e.raw != want {
			t.Errorf("%s was answered with %s, want %s", say, e.raw, want)
		}
	}
}

func TestTypingIsToldNotKept(t *testing.T) {
	h := open(t)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	for range 100 { // told once a second, however often it is said
		bob.say(`{"type":"typing"}`)
	}
	begun := time.Now()
	bob.send("1", "done")
	told := 0
	for e := ann.next(); e.Type != "message"; e = ann.next() {
		if e.Type == "typing" {
			told++
			if e.Member != bob.you.Member.Member {
				t.Errorf("typing is %s", e.raw)
			}
		}
	}
	if seconds := int(time.Since(begun)/time.Second) + 2; told < 1 || told > seconds {
		t.Errorf("typing was told %d times", told)
	}
	late := h.v1(t, "room1", "late")
	if e := late.next(); e.Type != "message" || e.Seq != 1 {
		t.Errorf("the log begins with %s", e.raw)
	}
}

func TestNickIsOneMembersAtATime(t *testing.T) {
	h := open(t)
	ann := h.v1(t, "room1", "Ann")
	other := h.v1(t, "room1", "ann")
	if other.you.Nick != "ann-2" {
		t.Errorf("who joins as a second ann is %q, want ann-2", other.you.Nick)
	}
	ann.until("joined")
	ann.say(`{"type":"nick","nick":"ANN"}`) // one's own, written otherwise
	ann.say(`{"type":"nick","nick":"Zoë"}`)
	other.say(`{"type":"ping"}`)
	for _, nick := range []string{"ANN", "Zoë"} {
		for _, c := range []*client{ann, other} {
			if e := c.until("renamed"); e.Nick != nick || e.Member != ann.you.Member.Member {
				t.Errorf("renamed is %s, want %s", e.raw, nick)
			}
		}
	}
	other.say(`{"type":"nick","nick":"ann"}`) // free now
	if e := ann.until("renamed"); e.Nick != "ann" {
		t.Errorf("renamed is %s", e.raw)
	}
	ann.send("1", "hi")
	if e := other.until("message"); e.From.Nick != "Zoë" {
		t.Errorf("a message after a renaming is from %q", e.From.Nick)
	}
}

func TestTwoConnectionsOfOneSeatAreOneMember(t *testing.T) {
	h := open(t)
	bob, ann := h.v1(t, "room1", "bob"), h.v1(t, "room1", "ann")
	bob.until("joined")
	second := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"other","seat":%q}`, ann.you.Seat))
	if second.you != ann.you || second.hello.Count != 2 {
		t.Errorf("the second connection is %+v of %d, the first %+v", second.you, second.hello.Count, ann.you)
	}
	second.send("1", "hi")
	if e := bob.next(); e.Type != "message" || e.From != ann.you.Member {
		t.Errorf("bob got %s: a member's second connection joins nobody", e.raw)
	}
	second.say(`{"type":"nick","nick":"anna"}`)
	for _, c := range []*client{ann, bob, second} {
		c.until("renamed")
	}
	_ = ann.ws.CloseNow()
	waitUntil(t, "the first connection has ended", func() bool { return h.Connections() == 2 })
	second.send("2", "still here")
	if e := bob.next(); e.Type != "message" || e.From.Nick != "anna" {
		t.Errorf("bob got %s: a member with a connection left hasn't", e.raw)
	}
	_ = second.ws.CloseNow()
	if e := bob.next(); e.Type != "left" || e.Member != ann.you.Member.Member || e.Count != 1 {
		t.Errorf("bob got %s, want anna to have left", e.raw)
	}
	back := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"other","seat":%q}`, ann.you.Seat))
	if back.you.Member.Member != ann.you.Member.Member {
		t.Errorf("who comes back with a seat is %+v, was %+v", back.you, ann.you)
	}
	for _, seat := range []string{"", "x", ann.you.Seat + "A", strings.ToUpper(ann.you.Seat), bob.you.Member.Member + ann.you.Seat[20:]} {
		if c := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"eve","seat":%q}`, seat)); c.you.Member.Member == ann.you.Member.Member || c.you.Member.Member == bob.you.Member.Member {
			t.Errorf("the seat %q makes one %+v", seat, c.you)
		}
	}
}
