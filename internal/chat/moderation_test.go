package chat_test

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"snug/protocol"
)

// orders says a command of v1, given without its braces, and waits for the event
// that it becomes.
func (c *client) moderate(id, command string) event {
	c.t.Helper()
	c.say(fmt.Sprintf(`{"id":%q,%s}`, id, command))
	for {
		switch e := c.next(); {
		case e.ID == id && e.Type == "error":
			c.t.Fatalf("%s was refused: %s", command, e.raw)
		case e.ID == id && e.From.Member == c.you.Member.Member:
			return e
		}
	}
}

// withOwners makes rooms their first member's.
func withOwners(s *setup) { s.room.NoOwners = false }

// dialFrom is dial from another address of the loopback.
func (h *testServer) dialFrom(t *testing.T, from, code, subprotocol string) *rawClient {
	t.Helper()
	dialer := &net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return handshakeOn(t, conn, code, subprotocol)
}

func TestTheBannedStayOut(t *testing.T) {
	h := open(t, withOwners)
	owner := h.v1(t, "room1", "ann")
	troll := h.dialFrom(t, "127.0.0.66", "room1", protocol.Subprotocol)
	troll.say(`{"type":"join","nick":"troll"}`)
	var welcome protocol.Welcome
	if err := json.Unmarshal(troll.until(text), &welcome); err != nil {
		t.Fatal(err)
	}
	again := h.dialFrom(t, "127.0.0.66", "room1", protocol.Subprotocol)
	again.say(fmt.Sprintf(`{"type":"join","nick":"troll","seat":%q}`, welcome.You.Seat))
	again.until(text)

	e := owner.moderate("b", fmt.Sprintf(`"type":"ban","member":%q,"reason":"spam","seconds":3600`, welcome.You.Member.Member))
	if strings.Contains(e.raw, "127.0.0") || strings.Contains(e.raw, "addresses") {
		t.Errorf("everyone is told the address: %s", e.raw)
	}
	for _, c := range []*rawClient{troll, again} {
		said := ""
		code := 0
		for code == 0 {
			op, payload := c.read()
			if op == closes {
				code = int(payload[0])<<8 | int(payload[1])
			}
			said += string(payload) + "\n"
		}
		if code != 4403 || !strings.Contains(said, `"moderated"`) || !strings.Contains(said, `{"type":"goodbye","code":"banned"}`) {
			t.Errorf("the banned was told %s and closed with %d", said, code)
		}
	}
	for what, try := range map[string]struct {
		from, subprotocol, join string
		out                     bool
	}{
		"with its seat":                {"127.0.0.66", protocol.Subprotocol, `{"type":"join","nick":"troll","seat":"` + welcome.You.Seat + `"}`, true},
		"with its seat from elsewhere": {"127.0.0.67", protocol.Subprotocol, `{"type":"join","nick":"troll","seat":"` + welcome.You.Seat + `"}`, true},
		"with another nick":            {"127.0.0.66", protocol.Subprotocol, `{"type":"join","nick":"nobody","seat":"` + welcome.You.Seat + `"}`, true},
		"with a new seat":              {"127.0.0.66", protocol.Subprotocol, `{"type":"join","nick":"nobody"}`, true},
		"in plain":                     {"127.0.0.66", "", `{"Content":"hi"}`, true},
		"somebody else":                {"127.0.0.67", protocol.Subprotocol, `{"type":"join","nick":"somebody"}`, false},
	} {
		c := h.dialFrom(t, try.from, "room1", try.subprotocol)
		c.say(try.join)
		_, payload := c.read()
		if out := strings.Contains(string(payload), "banned"); out != try.out {
			t.Errorf("%s: %s", what, payload)
		}
		if !try.out {
			continue
		}
		if v1 := try.subprotocol != ""; v1 && !strings.Contains(string(payload), `"reason":"spam","until":"20`) ||
			strings.Contains(string(payload), `"address":true`) != (v1 && !strings.Contains(try.join, "seat")) {
			t.Errorf("%s: the fields are %s", what, payload)
		}
		if code := c.closed(); code != 4403 {
			t.Errorf("%s: closed with %d", what, code)
		}
	}
	owner.say(`{"type":"bans","ref":"r"}`)
	if e := owner.until("bans"); strings.Contains(e.raw, "127.0") || strings.Count(e.raw, `"reason":"spam"`) != 1 {
		t.Errorf("the bans are %s", e.raw)
	}
}

func TestWhatIsDecidedInARoomIsInItsLog(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	owner, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	owner.moderate("1", fmt.Sprintf(`"type":"role","member":%q,"role":"moderator"`, bob.you.Member.Member))
	owner.moderate("2", `"type":"set","topic":"tea","slow_ms":5000,"locked":true`)
	owner.moderate("3", `"type":"set","password":"secret"`)
	want := []string{"claim", "role", "set", "set"}
	for _, action := range want {
		if e := bob.until("moderated"); !strings.Contains(e.raw, `"action":"`+action+`"`) || strings.Contains(e.raw, "secret") || strings.Contains(e.raw, "argon2") {
			t.Errorf("bob is told %s, want that of a %s", e.raw, action)
		}
	}
	again := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","seat":%q}`, bob.you.Seat))
	if again.you.Role != protocol.RoleModerator || again.hello.Settings != (protocol.Settings{Topic: "tea", SlowMS: 5000, Locked: true, Password: true}) {
		t.Errorf("who comes back finds %s", again.hello.raw)
	}
	c := h.dial(t, "room1", "", protocol.Subprotocol)
	c.say(joinAnn)
	if events, code := c.rest(); len(events) != 1 || events[0].Code != "locked" || code != 1008 {
		t.Errorf("a new one is told %v and closed with %d", events, code)
	}
}

// What a client says of itself beyond its nick counts for nothing.
func TestNobodySpeaksAsAnother(t *testing.T) {
	h := open(t, withOwners)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	bob.say(fmt.Sprintf(`{"type":"send","id":"1","content":"hi","from":{"member":%q,"nick":"ann","role":"owner"},"author":"ann","guest":false,"at":"x","nick":"ann"}`, ann.you.Member.Member))
	e := ann.until("message")
	if e.From != (protocol.Member{Member: bob.you.Member.Member, Nick: "bob", Role: protocol.RoleMember}) {
		t.Errorf("it is from %+v", e.From)
	}
	guest := h.dial(t, "room1", "")
	guest.say(`{"Author":"ann","Content":"me","from":{"role":"owner"},"guest":false}`)
	if e := ann.until("message"); !e.From.Guest || e.From.Role != protocol.RoleMember || e.From.Member == ann.you.Member.Member {
		t.Errorf("a plain client is %+v", e.From)
	}
	// An id is its member's own.
	ann.send("1", "mine")
	if e := ann.until("message"); e.content() != "mine" || e.From.Member != ann.you.Member.Member {
		t.Errorf("ann's message with bob's id became %s", e.raw)
	}
}

func TestOneNickIsOneMembers(t *testing.T) {
	h := open(t)
	forms := []string{"Zoë", "Zoe\u0308", "zoë", "ＺＯË"}
	n := short(250, 1000)
	for i := range n {
		code := fmt.Sprint("room", i)
		var both sync.WaitGroup
		var in [2]*client
		for k := range in {
			both.Go(func() {
				ws, _, err := websocket.Dial(t.Context(), "ws://"+h.addr+"/ws?roomCode="+code, &websocket.DialOptions{Subprotocols: []string{protocol.Subprotocol}})
				if err != nil {
					t.Error(err)
					return
				}
				in[k] = &client{t: t, ws: ws}
				in[k].say(fmt.Sprintf(`{"type":"join","nick":%q}`, forms[(i+k*(1+i/4))%len(forms)]))
				in[k].you = in[k].until("welcome").You
			})
		}
		both.Wait()
		if in[0] == nil || in[1] == nil {
			return
		}
		a, b := in[0].you, in[1].you
		if strings.HasSuffix(a.Nick, "-2") == strings.HasSuffix(b.Nick, "-2") {
			t.Fatalf("two go by %q and %q", a.Nick, b.Nick)
		}
		_, _ = in[0].ws.CloseNow(), in[1].ws.CloseNow()
	}
}

// Which fields count depends on the command: what others bring is neither checked nor
// passed on.
func TestACommandBringsOnlyWhatIsItsOwn(t *testing.T) {
	h := open(t, withOwners)
	owner, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	long := strings.Repeat("x", 1000)
	stray := fmt.Sprintf(`"member":%q,"role":"king","reason":"line\n%s"`, long, long)
	for id, command := range map[string]string{
		"set":   `"type":"set","topic":"tea",` + stray,
		"role":  fmt.Sprintf(`"type":"role","member":%q,"role":"moderator","reason":"well done"`, bob.you.Member.Member),
		"unban": "",
	} {
		if command == "" {
			owner.moderate("ban", `"type":"ban","member":"nobody","role":"owner"`)
			command = `"type":"unban","member":"nobody","role":"owner","reason":"well"`
		}
		e := owner.moderate(id, command)
		if strings.Contains(e.raw, `"reason"`) || strings.Contains(e.raw, "xxx") || (id != "role" && strings.Count(e.raw, `"role"`) != 1) {
			t.Errorf("%s became %.300s", id, e.raw)
		}
	}
}

func TestTheLongestListOfBansFitsInAFrame(t *testing.T) {
	h := open(t, withOwners)
	owner := h.v1(t, "room1", strings.Repeat("😀", protocol.MaxNickChars))
	owner.ws.SetReadLimit(8 << 20)
	reason := strings.Repeat("😀", protocol.MaxReasonChars)
	for i := range 1000 {
		owner.moderate(fmt.Sprint(i), fmt.Sprintf(`"type":"ban","member":"%064d","reason":"%s"`, i, reason))
	}
	owner.say(`{"type":"bans","ref":"r"}`)
	e := owner.until("bans") // which looks at its length
	if n := strings.Count(e.raw, `"reason"`); n != 1000 {
		t.Errorf("%d bans are listed", n)
	}
}
