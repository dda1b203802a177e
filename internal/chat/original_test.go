package chat_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"snug/protocol"
)

func TestTheOriginalToTheLetter(t *testing.T) {
	h := open(t)
	one, two := h.plain(t, "room1"), h.plain(t, "room1")
	one.next() // two's hello
	const line = `{"Author":"client 1","Content":"content1"}`
	one.say(`{"Author": "client 1", "Content": "content1"}`)
	for _, c := range []*client{one, two} {
		if e := c.next(); e.raw != line {
			t.Errorf("got %s, want %s", e.raw, line)
		}
	}
}

// As in the original, a client is in its room once it is connected.
func TestPlainGetsWhatIsSaidAfterItsHandshake(t *testing.T) {
	h := open(t)
	for i := range short(200, 5000) {
		code := fmt.Sprintf("room%d", i)
		one := h.plain(t, code)
		two := h.dial(t, code, "")
		one.say(`{"Author":"ann","Content":"first"}`)
		one.next() // so it is before the next
		two.say(`{"Author":"bob","Content":"second"}`)
		if e := two.next(); e.content() != "first" {
			t.Fatalf("round %d: the first message that a client gets is %s", i, e.raw)
		}
		_, _ = one.ws.CloseNow(), two.ws.CloseNow() // before there are too many
	}
}

func TestPlainTakesWhatAHandTypes(t *testing.T) {
	guest := `{"Author":"guest-??????","Content":"hi"}`
	for in, out := range map[string]string{
		`{"author":"ann","content":"hi"}`:                                    `{"Author":"ann","Content":"hi"}`,
		`{"AUTHOR":"ann","cOnTeNt":"hi"}`:                                    `{"Author":"ann","Content":"hi"}`,
		` { "Content" : "hi" , "Author" : "ann" } `:                          `{"Author":"ann","Content":"hi"}`,
		`{"Author":"ann","Content":"hi","type":"join","x":[1,{"Author":2}]}`: `{"Author":"ann","Content":"hi"}`,
		`{"Author":"  ann  lee ","Content":"hi"}`:                            `{"Author":"ann lee","Content":"hi"}`,
		`{"Author":"ann","Content":"<b>&\u2028\n\u0000\"\\🙂"}`:               `{"Author":"ann","Content":"<b>&\u2028\n\u0000\"\\🙂"}`,
		`{"Content":"hi"}`:                                                   guest,
		`{"Author":"","Content":"hi"}`:                                       guest,
		`{"Author":null,"Content":"hi"}`:                                     guest,
	} {
		h := open(t)
		c := h.dial(t, "room1", "")
		c.say(in)
		got := regexp.MustCompile("guest-[0-9]{6}").ReplaceAllString(c.next().raw, "guest-??????")
		if got != out {
			t.Errorf("%s came back as %s, want %s", in, got, out)
		}
	}
}

func TestGuestKeepsItsNick(t *testing.T) {
	h := open(t)
	one, two := h.dial(t, "room1", ""), h.dial(t, "room1", "")
	said := func(c *client) string {
		c.say(`{"Content":"mine"}`)
		for {
			if e := c.next(); e.content() == "mine" {
				return e.Author
			}
		}
	}
	first := said(one)
	if again := said(one); again != first {
		t.Errorf("a guest is first %q and then %q", first, again)
	}
	two.say(`{"Content":"sync"}`)
	for e := two.next(); e.content() != "sync"; e = two.next() {
	}
	if other := said(two); other == first {
		t.Errorf("two guests are both %q", other)
	}
}

func TestPlainRefusalIsForItsSenderAloneAndTheConnectionStays(t *testing.T) {
	cases := map[string]string{
		``:                                         "bad-json",
		`hello`:                                    "bad-json",
		`{"Author":"ann","Content":`:               "bad-json",
		`["Author","Content"]`:                     "bad-json",
		`null`:                                     "bad-json",
		`{"Content":"\ud800"}`:                     "bad-json",
		strings.Repeat("[", 5000):                  "bad-json",
		`{"Author":1,"Content":"hi"}`:              "bad-field",
		`{"Content":{"a":1}}`:                      "bad-field",
		`{"Content":1e999}`:                        "bad-field",
		`{"Author":"a\nb","Content":"hi"}`:         "bad-field",
		`{"Author":"\u202eann","Content":"hi"}`:    "bad-field",
		`{}`:                                       "empty",
		`{"Author":"ann"}`:                         "empty",
		`{"Author":"ann","Content":""}`:            "empty",
		`{"Author":"ann","Content":null}`:          "empty",
		`{"Author":"ann","Message":"hi"}`:          "empty",
		`{"Author":"admin","Content":"hi"}`:        "bad-field",
		"{\"Content\":\"hi\"}{\"Content\":\"ho\"}": "bad-json",
		`"hi"`:                      "bad-json",
		`7`:                         "bad-json",
		`{"Content":"12345678901"}`: "too-long",
		`{"Author":"` + strings.Repeat("a", 33) + `","Content":"hi"}`: "too-long",
	}
	h := open(t, func(s *setup) { s.room.MaxChars, s.chat.MaxChars = 10, 1000 })
	one, two := h.plain(t, "room1"), h.plain(t, "room1")
	one.next()
	for in, code := range cases {
		one.say(in)
		switch e := one.next(); {
		case e.Error == nil:
			t.Errorf("%.60s was answered with %s", in, e.raw)
		case !strings.HasPrefix(*e.Error, code+": ") || len(*e.Error) < len(code)+10:
			t.Errorf("%.60s was answered with %q, want %s: …", in, *e.Error, code)
		}
	}
	if err := one.ws.Write(t.Context(), websocket.MessageBinary, []byte(`{"Content":"hi"}`)); err != nil {
		t.Fatal(err)
	}
	if e := one.next(); e.Error == nil || !strings.HasPrefix(*e.Error, "bad-frame: ") {
		t.Errorf("a binary frame was answered with %s", e.raw)
	}
	one.say(`{"Author":"ann","Content":"1234567890"}`)
	for _, c := range []*client{one, two} {
		if e := c.next(); e.Author != "ann" {
			t.Errorf("got %s after the refusals, want what was said then", e.raw)
		}
	}
}

func TestPlainThatIsTooFastIsToldSo(t *testing.T) {
	h := open(t, withSlowRate)
	c := h.dial(t, "room1", "")
	for range 4 {
		c.say(`{"Author":"ann","Content":"hi"}`)
	}
	var said, refused int
	for range 4 {
		if e := c.next(); e.Error != nil && strings.HasPrefix(*e.Error, "rate-limited: ") {
			refused++
		} else if e.Author == "ann" {
			said++
		}
	}
	if said != 3 || refused != 1 {
		t.Errorf("of 4 messages, in a burst of 3, %d were said and %d refused", said, refused)
	}
}

// withSlowRate is a rate at which nothing comes back during a test.
func withSlowRate(s *setup) { s.chat.MessageRate, s.chat.MessageBurst = 1./3600, 3 }

func TestPlainGetsTheLastMessagesItAsksFor(t *testing.T) {
	for history, want := range map[string]string{
		"":              "now",
		"&history=":     "now",
		"&history=0":    "now",
		"&history=2":    "3 4 now",
		"&history=6":    "hello 0 1 2 3 4 now",
		"&history=1000": "hello 0 1 2 3 4 now",
	} {
		h := open(t)
		sender := h.plain(t, "room1") // hello
		for i := range 5 {
			sender.say(fmt.Sprintf(`{"Author":"ann","Content":"%d"}`, i))
			sender.next()
		}
		c := h.dial(t, "room1", history)
		var got []string
		c.say(`{"Content":"now"}`)
		for len(got) == 0 || got[len(got)-1] != "now" {
			got = append(got, c.next().content())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("with %q came %v, want %s", history, got, want)
		}
	}
}

func TestPlainAndV1SeeTheSameInTheSameOrder(t *testing.T) {
	h := open(t, func(s *setup) { s.sqlite = true })
	const each = 50
	hands := []*client{h.plain(t, "room1"), h.plain(t, "room1"), h.plain(t, "room1")}
	programs := []*client{h.v1(t, "room1", "p0"), h.v1(t, "room1", "p1"), h.v1(t, "room1", "p2")}
	var speaking sync.WaitGroup
	for i := range 3 {
		speaking.Go(func() {
			for n := range each {
				hands[i].say(fmt.Sprintf(`{"Author":"h%d","Content":"%d"}`, i, n))
			}
		})
		speaking.Go(func() {
			for n := range each {
				programs[i].send(fmt.Sprint(n), fmt.Sprint(n))
			}
		})
	}
	speaking.Wait()
	var orders []string
	for _, c := range append(hands, programs...) {
		var order strings.Builder
		for seen := 0; seen < 6*each; {
			e := c.next()
			who := e.Author
			if e.Type == string(protocol.EventMessage) {
				who = e.From.Nick
				if e.From.Guest != strings.HasPrefix(who, "h") {
					t.Errorf("guest is %v in %s", e.From.Guest, e.raw)
				}
			}
			if e.Content == nil || who == "hello" {
				continue
			}
			seen++
			fmt.Fprintf(&order, "%s:%s ", who, e.content())
		}
		orders = append(orders, order.String())
	}
	for i, order := range orders {
		if order != orders[0] {
			t.Errorf("client %d saw\n%s, client 0\n%s", i, order, orders[0])
		}
	}
}
