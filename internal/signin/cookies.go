package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// flowsAtMost bounds the sign-ins that one browser has under way, and so the size of a request.
	flowsAtMost = 8
	// cookieBytes bounds a cookie: browsers accept 4,096 bytes with its name and attributes (RFC 6265,
	// section 6.1).
	cookieBytes = 3800
)

// cookies seals values into cookies. Browsers can neither read nor change them, nor use the one in the
// other's place.
type cookies struct {
	aead   cipher.AEAD
	secure bool
	path   string // the server's own, with a slash at its end
	prefix string // of names
}

// newCookies returns the cookies of a server with a public address, sealed with a key of 32 bytes.
//
// The prefixes of their names are promises that browsers check
// (https://www.rfc-editor.org/rfc/rfc6265bis, section 4.1.3): with __Host-, no other host of the domain
// can plant a cookie here. It needs the path "/"; below another one, __Secure- keeps sites without TLS
// from planting one.
func newCookies(key []byte, public *url.URL) (*cookies, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	c := &cookies{aead: aead, secure: public.Scheme == "https", path: public.EscapedPath(), prefix: "snug-"}
	switch {
	case c.secure && c.path == "/":
		c.prefix = "__Host-snug-"
	case c.secure:
		c.prefix = "__Secure-snug-"
	}
	return c, nil
}

func (c *cookies) sessionName() string                      { return c.prefix + "session" }
func (c *cookies) flowName(state string) string             { return c.prefix + "sign-in-" + state }
func (c *cookies) session(r *http.Request, s *session) bool { return c.open(r, c.sessionName(), s) }

// setSession gives the browser a session.
func (c *cookies) setSession(w http.ResponseWriter, s *session, lasts time.Duration) error {
	return c.seal(w, c.sessionName(), s, lasts)
}

// dropSession makes the browser forget its session.
func (c *cookies) dropSession(w http.ResponseWriter) { c.set(w, c.sessionName(), "", -1) }

// flow reads the sign-in that has begun with a state. It reports false if this browser has begun none.
func (c *cookies) flow(r *http.Request, state string, f *flow) bool {
	return c.open(r, c.flowName(state), f)
}

// setFlow gives the browser a sign-in that begins with a state. If it has many, it forgets them.
func (c *cookies) setFlow(w http.ResponseWriter, r *http.Request, state string, f *flow) error {
	var others []string
	for _, cookie := range r.Cookies() {
		if strings.HasPrefix(cookie.Name, c.flowName("")) {
			others = append(others, cookie.Name)
		}
	}
	if len(others) >= flowsAtMost {
		for _, name := range others {
			c.set(w, name, "", -1)
		}
	}
	return c.seal(w, c.flowName(state), f, flowTime)
}

// dropFlow makes the browser forget a sign-in.
func (c *cookies) dropFlow(w http.ResponseWriter, state string) {
	c.set(w, c.flowName(state), "", -1)
}

// seal sets a cookie to a value.
func (c *cookies) seal(w http.ResponseWriter, name string, value any, lasts time.Duration) error {
	plain, err := json.Marshal(value)
	if err != nil {
		return err
	}
	sealed := base64.RawURLEncoding.EncodeToString(c.aead.Seal(nil, nil, plain, []byte(name))) //nolint:gosec // Seal makes the nonce itself
	if len(name)+len(sealed) > cookieBytes {
		return errors.New("the user's groups and name don't fit in a cookie: name fewer groups in the server's flags")
	}
	c.set(w, name, sealed, int(lasts/time.Second))
	return nil
}

// open reads a cookie into value. It reports false if there is none that this server has sealed.
func (c *cookies) open(r *http.Request, name string, value any) bool {
	for _, cookie := range r.CookiesNamed(name) {
		sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
		if err != nil {
			continue
		}
		plain, err := c.aead.Open(nil, nil, sealed, []byte(name))
		if err == nil && json.Unmarshal(plain, value) == nil {
			return true
		}
	}
	return false
}

func (c *cookies) set(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is set where people come by TLS
		Name: name, Value: value, Path: c.path, MaxAge: maxAge,
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
