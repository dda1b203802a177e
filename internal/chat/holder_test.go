package chat_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"

	"snug/internal/auth"
	"snug/protocol"
)

// mint is a key to sign tokens with.
type mint struct {
	t    testing.TB
	from string
}

func newMint(t testing.TB) mint {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("0123456789abcdef0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	return mint{t, "hmac:" + file}
}

// verifier is what takes its tokens.
func (m mint) verifier() *auth.Tokens {
	m.t.Helper()
	tokens, err := auth.OpenTokens(m.from, auth.TokenOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		m.t.Fatal(err)
	}
	return tokens
}

// token is one of a subject's for an hour; changes make it another.
func (m mint) token(subject string, changes ...func(*auth.Claims)) string {
	m.t.Helper()
	c := auth.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: subject, ExpiresAt: in(time.Hour)}}
	for _, change := range changes {
		change(&c)
	}
	token, err := auth.Mint(m.from, c)
	if err != nil {
		m.t.Fatal(err)
	}
	return token
}

func in(in time.Duration) *jwt.NumericDate { return jwt.NewNumericDate(time.Now().Add(in)) }

func name(s string) func(*auth.Claims)        { return func(c *auth.Claims) { c.Name = s } }
func role(r protocol.Role) func(*auth.Claims) { return func(c *auth.Claims) { c.Role = r } }

// openWithTokens starts a server that requires tokens.
func openWithTokens(t testing.TB, changes ...func(*setup)) (*testServer, mint) {
	t.Helper()
	m := newMint(t)
	return open(t, append(changes, func(s *setup) { s.chat.Tokens = m.verifier() })...), m
}

// carriers are the ways in which a token comes, each with what it makes a client.
var carriers = []struct {
	name    string
	connect func(h *testServer, t testing.TB, token string) *client
}{
	{"v1, in the join", func(h *testServer, t testing.TB, token string) *client {
		c := h.dial(t, "room1", "", protocol.Subprotocol)
		c.say(fmt.Sprintf(`{"type":"join","nick":"asked","token":%q}`, token))
		return c
	}},
	{"v1, in the header", func(h *testServer, t testing.TB, token string) *client {
		c := h.dialWithToken(t, token, protocol.Subprotocol)
		c.say(`{"type":"join","nick":"asked"}`)
		return c
	}},
	{"plain, in the query", func(h *testServer, t testing.TB, token string) *client {
		return h.dial(t, "room1", "&token="+url.QueryEscape(token))
	}},
	{"plain, in the header", func(h *testServer, t testing.TB, token string) *client { return h.dialWithToken(t, token) }},
}

// bearing connects with a token in the header.
func (h *testServer) dialWithToken(t testing.TB, token string, subprotocols ...string) *client {
	t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "bearer "+token)
	}
	ws, _, err := websocket.Dial(t.Context(), "ws://"+h.addr+"/ws?roomCode=room1", &websocket.DialOptions{HTTPHeader: header, Subprotocols: subprotocols})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{t: t, ws: ws}
}

func TestBadTokensOverBothDialects(t *testing.T) {
	h, m := openWithTokens(t)
	other := newMint(t)
	if err := os.WriteFile(strings.TrimPrefix(other.from, "hmac:"), []byte(strings.Repeat("x", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, token, says string }{
		{"none", "", "missing"},
		{"garbage", "hello", "no token"},
		{"too long", strings.Repeat("a", 9000), "at most 8192"},
		{"another key's", other.token("ann"), "isn't signed by the key"},
		{"unsigned", strings.Join([]string{"eyJhbGciOiJub25lIn0", "eyJzdWIiOiJhbm4iLCJleHAiOjk5OTk5OTk5OTk5fQ", ""}, "."), "doesn't fit the key"},
		{"expired", m.token("ann", func(c *auth.Claims) { c.ExpiresAt = in(-time.Minute) }), "has ended"},
		{"without an end", m.token("ann", func(c *auth.Claims) { c.ExpiresAt = nil }), "lacks a claim"},
		{"not yet valid", m.token("ann", func(c *auth.Claims) { c.NotBefore = in(time.Minute) }), "isn't valid yet"},
		{"another audience's", m.token("ann", func(c *auth.Claims) { c.Audience = jwt.ClaimStrings{"others"} }), "audience"},
		{"another room's", m.token("ann", func(c *auth.Claims) { c.Rooms = &[]string{"room2"} }), "isn't for this room"},
		{"nobody's", m.token(""), `no "sub"`},
		{"of an unknown role", m.token("ann", role("king")), "role"},
		{"with a name that can't be seen", m.token("ann", name("\x00")), "nick"},
	} {
		for _, way := range carriers {
			t.Run(c.name+", "+way.name, func(t *testing.T) {
				conn := way.connect(h, t, c.token)
				events, closed := conn.rest()
				if closed != 4401 || len(events) != 1 {
					t.Fatalf("closed with %d after %+v, want one event and 4401", closed, events)
				}
				said := events[0].Message
				if events[0].Error != nil {
					said = *events[0].Error
				} else if events[0].Type != "error" || events[0].Code != "bad-token" {
					t.Errorf("it was told %s", events[0].raw)
				}
				if !strings.Contains(said, c.says) || events[0].Error != nil && !strings.HasPrefix(said, "bad-token: ") {
					t.Errorf("it was told %q, want %q", said, c.says)
				}
			})
		}
	}
	if n := h.rooms.Open(); n != 0 {
		t.Errorf("%d rooms are open", n)
	}
}

// A mebibyte fits in no request and, by default, in no frame.
func TestTokenOfAMebibyteTakesNoOneDown(t *testing.T) {
	h, m := openWithTokens(t)
	c := h.connectRaw(t, "room1", protocol.Subprotocol)
	go func() { // the server needn't read all of it
		_, _ = c.Write(masked(final|text, []byte(`{"type":"join","nick":"ann","token":"`+strings.Repeat("a", 1<<20)+`"}`)))
	}()
	if payload := c.until(text); !hasType(payload, "error") || !strings.Contains(string(payload), "bad-frame") {
		t.Errorf("it was told %s", payload)
	}
	big, m2 := openWithTokens(t, func(s *setup) { s.chat.MaxChars = 100_000 })
	conn := big.dial(t, "room1", "", protocol.Subprotocol)
	conn.say(`{"type":"join","nick":"ann","token":"` + strings.Repeat("a", 1<<20) + `"}`)
	if events, closed := conn.rest(); closed != 4401 || len(events) != 1 || !strings.Contains(events[0].Message, "at most 8192") {
		t.Errorf("closed with %d after %+v", closed, events)
	}
	for h, m := range map[*testServer]mint{h: m, big: m2} {
		h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"ann","token":%q}`, m.token("ann")))
	}
}

func TestTokenSaysWhoOneIs(t *testing.T) {
	h, m := openWithTokens(t)
	members := map[string]string{}
	for _, way := range carriers {
		c := way.connect(h, t, m.token("ann", name("Ann")))
		if strings.HasPrefix(way.name, "v1") {
			c.until("welcome")
			c.send("1"+way.name, way.name)
		} else {
			c.say(`{"Author":"mallory","Content":"` + way.name + `"}`)
		}
		reader := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","token":%q,"history":1}`, m.token("bob"+way.name)))
		e := reader.until("message")
		for e.content() != way.name {
			e = reader.until("message")
		}
		if e.From.Nick != "Ann" || e.From.Guest || e.From.Role != "member" {
			t.Errorf("%s: it is from %+v", way.name, e.From)
		}
		members[e.From.Member] = way.name
	}
	if len(members) != 1 {
		t.Errorf("one subject is %v", members)
	}
	plain := h.dial(t, "room1", "&token="+m.token("carl"))
	plain.say(`{"Content":"my name is my subject"}`)
	if e := plain.next(); e.Author != "carl" {
		t.Errorf("it is from %q", e.Author)
	}
	long := h.join(t, "room1", fmt.Sprintf(`{"type":"join","token":%q}`, m.token("long", name(strings.Repeat("x", 40)))))
	if long.you.Nick != strings.Repeat("x", 32) {
		t.Errorf("a long name is %q", long.you.Nick)
	}
}

func TestNameInATokenIsNotForItsHolderToChange(t *testing.T) {
	h, m := openWithTokens(t)
	c := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","token":%q}`, m.token("ann", name("Ann"))))
	c.say(`{"type":"nick","nick":"bob"}`)
	if e := c.until("error"); c.you.Nick != "Ann" || e.Code != "forbidden" {
		t.Errorf("%s goes by another nick: %s", c.you.Nick, e.raw)
	}
	free := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","token":%q}`, m.token("bob")))
	free.say(`{"type":"nick","nick":"bert"}`)
	if e := free.until("renamed"); e.Nick != "bert" {
		t.Errorf("it is %q", e.Nick)
	}
}

func TestWithoutAuthATokenIsPassedOver(t *testing.T) {
	h := open(t)
	for _, way := range carriers {
		c := way.connect(h, t, "hello")
		if strings.HasPrefix(way.name, "plain") {
			c.say(`{"Author":"ann","Content":"hi"}`)
			if e := c.next(); e.Author != "ann" {
				t.Errorf("%s: %s", way.name, e.raw)
			}
			continue
		}
		c.until("welcome")
		c.say(`{"type":"auth","token":"hello","ref":"r"}`)
		if e := c.until("auth"); e.Ref != "r" || e.TokenMS != 0 {
			t.Errorf("%s: %s", way.name, e.raw)
		}
	}
}

func TestSeatAloneOpensNothingWhereTokensAreAskedFor(t *testing.T) {
	h, m := openWithTokens(t)
	c := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"ann","token":%q}`, m.token("ann")))
	again := h.dial(t, "room1", "", protocol.Subprotocol)
	again.say(fmt.Sprintf(`{"type":"join","nick":"ann","seat":%q}`, c.you.Seat))
	if _, closed := again.rest(); closed != 4401 {
		t.Errorf("closed with %d", closed)
	}
	bob := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","seat":%q,"token":%q}`, c.you.Seat, m.token("bob")))
	if bob.you.Member.Member == c.you.Member.Member {
		t.Error("with another's seat it is the other")
	}
}

func TestGuestsComeWithoutATokenAndStayWhoTheyAre(t *testing.T) {
	h, m := openWithTokens(t, func(s *setup) { s.chat.Guests = true })
	ann := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"asked","token":%q}`, m.token("ann", name("Ann"))))
	guest := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"gus","seat":%q}`, ann.you.Seat))
	if ann.you.Nick != "Ann" || guest.you.Nick != "gus" || guest.you.Member.Member == ann.you.Member.Member {
		t.Errorf("with the seat of %+v, a guest is %+v", ann.you, guest.you)
	}
	guest.say(fmt.Sprintf(`{"type":"auth","token":%q,"ref":"r"}`, m.token("ann")))
	if e := guest.until("error"); e.Code != "bad-token" || e.Ref != "r" {
		t.Errorf("a guest becomes somebody else: %s", e.raw)
	}
	ann.say(`{"type":"auth","token":"","ref":"r"}`)
	if e := ann.until("error"); e.Ref != "r" {
		t.Errorf("without a token, her connection doesn't end: %s", e.raw)
	}
	again := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"x","seat":%q}`, guest.you.Seat))
	if again.you.Member.Member != guest.you.Member.Member {
		t.Error("a guest doesn't come back by its seat")
	}
	wrong := h.dial(t, "room1", "", protocol.Subprotocol)
	wrong.say(`{"type":"join","nick":"ann","token":"hello"}`)
	if _, closed := wrong.rest(); closed != 4401 {
		t.Errorf("with a wrong token, closed with %d", closed)
	}
}

// Who sends an Authorization means to be somebody. A proxy that asks for a password passes on that one.
func TestAnAuthorizationIsUnderstoodOrRefused(t *testing.T) {
	h, m := openWithTokens(t, func(s *setup) { s.chat.Guests = true })
	open := open(t)
	token := m.token("ann", name("Ann"))
	for _, c := range []struct {
		header string
		nick   string // of the message; empty if it is refused
	}{
		{"Bearer " + token, "Ann"},
		{"bearer  " + token, "Ann"},
		{"", "gus"},
		{"Basic Z3VzOnB3", "gus"},
		{"basic Z3VzOnB3", "gus"},
		{`Digest username="gus", realm="chat"`, "gus"},
		{"Negotiate YII=", "gus"},
		{token, ""},
		{"Token x", ""},
		{"token " + token, ""},
		{"Bearer", ""},
		{"Bearer ", ""},
		{"Bearer:" + token, ""},
	} {
		a := h.post(t, "/r/room1", "hello", "Authorization", c.header, "Snug-Nick", "gus")
		if want := map[bool]int{true: 401, false: 201}[c.nick == ""]; a.status != want || a.From.Nick != c.nick {
			t.Errorf("%.20s: %d %s, want %d by %q", c.header, a.status, a.raw, want, c.nick)
		}
		if a.status == 401 && (a.Code != "bad-token" || a.header.Get("WWW-Authenticate") != "Bearer" || strings.Contains(a.raw, token)) {
			t.Errorf("%.20s: %s", c.header, a.raw)
		}
		if a := open.post(t, "/r/room1", "hello", "Authorization", c.header, "Snug-Nick", "gus"); a.status != 201 {
			t.Errorf("%.20s, on a server that knows of no tokens: %d %s", c.header, a.status, a.raw)
		}
		for _, subprotocol := range []string{"", protocol.Subprotocol} {
			request := strings.Replace(upgrade(h.addr, "room1", subprotocol), "\r\n\r\n", "\r\nAuthorization: "+c.header+"\r\n\r\n", 1)
			resp, body := h.request(t, request)
			if want := map[bool]int{true: 401, false: 101}[c.nick == ""]; resp.StatusCode != want {
				t.Errorf("%.20s in the handshake: %d %s, want %d", c.header, resp.StatusCode, body, want)
			}
		}
	}
}

func TestConnectionEndsWithItsToken(t *testing.T) {
	for _, subprotocol := range []string{"", protocol.Subprotocol} {
		synctest.Test(t, func(t *testing.T) {
			m := newMint(t)
			token := m.token("ann", func(c *auth.Claims) { c.ExpiresAt = in(time.Minute) })
			c := pipeTo(t, subprotocol, m.verifier(), token)
			begun := time.Now()
			if subprotocol != "" {
				c.say(joinAnn)
				c.until(text)
			}
			go func() { // it is there all the time
				for range 7 {
					time.Sleep(10 * time.Second)
					_, _ = c.Write(masked(final|pong, nil))
				}
			}()
			last := string(c.until(text))
			about(t, begun, 70*time.Second) // with the leeway
			if want := map[string]string{"": `{"Error":"bad-token: `, protocol.Subprotocol: `{"type":"goodbye","code":"expired"}`}[subprotocol]; !strings.HasPrefix(last, want) {
				t.Errorf("it was told %s, want %s", last, want)
			}
			if code := c.closedPipe(); code != 4401 {
				t.Errorf("closed with %d", code)
			}
		})
	}
}

func TestConnectionIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMint(t)
		minute := func(c *auth.Claims) { c.ExpiresAt = in(time.Minute) }
		c := pipeTo(t, protocol.Subprotocol, m.verifier(), m.token("ann", minute))
		begun := time.Now()
		c.say(joinAnn)
		if welcome := c.until(text); !strings.Contains(string(welcome), `"token_ms":70000`) {
			t.Errorf("the welcome is %s", welcome)
		}
		for range 10 {
			time.Sleep(50 * time.Second)
			c.say(fmt.Sprintf(`{"type":"auth","token":%q,"ref":"r"}`, m.token("ann", minute)))
			if answer := string(c.until(text)); answer != `{"type":"auth","ref":"r","token_ms":70000}` {
				t.Fatalf("the answer is %s", answer)
			}
		}
		for name, token := range map[string]string{"another member's": m.token("bob"), "none": "x", "an ended one": m.token("ann", func(c *auth.Claims) { c.ExpiresAt = in(-time.Hour) })} {
			c.say(fmt.Sprintf(`{"type":"auth","token":%q,"ref":"r"}`, token))
			if answer := string(c.until(text)); !strings.Contains(answer, `"bad-token"`) || !strings.Contains(answer, `"ref":"r"`) {
				t.Errorf("%s: %s", name, answer)
			}
		}
		c.raw(masked(final|pong, c.until(ping)))
		c.until(closes) // by the last that was taken
		about(t, begun, 570*time.Second)
	})
}

func TestTokensRoleHoldsAsLongAsItsConnection(t *testing.T) {
	h, m := openWithTokens(t)
	join := func(subject string, r protocol.Role) *client {
		return h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":%q,"token":%q}`, subject, m.token(subject, role(r))))
	}
	ann, bob := join("ann", protocol.RoleModerator), join("bob", "")
	if ann.you.Role != "moderator" {
		t.Fatalf("she is %+v", ann.you)
	}
	bob.send("1", "rude")
	seq := ann.until("message").Seq
	ann.say(fmt.Sprintf(`{"type":"delete","id":"d","seq":%d}`, seq))
	bob.until("deleted")
	ann.say(`{"type":"set","id":"s","topic":"x"}`)
	if e := ann.until("error"); e.Code != "forbidden" {
		t.Errorf("a moderator sets: %s", e.raw)
	}
	ann.say(fmt.Sprintf(`{"type":"kick","id":"k","member":%q}`, bob.you.Member.Member))
	if _, closed := bob.rest(); closed != 4403 {
		t.Errorf("bob was closed with %d", closed)
	}

	carl := join("carl", protocol.RoleOwner)
	carl.say(`{"type":"set","id":"s","topic":"x"}`)
	carl.until("moderated")
	carl.say(fmt.Sprintf(`{"type":"ban","id":"b","member":%q}`, ann.you.Member.Member))
	if _, closed := ann.rest(); closed != 4403 {
		t.Errorf("ann was closed with %d", closed)
	}

	// Renewed without it, the role is gone.
	carl.say(fmt.Sprintf(`{"type":"auth","token":%q}`, m.token("carl")))
	carl.until("auth")
	carl.say(`{"type":"set","id":"s2","topic":"y"}`)
	if e := carl.until("error"); e.Code != "forbidden" {
		t.Errorf("without the role: %s", e.raw)
	}
	// And so it is for who comes again without it.
	if again := join("carl", ""); again.you.Role != "member" {
		t.Errorf("without the role: %+v", again.you)
	}
}
