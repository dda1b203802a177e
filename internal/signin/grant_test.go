package signin_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"snug/internal/auth"
	"snug/internal/signin"
	"snug/protocol"
)

func TestGrantsAreReadAsOperatorsWriteThem(t *testing.T) {
	for s, want := range map[string]signin.Grant{
		"staff=team-*":                  {Group: "staff", Rooms: "team-*", Role: protocol.RoleMember},
		"*=lobby:member":                {Group: signin.Everyone, Rooms: "lobby", Role: protocol.RoleMember},
		"cn=ops,dc=example=ops-?:owner": {Group: "cn=ops,dc=example", Rooms: "ops-?", Role: protocol.RoleOwner},
		"urn:x:moderators=*:moderator":  {Group: "urn:x:moderators", Rooms: "*", Role: protocol.RoleModerator},
	} {
		if got, err := signin.ParseGrant(s); err != nil || got != want {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
	for s, want := range map[string]string{
		"": "GROUP=ROOMS", "staff": "GROUP=ROOMS", "=team": "GROUP=ROOMS", "staff=": "no pattern", "staff=[": "no pattern",
		"staff=*:admin": "no role", "staff=*:": "no role",
	} {
		if got, err := signin.ParseGrant(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %q", s, got, err, want)
		}
	}
}

// TestCookiesAreTheBrowsersOwn checks what keeps other hosts and sites from planting or using a cookie.
func TestCookiesAreTheBrowsersOwn(t *testing.T) {
	p := newWrongProvider(t)
	for public, want := range map[string]struct {
		prefix, path string
		secure       bool
	}{
		"https://chat.example/":     {"__Host-snug-", "/", true},
		"https://example.com/chat/": {"__Secure-snug-", "/chat/", true},
		"http://localhost:8080/":    {"snug-", "/", false},
	} {
		s := newSite(t)
		h, err := signin.New(signin.Options{Issuer: p.URL, ClientID: "snug", ClientSecret: auth.Secret(secret), PublicURL: public, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		s.all = append(s.all, h)
		resp, err := s.newBrowser().client.Get(s.url + "sign-in")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		for _, c := range resp.Cookies() {
			if !strings.HasPrefix(c.Name, want.prefix+"sign-in-") || c.Path != want.path || c.Secure != want.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
				t.Errorf("%s: the cookie is %s", public, c)
			}
		}
		if len(resp.Cookies()) != 1 {
			t.Errorf("%s: %d cookies", public, len(resp.Cookies()))
		}
	}
}
