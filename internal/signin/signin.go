// Package signin lets users sign in at an OpenID Connect provider, and exchanges their session for
// tokens that package auth verifies.
//
// The server stores nothing for it. What a sign-in under way and a session consist of is in cookies,
// sealed with a key that comes from the client secret, which all nodes of a cluster have. So each
// request may go to any node.
package signin

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"snug/internal/auth"
	"snug/internal/problem"
	"snug/internal/room"
	"snug/protocol"
)

// Route is the path of the first request of a sign-in, below the server's own. All others are below it.
const Route = "/sign-in"

const (
	// flowTime bounds the time that a user may spend at the provider.
	flowTime = 10 * time.Minute
	// tokenTime is how long a token is valid. A page that is open renews it.
	tokenTime = 5 * time.Minute
)

// Options configure a Handler.
type Options struct {
	Issuer       string // the provider's URL
	ClientID     string
	ClientSecret auth.Secret
	Scopes       []string      // to ask the provider for, in addition to "openid"
	GroupsClaim  string        // the claim that has a user's groups
	Grants       []Grant       // what users may do; none lets them all into all rooms as members
	Guests       bool          // whether rooms are also open to those who don't sign in
	SessionTime  time.Duration // how long a session lasts
	PublicURL    string        // where people reach the server, with a slash at its end
	Log          *slog.Logger
	Now          func() time.Time // the clock; nil for the system's
}

// Handler answers the requests of sign-in. It is safe for concurrent use.
type Handler struct {
	options  Options
	provider *provider
	cookies  *cookies
	tokens   auth.Secret
	mux      *http.ServeMux
	log      *slog.Logger
}

// New returns a handler for the routes at and below Route. It doesn't need the provider yet.
func New(o Options) (*Handler, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	public, err := url.Parse(o.PublicURL)
	if err != nil {
		return nil, err
	}
	sealing, err := derive(&o, "cookies")
	if err != nil {
		return nil, err
	}
	sealed, err := newCookies(sealing, public)
	if err != nil {
		return nil, err
	}
	signing, err := derive(&o, "tokens")
	if err != nil {
		return nil, err
	}
	h := &Handler{options: o, provider: newProvider(&o), cookies: sealed, tokens: signing, mux: http.NewServeMux(), log: o.Log}
	guard := http.NewCrossOriginProtection()
	if err := guard.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, err
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, http.StatusForbidden, "another site's page has caused this request: only this server's own page may make it")
	}))
	h.mux.HandleFunc("GET "+Route, h.begin)
	h.mux.HandleFunc("GET "+Route+"/callback", h.finish)
	h.mux.Handle("POST "+Route+"/token", guard.Handler(http.HandlerFunc(h.exchange)))
	h.mux.Handle("POST "+Route+"/out", guard.Handler(http.HandlerFunc(h.signOut)))
	return h, nil
}

// derive returns a key of 32 bytes for one purpose, from the client secret (RFC 5869). Another client
// or provider has other keys.
func derive(o *Options, purpose string) ([]byte, error) {
	info, err := json.Marshal([]string{"snug sign-in", purpose, o.Issuer, o.ClientID})
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, o.ClientSecret, nil, string(info), 32)
}

// Tokens returns the verifier of the tokens that h issues.
func (h *Handler) Tokens() *auth.Tokens {
	return h.tokens.Tokens(auth.TokenOptions{Issuer: h.options.Issuer})
}

// Run looks for the provider until it is found, so that an operator finds in the log whether it can
// be reached. It returns then, or when ctx ends. Users can sign in without it.
func (h *Handler) Run(ctx context.Context) { h.provider.run(ctx) }

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if _, pattern := h.mux.Handler(r); pattern == "" {
		h.notFound(w, r)
		return
	}
	h.mux.ServeHTTP(w, r)
}

// notFound answers a request to an address at which there is nothing, or nothing with its method.
func (h *Handler) notFound(w http.ResponseWriter, r *http.Request) {
	allow := problem.Methods(h.mux, r)
	if len(allow) == 0 {
		problem.Write(w, http.StatusNotFound, "not found: users sign in at "+h.options.PublicURL+Route[1:])
		return
	}
	problem.WriteMethods(w, allow)
}

// flow is a sign-in under way.
type flow struct {
	Room     room.Code `json:"room,omitempty"` // where the user comes from and returns to; empty for the start page
	Nonce    string    `json:"nonce"`          // that the ID token must have
	Verifier string    `json:"verifier"`       // of PKCE (RFC 7636)
	Until    time.Time `json:"until"`
}

// session is who somebody is that has signed in.
type session struct {
	Subject string    `json:"sub"`
	Name    string    `json:"name,omitempty"`
	Groups  []string  `json:"groups,omitempty"` // those that grants are for
	Until   time.Time `json:"until"`
}

// begin sends the user to the provider.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request) {
	var f flow
	query, unreadable := problem.Query(r)
	if code := query.Get("room"); code != "" {
		var err error
		if f.Room, err = room.ParseCode(code); err != nil {
			unreadable = room.Refusal(err)
		}
	}
	if unreadable != nil {
		problem.WriteError(w, http.StatusBadRequest, unreadable)
		return
	}
	f.Until = h.options.Now().Add(flowTime)
	again := query.Get("prompt") == "login" // for another account than the provider's session is of
	state, address, err := h.provider.begin(r.Context(), &f, again)
	if err == nil {
		err = h.cookies.setFlow(w, r, state, &f)
	}
	if err != nil {
		h.fail(w, r, f.Room, err)
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// finish receives the user whom the provider has sent back.
func (h *Handler) finish(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	state := query.Get("state")
	var f flow
	switch known := h.cookies.flow(r, state, &f); {
	case !known:
		h.fail(w, r, "", &failure{stale, errors.New("this browser has begun no sign-in with that state, or has finished it")})
		return
	case !h.options.Now().Before(f.Until):
		h.cookies.dropFlow(w, state)
		h.fail(w, r, f.Room, &failure{stale, errors.New("the user has taken too long")})
		return
	}
	h.cookies.dropFlow(w, state) // a state is good for one attempt
	user, err := h.provider.finish(r.Context(), query, &f)
	if err == nil {
		err = h.admit(w, user)
	}
	if err != nil {
		h.fail(w, r, f.Room, err)
		return
	}
	h.log.Debug("a user has signed in")
	http.Redirect(w, r, h.page(f.Room), http.StatusSeeOther)
}

// admit gives a user a session.
func (h *Handler) admit(w http.ResponseWriter, user *user) error {
	s := session{Subject: user.subject, Until: h.options.Now().Add(h.options.SessionTime)}
	if _, err := room.FitNick(user.name); err == nil {
		s.Name = user.name // others choose a nick themselves
	}
	for _, g := range h.options.Grants {
		if g.Group != Everyone && g.isFor(user.groups) && !slices.Contains(s.Groups, g.Group) {
			s.Groups = append(s.Groups, g.Group)
		}
	}
	if _, ok := h.claims(&s); !ok {
		return &failure{forbidden, errors.New("the user is in no group that has rooms here")}
	}
	return h.cookies.setSession(w, &s, h.options.SessionTime)
}

// page returns the address of the page of a room, or of the start page.
func (h *Handler) page(code room.Code) string {
	if code == "" {
		return h.options.PublicURL
	}
	return h.options.PublicURL + "r/" + url.PathEscape(string(code))
}

// fail sends the user back to the page, which says why they aren't signed in.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, code room.Code, err error) {
	why := refused
	var known *failure
	if errors.As(err, &known) {
		why = known.reason
	}
	h.log.Warn("a sign-in has failed", "reason", string(why), "err", err)
	http.Redirect(w, r, h.page(code)+"#sign-in="+string(why), http.StatusSeeOther) //nolint:gosec // a page of this server
}

// exchange answers with a token for the user's session: 204 if there is none and none is needed.
func (h *Handler) exchange(w http.ResponseWriter, r *http.Request) {
	var s session
	now := h.options.Now()
	if !h.cookies.session(r, &s) || !now.Before(s.Until) {
		if h.options.Guests {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		problem.WriteError(w, http.StatusUnauthorized, protocol.Errorf(protocol.BadToken, "you aren't signed in: open %s%s in a browser", h.options.PublicURL, Route[1:]))
		return
	}
	claims, ok := h.claims(&s)
	if !ok {
		problem.WriteError(w, http.StatusForbidden, protocol.Errorf(protocol.Forbidden, "your account is in no group that has rooms here"))
		return
	}
	until := now.Add(tokenTime)
	if until.After(s.Until) {
		until = s.Until
	}
	token, err := h.tokens.Mint(claims, now, until)
	if err != nil {
		h.log.Error("a token can't be signed", "err", err)
		problem.Write(w, http.StatusInternalServerError, "the token can't be signed: try again later")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct { // the client may be gone
		Token   string `json:"token"`
		TokenMS int64  `json:"token_ms"`
	}{token, until.Sub(now).Milliseconds()})
}

// claims returns what a token for a session says. It reports false if the user may enter no room.
func (h *Handler) claims(s *session) (auth.Claims, bool) {
	c := auth.Claims{Name: s.Name}
	c.Issuer, c.Subject = h.options.Issuer, s.Subject
	ok := grant(&c, h.options.Grants, s.Groups)
	if h.options.Guests {
		c.Rooms, ok = nil, true
	}
	return c, ok
}

// signOut ends the session in this browser.
func (h *Handler) signOut(w http.ResponseWriter, _ *http.Request) {
	h.cookies.dropSession(w)
	w.WriteHeader(http.StatusNoContent)
}
