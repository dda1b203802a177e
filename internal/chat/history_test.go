package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"snug/protocol"
)

// openWithMessages starts a server with n messages from ann in room1.
func openWithMessages(t *testing.T, n int, sqlite bool) (*testServer, *client) {
	h := open(t, func(s *setup) { s.sqlite = sqlite })
	ann := h.v1(t, "room1", "ann")
	for i := range n {
		ann.send(fmt.Sprint(i+1), fmt.Sprint(i+1))
	}
	for range n {
		ann.until("message")
	}
	return h, ann
}

// seqs are those of events, as first-last; it fails where they aren't contiguous.
func seqs(t *testing.T, events []event) string {
	t.Helper()
	if len(events) == 0 {
		return "none"
	}
	for i, e := range events {
		if e.Seq != events[0].Seq+uint64(i) || e.Type != "message" || e.content() != fmt.Sprint(e.Seq) {
			t.Errorf("event %d of a page is %+v", i, e)
		}
	}
	return fmt.Sprintf("%d-%d", events[0].Seq, events[len(events)-1].Seq)
}

func TestHistoryIsReadInPages(t *testing.T) {
	pages := []struct {
		ask, want string
		more      bool
	}{
		{``, "211-260", true},
		{`,"limit":1`, "260-260", true},
		{`,"limit":200`, "61-260", true},
		{`,"before":51`, "1-50", false},
		{`,"before":52`, "2-51", true},
		{`,"before":2`, "1-1", false},
		{`,"before":1`, "none", false},
		{`,"before":0`, "none", false},
		{`,"before":261,"limit":2`, "259-260", true},
		{`,"before":9007199254740991,"limit":2`, "259-260", true},
		{`,"after":0`, "1-50", true},
		{`,"after":0,"limit":200`, "1-200", true},
		{`,"after":209`, "210-259", true},
		{`,"after":210`, "211-260", false},
		{`,"after":259`, "260-260", false},
		{`,"after":260`, "none", false},
		{`,"after":9007199254740991`, "none", false},
	}
	for _, sqlite := range []bool{false, true} {
		_, ann := openWithMessages(t, 260, sqlite)
		for _, p := range pages {
			ann.say(`{"type":"history","ref":"r"` + p.ask + `}`)
			e := ann.next()
			if got := seqs(t, e.Events); e.Type != "history" || e.Ref != "r" || got != p.want || e.More != p.more {
				t.Errorf("sqlite %v, a history with %q is a %s with %s, more %v; want %s, %v", sqlite, p.ask, e.Type, got, e.More, p.want, p.more)
			}
			if !strings.Contains(e.raw, `"events":[`) {
				t.Errorf("no events are no list: %s", e.raw)
			}
		}
	}
}

func TestHistoryIsTheBytesThatWereShown(t *testing.T) {
	h := open(t)
	ann := h.v1(t, "room1", "ann")
	ann.say(`{"type":"send","id":"\u007e1","content":"<&>\u2028 \"\\ 🙂","reply_to":0}`)
	live := ann.until("message").raw
	ann.say(`{"type":"history","ref":"r"}`)
	if e := ann.next(); e.raw != `{"type":"history","ref":"r","events":[`+live+`],"more":false}` {
		t.Errorf("live it was %s, in the history %s", live, e.raw)
	}
	late := h.v1(t, "room1", "late")
	if e := late.next(); e.raw != live {
		t.Errorf("live it was %s, replayed %s", live, e.raw)
	}
}

func TestACurrentHistoryHasWhatEditsHaveMade(t *testing.T) {
	for _, sqlite := range []bool{false, true} {
		h, ann := openWithMessages(t, 4, sqlite)
		for _, edit := range []string{`"seq":1,"content":"once"`, `"seq":2,"content":"gone"`, `"seq":1,"content":"twice"`} {
			ann.say(fmt.Sprintf(`{"type":"edit","id":%q,%s}`, edit, edit))
			ann.until("edited")
		}
		ann.say(`{"type":"delete","id":"d","seq":2}`)
		ann.until("deleted")
		for ask, want := range map[string]string{
			`"after":0,"limit":4`:                 "message 1, message , message 3, message 4, more",
			`"after":0,"limit":4,"current":false`: "message 1, message , message 3, message 4, more",
			`"after":0,"limit":4,"current":true`:  "message twice edited, message , message 3, message 4, more",
			`"after":0,"current":true`:            "message twice edited, message , message 3, message 4, edited twice, edited , edited twice, deleted ",
			`"after":4,"limit":2,"current":true`:  "edited twice, edited , more",
			`"before":2,"current":true`:           "message twice edited",
			`"before":6,"limit":1,"current":true`: "edited twice, more",
			`"limit":2,"current":true`:            "edited twice, deleted , more",
			`"before":1,"current":true`:           "",
		} {
			ann.say(`{"type":"history","ref":"r",` + ask + `}`)
			answer := ann.next()
			var got []string
			for _, e := range answer.Events {
				words := e.Type + " " + e.content()
				if e.Edited {
					words += " edited"
				}
				got = append(got, words)
			}
			if answer.More {
				got = append(got, "more")
			}
			if all := strings.Join(got, ", "); all != want {
				t.Errorf("sqlite %v, a history with %s has\n%s\nwant\n%s", sqlite, ask, all, want)
			}
		}
		if a := h.ask(t, "GET", "/r/room1/messages?after=0&limit=1&current=true", ""); len(a.Events) != 1 || a.Events[0].content() != "twice" || !a.Events[0].Edited {
			t.Errorf("sqlite %v, over HTTP: %s", sqlite, a.raw)
		}
	}
}

// A page is bounded by bytes, and an edit may be longer than the message.
func TestACurrentHistoryIsBounded(t *testing.T) {
	h, ann := openWithMessages(t, 150, true)
	long := strings.Repeat("中", 4000)
	for i := range 150 {
		ann.say(fmt.Sprintf(`{"type":"edit","id":"e%d","seq":%d,"content":%q}`, i, i+1, long))
		ann.until("edited")
	}
	bob := h.join(t, "room1", `{"type":"join","nick":"bob","history":0}`)
	seen := make(map[uint64]int)
	pages := 0
	read := func(ask string) event {
		bob.say(`{"type":"history","ref":"r","limit":200,"current":true,` + ask + `}`)
		page := bob.until("history")
		if len(page.raw) > bob.limit.EventBytes || len(page.Events) == 0 {
			t.Fatalf("a page of %d events has %d bytes", len(page.Events), len(page.raw))
		}
		for _, e := range page.Events {
			if seen[e.Seq]++; e.content() != long {
				t.Fatalf("%s %d isn't as it is now", e.Type, e.Seq)
			}
		}
		pages++
		return page
	}
	for seq, more := 301, true; more; {
		page := read(fmt.Sprintf(`"before":%d`, seq))
		seq, more = int(page.Events[0].Seq), page.More
	}
	for seq, more := 0, true; more; {
		page := read(fmt.Sprintf(`"after":%d`, seq))
		seq, more = int(page.Events[len(page.Events)-1].Seq), page.More
	}
	for seq := range uint64(300) {
		if n := seen[seq+1]; n != 2 {
			t.Errorf("event %d was in %d pages, want 2", seq+1, n)
		}
	}
	if pages < 8 {
		t.Errorf("there were %d pages: they weren't bounded", pages)
	}
}

func TestThousandHistoriesAtOnceAreAllAnswered(t *testing.T) {
	_, ann := openWithMessages(t, 200, false)
	go func() {
		for i := range 1000 {
			ann.say(fmt.Sprintf(`{"type":"history","ref":"%d","limit":20}`, i))
		}
	}()
	for i := range 1000 {
		if e := ann.next(); e.Ref != fmt.Sprint(i) || len(e.Events) != 20 {
			t.Fatalf("answer %d is %.200s", i, e.raw)
		}
	}
}

func TestJoinReplaysWhatItAsksFor(t *testing.T) {
	h, ann := openWithMessages(t, 120, true)
	epoch := ann.hello.Epoch
	since := func(epoch string, seq int) string {
		return fmt.Sprintf(`,"since":{"epoch":%q,"seq":%d}`, epoch, seq)
	}
	for ask, want := range map[string]string{
		``:                                 "71-120 fresh",
		`,"history":0`:                     "none fresh",
		`,"history":1`:                     "120-120 fresh",
		`,"history":1000`:                  "1-120 fresh",
		since(epoch, 0):                    "1-120 resumed",
		since(epoch, 100):                  "101-120 resumed",
		since(epoch, 120):                  "none resumed",
		since(epoch, 121):                  "71-120 fresh",
		since("another", 100):              "71-120 fresh",
		since("", 100):                     "71-120 fresh",
		since(epoch, 100) + `,"history":1`: "101-120 resumed",
	} {
		c := h.join(t, "room1", `{"type":"join","nick":"bob"`+ask+`}`)
		c.say(`{"type":"nick","nick":"done"}`)
		var got []event
		for e := c.next(); e.Type != "renamed"; e = c.next() {
			got = append(got, e)
		}
		how := "fresh"
		if c.hello.Resumed {
			how = "resumed"
		}
		if got := seqs(t, got) + " " + how; got != want || c.hello.Head != 120 {
			t.Errorf("a join with %s gets %s, head %d; want %s", ask, got, c.hello.Head, want)
		}
		_ = c.ws.CloseNow()
		ann.until("left")
	}
}

func TestWhatIsNoLongerKeptIsNamedByAGap(t *testing.T) {
	h, ann := openWithMessages(t, 1100, false) // of which memory keeps 1,000
	_ = ann.ws.CloseNow()
	waitUntil(t, "ann is gone", func() bool { return h.Connections() == 0 })
	c := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","since":{"epoch":%q,"seq":10}}`, ann.hello.Epoch))
	if e := c.next(); e.raw != `{"type":"gap","first":11,"last":100}` {
		t.Errorf("the resume begins with %s", e.raw)
	}
	var got []event
	for len(got) < 1000 {
		got = append(got, c.next())
	}
	if s := seqs(t, got); s != "101-1100" {
		t.Errorf("after the gap came %s", s)
	}
	if !c.hello.Resumed {
		t.Error("a resume over a gap is a resume all the same")
	}
}

func TestEveryResumeGoesOnWithoutASeam(t *testing.T) {
	h := open(t, func(s *setup) { s.sqlite = true })
	ann := h.v1(t, "room1", "ann")
	const n = 400
	go func() {
		for i := range n {
			ann.send(fmt.Sprint(i+1), fmt.Sprint(i+1))
		}
	}()
	var all []event
	bob := h.join(t, "room1", `{"type":"join","nick":"bob","history":1000}`)
	for cuts := 0; len(all) < n; cuts++ {
		for until := min(len(all)+37, n); len(all) < until; {
			if e := bob.next(); e.Type == string(protocol.EventMessage) {
				all = append(all, e)
			}
		}
		_ = bob.ws.CloseNow()
		bob = h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","seat":%q,"since":{"epoch":%q,"seq":%d}}`,
			bob.you.Seat, bob.hello.Epoch, all[len(all)-1].Seq))
		if !bob.hello.Resumed {
			t.Fatalf("not resumed after %d: %s", len(all), bob.hello.raw)
		}
	}
	if s := seqs(t, slices.Clone(all)); s != fmt.Sprintf("1-%d", n) {
		t.Errorf("over the cuts came %s", s)
	}
}
