package signin_test

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"snug/internal/auth"
	"snug/internal/servertest/capture"
	"snug/internal/signin"
	"snug/protocol"
)

const secret = "0123456789abcdef0123456789abcdef"

// startProvider starts the real provider, with addresses to which it may send users back, and returns its
// issuer. It is skipped where the provider can't be built.
func startProvider(t *testing.T, redirects ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "provider")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = "../../test/provider"
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: sign-in at a real provider: it can't be built: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, append([]string{secret}, redirects...)...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	issuer, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(issuer)
}

// site is a server with sign-in, below /chat/, on several nodes that take turns.
type site struct {
	t    *testing.T
	url  string // with a slash at its end
	log  *capture.Text
	mu   sync.Mutex
	now  time.Time // zero for the system's clock
	turn int
	all  []*signin.Handler
}

// newSite returns a site that has no nodes yet.
func newSite(t *testing.T) *site {
	s := &site{t: t, log: new(capture.Text)}
	server := httptest.NewServer(http.StripPrefix("/chat", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.turn++
		node := s.all[s.turn%len(s.all)]
		s.mu.Unlock()
		node.ServeHTTP(w, r)
	})))
	t.Cleanup(server.Close)
	s.url = server.URL + "/chat/"
	return s
}

// start starts nodes with the same options.
func (s *site) start(nodes int, o signin.Options) {
	s.t.Helper()
	o.ClientID, o.ClientSecret, o.PublicURL, o.Scopes, o.GroupsClaim = "snug", auth.Secret(secret), s.url, []string{"profile"}, "groups"
	o.Log = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.SessionTime == 0 {
		o.SessionTime = time.Hour
	}
	o.Now = func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.now.IsZero() {
			return time.Now()
		}
		return s.now
	}
	for range nodes {
		h, err := signin.New(o)
		if err != nil {
			s.t.Fatal(err)
		}
		s.all = append(s.all, h)
	}
}

// setClock makes it another time on all nodes.
func (s *site) setClock(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// browser is a person's. It follows no redirects by itself.
type browser struct {
	*site
	client *http.Client
}

func (s *site) newBrowser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// get requests an address, and returns the status and where it redirects to.
func (b *browser) get(address string) (int, string) {
	b.t.Helper()
	resp, err := b.client.Get(address)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, absolute(resp)
}

func absolute(resp *http.Response) string {
	if l, err := resp.Location(); err == nil {
		return l.String()
	}
	return ""
}

// atProvider begins to sign in, enters a name at the real provider, and returns the address to which that sends
// the user back.
func (b *browser) atProvider(room, name string) string {
	b.t.Helper()
	_, address := b.get(b.url + "sign-in?room=" + url.QueryEscape(room))
	_, form := b.get(address)
	at, err := url.Parse(form)
	if err != nil || at.Query().Get("authRequestID") == "" {
		b.t.Fatalf("%s led to %s, not to the provider's form: %s", address, form, b.log)
	}
	resp, err := b.client.PostForm(form, url.Values{"id": {at.Query().Get("authRequestID")}, "username": {name}, "password": {"verysecure"}})
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	_, back := b.get(absolute(resp))
	return back
}

// post requests sign-in/token or sign-in/out, with headers in pairs.
func (b *browser) post(what string, headers ...string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"sign-in/"+what, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// token exchanges the session for a token.
func (b *browser) token() string {
	b.t.Helper()
	status, body := b.post("token")
	var answer struct {
		Token   string `json:"token"`
		TokenMS int64  `json:"token_ms"`
	}
	if err := json.Unmarshal([]byte(body), &answer); status != http.StatusOK || err != nil || answer.TokenMS <= 0 {
		b.t.Fatalf("no token: %d %s", status, body)
	}
	return answer.Token
}

// holder returns who a token says somebody is in a room, or what is wrong with it.
func (s *site) holder(token, room string) (*auth.Holder, error) {
	return s.all[0].Tokens().Holder(s.t.Context(), token, room)
}

func grants(t *testing.T, all ...string) (parsed []signin.Grant) {
	for _, s := range all {
		g, err := signin.ParseGrant(s)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, g)
	}
	return parsed
}

func TestSignInAtARealProvider(t *testing.T) {
	s := newSite(t)
	issuer := startProvider(t, s.url+"sign-in/callback")
	s.start(3, signin.Options{Issuer: issuer, Grants: grants(t, "staff=*", "cn=chat,dc=example=ops-*:moderator", "staff=ops-1:owner")})

	t.Run("gives a session on any node, and its groups rooms and roles", func(t *testing.T) {
		ann := s.newBrowser()
		if status, body := ann.post("token"); status != http.StatusUnauthorized {
			t.Errorf("without a session: %d %s", status, body)
		}
		if _, to := ann.get(ann.atProvider("ops-1", "ann")); to != s.url+"r/ops-1" {
			t.Fatalf("she comes to %s: %s", to, s.log)
		}
		token := ann.token()
		for room, want := range map[string]protocol.Role{"ops-1": protocol.RoleOwner, "ops-2": protocol.RoleModerator, "tea": protocol.RoleMember} {
			h, err := s.holder(token, room)
			if err != nil || h.Subject != "id-ann" || h.Issuer != issuer || h.Name != "Ann Archer" || h.Role != want {
				t.Errorf("in %s she is %+v, %v; want a %s", room, h, err, want)
			}
		}
		if status, body := ann.post("out"); status != http.StatusNoContent {
			t.Errorf("sign out: %d %s", status, body)
		}
		if status, _ := ann.post("token"); status != http.StatusUnauthorized {
			t.Errorf("she still has a session: %d", status)
		}
	})
	t.Run("keeps out who is in no group that has rooms", func(t *testing.T) {
		bob := s.newBrowser()
		if _, to := bob.get(bob.atProvider("tea", "bob")); to != s.url+"r/tea#sign-in=forbidden" {
			t.Errorf("he comes to %s", to)
		}
		if status, _ := bob.post("token"); status != http.StatusUnauthorized {
			t.Errorf("he has a session: %d", status)
		}
	})
	t.Run("finishes once, in the browser that has begun it", func(t *testing.T) {
		ann, eve := s.newBrowser(), s.newBrowser()
		back := ann.atProvider("tea", "ann")
		if _, to := eve.get(back); to != s.url+"#sign-in=stale" {
			t.Errorf("with an address from another browser, she comes to %s", to)
		}
		forged := regexp.MustCompile(`state=\w+`).ReplaceAllString(back, "state=OTHER")
		if _, to := ann.get(forged); to != s.url+"#sign-in=stale" {
			t.Errorf("with another state, she comes to %s", to)
		}
		if _, to := ann.get(back); to != s.url+"r/tea" {
			t.Errorf("she comes to %s", to)
		}
		if _, to := ann.get(back); to != s.url+"#sign-in=stale" {
			t.Errorf("again with the same state, she comes to %s", to)
		}
		// With a new state and the code of before, it is for the provider to refuse.
		used := regexp.MustCompile(`code=[^&]+`).FindString(back)
		fresh := regexp.MustCompile(`code=[^&]+`).ReplaceAllLiteralString(ann.atProvider("tea", "ann"), used)
		if _, to := ann.get(fresh); to != s.url+"r/tea#sign-in=refused" {
			t.Errorf("again with the same code, she comes to %s", to)
		}
	})
	t.Run("takes ten minutes at most", func(t *testing.T) {
		ann := s.newBrowser()
		back := ann.atProvider("tea", "ann")
		s.setClock(time.Now().Add(10*time.Minute + time.Second))
		defer s.setClock(time.Time{})
		if _, to := ann.get(back); to != s.url+"r/tea#sign-in=stale" {
			t.Errorf("she comes to %s", to)
		}
	})
	t.Run("says when the clocks differ", func(t *testing.T) {
		for _, difference := range []time.Duration{-2 * time.Minute, 2 * time.Hour} {
			ann := s.newBrowser()
			s.setClock(time.Now().Add(difference))
			if _, to := ann.get(ann.atProvider("tea", "ann")); to != s.url+"r/tea#sign-in=clock" {
				t.Errorf("by %v: she comes to %s", difference, to)
			}
			s.setClock(time.Time{})
		}
		ann := s.newBrowser()
		s.setClock(time.Now().Add(-30 * time.Second))
		defer s.setClock(time.Time{})
		if _, to := ann.get(ann.atProvider("tea", "ann")); to != s.url+"r/tea" {
			t.Errorf("half a minute: she comes to %s", to)
		}
	})
	t.Run("ends with the session's time, and so do its tokens", func(t *testing.T) {
		ann := s.newBrowser()
		ann.get(ann.atProvider("tea", "ann"))
		began := time.Now()
		s.setClock(began.Add(58 * time.Minute))
		defer s.setClock(time.Time{})
		h, err := s.holder(ann.token(), "tea")
		if err != nil || h.Until.After(began.Add(time.Hour+time.Minute)) {
			t.Errorf("the last token is %+v, %v", h, err)
		}
		s.setClock(began.Add(time.Hour + time.Minute))
		if status, _ := ann.post("token"); status != http.StatusUnauthorized {
			t.Errorf("the session goes on: %d", status)
		}
	})
	t.Run("says when the user refuses, or the provider", func(t *testing.T) {
		for code, want := range map[string]string{"access_denied": "denied", "server_error": "refused"} {
			ann := s.newBrowser()
			_, address := ann.get(s.url + "sign-in?room=tea")
			at, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			if _, to := ann.get(s.url + "sign-in/callback?error=" + code + "&state=" + at.Query().Get("state")); to != s.url+"r/tea#sign-in="+want {
				t.Errorf("%s: she comes to %s", code, to)
			}
		}
	})
	t.Run("is of no use to other sites", func(t *testing.T) {
		ann := s.newBrowser()
		ann.get(ann.atProvider("tea", "ann"))
		for _, what := range []string{"token", "out"} {
			for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
				if status, body := ann.post(what, headers...); status != http.StatusForbidden {
					t.Errorf("%s with %v: %d %s", what, headers, status, body)
				}
			}
			if status, _ := ann.get(s.url + "sign-in/" + what); status != http.StatusMethodNotAllowed {
				t.Errorf("GET %s: %d", what, status)
			}
		}
		ann.token()
	})
	t.Run("returns to rooms only", func(t *testing.T) {
		for _, room := range []string{"https://evil.example/", "//evil.example", "../../evil", `\\evil.example`, "a/b", "x\r\nLocation: y"} {
			if status, to := s.newBrowser().get(s.url + "sign-in?room=" + url.QueryEscape(room)); status != http.StatusBadRequest || to != "" {
				t.Errorf("%q: %d to %q", room, status, to)
			}
		}
	})
	for _, secret := range []string{secret, "eyJ", "code=", "state=", "verysecure", "id-ann", "Archer"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, s.log)
		}
	}
}

func TestGuestsNeedNoSession(t *testing.T) {
	s := newSite(t)
	issuer := startProvider(t, s.url+"sign-in/callback")
	s.start(1, signin.Options{Issuer: issuer, Guests: true, Grants: grants(t, "staff=ops:moderator")})
	bob := s.newBrowser()
	if status, _ := bob.post("token"); status != http.StatusNoContent {
		t.Errorf("a guest is told %d", status)
	}
	if _, to := bob.get(bob.atProvider("", "bob")); to != s.url {
		t.Fatalf("he comes to %s", to)
	}
	if h, err := s.holder(bob.token(), "ops"); err != nil || h.Role != protocol.RoleMember {
		t.Errorf("in a room of a group that isn't his, he is %+v, %v", h, err)
	}
}
