package snug_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"snug"
	"snug/internal/servertest/capture"
	"snug/protocol"
)

// TestTheProgramSaysWhoHasAToken sends messages with tokens, over HTTP and over a WebSocket.
func TestTheProgramSaysWhoHasAToken(t *testing.T) {
	var log capture.Text
	o := options(t)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	o.Rooms.NoOwners = true
	o.Auth.Authenticate = func(ctx context.Context, token, room string) (snug.Identity, error) {
		if room != "ops" {
			t.Errorf("the room is %q", room)
		}
		switch token {
		case "ann":
			return snug.Identity{Subject: "17", Name: "ann"}, nil
		case "owner":
			return snug.Identity{Subject: "18", Name: "ben", Role: protocol.RoleOwner, Until: time.Now().Add(time.Hour)}, nil
		case "nameless":
			return snug.Identity{Subject: "19"}, nil
		case "nobody":
			return snug.Identity{Name: "eve"}, nil
		case "admin":
			return snug.Identity{Subject: "20", Role: "admin"}, nil
		case "misnamed":
			return snug.Identity{Subject: "21", Name: "a\nb"}, nil
		case "panic":
			panic("oh")
		case "broken":
			return snug.Identity{}, errors.New("the database is away")
		case "over":
			return snug.Identity{Subject: "22", Until: time.Now().Add(-time.Hour)}, nil
		}
		return snug.Identity{}, snug.Refuse("sign in again")
	}
	url := serve(t, o)

	for _, c := range []struct {
		token  string
		status int
		want   string // in the answer
		logged string
	}{
		{token: "ann", status: http.StatusCreated, want: `"nick":"ann"`},
		{token: "owner", status: http.StatusCreated, want: `"nick":"ben"`},
		{token: "nameless", status: http.StatusCreated, want: `"nick":"given"`},
		{token: "", status: http.StatusUnauthorized, want: "a token is missing"},
		{token: strings.Repeat("x", 9<<10), status: http.StatusUnauthorized, want: "at most 8192"},
		{token: "other", status: http.StatusUnauthorized, want: "sign in again"},
		{token: "over", status: http.StatusUnauthorized, want: "has expired"},
		{token: "panic", status: http.StatusUnauthorized, want: "its operator finds the reason in its log", logged: "panicked"},
		{token: "misnamed", status: http.StatusUnauthorized, want: "the token's name"},
		{token: "nobody", status: http.StatusServiceUnavailable, want: "try again", logged: "no Subject"},
		{token: "admin", status: http.StatusServiceUnavailable, want: "try again", logged: "unknown role"},
		{token: "broken", status: http.StatusServiceUnavailable, want: "try again", logged: "the database is away"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/r/ops?nick=given", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		if c.token != "" {
			req.Header.Set("Authorization", "Bearer "+c.token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var answer bytes.Buffer
		_, err = answer.ReadFrom(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != c.status || !strings.Contains(answer.String(), c.want) {
			t.Errorf("%.20q: %d %s %v; want %d and %q", c.token, resp.StatusCode, answer.String(), err, c.status, c.want)
		}
		if !strings.Contains(log.String(), c.logged) {
			t.Errorf("%.20q: the log doesn't say %q: %s", c.token, c.logged, log.String())
		}
	}

	join := func(token string) (w protocol.Welcome) {
		say := talk(t, url, protocol.Subprotocol)
		if err := json.Unmarshal([]byte(say(`{"type":"join","nick":"given","token":"`+token+`"}`, `"welcome"`)), &w); err != nil {
			t.Fatal(err)
		}
		return w
	}
	first, again, owner := join("ann"), join("ann"), join("owner")
	if first.You.Member.Member != again.You.Member.Member || first.You.Member.Member == owner.You.Member.Member {
		t.Errorf("the members are %s, %s and %s", first.You.Member.Member, again.You.Member.Member, owner.You.Member.Member)
	}
	if first.You.Nick != "ann" || first.You.Role != protocol.RoleMember || owner.You.Role != protocol.RoleOwner {
		t.Errorf("they are %+v and %+v", first.You, owner.You)
	}
	if hour := time.Hour.Milliseconds(); owner.TokenMS <= hour/2 || owner.TokenMS > hour || first.TokenMS <= hour {
		t.Errorf("the tokens are good for %d and %d ms", owner.TokenMS, first.TokenMS)
	}
	talk(t, url, protocol.Subprotocol)(`{"type":"join","nick":"given","token":"guessed"}`, "sign in again")
}

func TestOnlyOneSaysWhoHasAToken(t *testing.T) {
	for want, set := range map[string]func(*snug.AuthOptions){
		"Auth.Method":   func(a *snug.AuthOptions) { a.Method = "hmac:secret" },
		"Auth.Audience": func(a *snug.AuthOptions) { a.Audience = "snug" },
	} {
		o := options(t)
		o.Auth.Authenticate = func(context.Context, string, string) (snug.Identity, error) { return snug.Identity{}, nil }
		set(&o.Auth)
		var wrong *snug.OptionError
		if _, err := snug.New(t.Context(), o); !errors.As(err, &wrong) || wrong.Option != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Of several wrong options, the one that Options has first is named, each time.
func TestOfSeveralWrongOptionsTheFirstIsNamed(t *testing.T) {
	wrong := []struct {
		option string
		set    func(*snug.Options)
	}{
		{"Auth.Guests", func(o *snug.Options) { o.Auth.Guests = true }},
		{"Auth.Audience", func(o *snug.Options) { o.Auth.Audience = "snug" }},
		{"Auth.Issuer", func(o *snug.Options) { o.Auth.Issuer = "https://login.example" }},
		{"SignIn.ClientID", func(o *snug.Options) { o.SignIn.ClientID = "snug" }},
		{"SignIn.SecretFile", func(o *snug.Options) { o.SignIn.SecretFile = "secret" }},
		{"SignIn.Groups", func(o *snug.Options) { o.SignIn.Groups = []string{"staff=*"} }},
	}
	for first := range wrong {
		o := options(t)
		for _, w := range wrong[first:] {
			w.set(&o)
		}
		for range 10 {
			var named *snug.OptionError
			if _, err := snug.New(t.Context(), o); !errors.As(err, &named) || named.Option != wrong[first].option {
				t.Fatalf("want %s to be named: %v", wrong[first].option, err)
			}
		}
	}
}
