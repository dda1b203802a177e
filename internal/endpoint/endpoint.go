// Package endpoint finds Snug servers and their rooms from what people write, and
// explains why a connection could not be opened. The Go client, snug check and
// snug bench share it; none of them relies on another's code.
//
// Its functions are safe for concurrent use and don't block.
package endpoint

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Server is the address of a Snug server. The zero Server is none.
type Server struct {
	base url.URL // its scheme is http or https
}

// ParseServer reads the address of a server as people write it: a URL with the
// scheme http, https, ws or wss, with a path if the server is below one, or host
// or host:port without a scheme. It also takes the link to a room of the server.
//
// Without a scheme, a domain name alone or with port 443 means https; an IP
// address, a name without a dot and any other port mean http. Without a host it is
// this machine: ":8080" is http://localhost:8080.
func ParseServer(s string) (Server, error) {
	u, err := parse(s)
	if err != nil {
		return Server{}, fmt.Errorf("server is %q: %w", s, err)
	}
	server, _, err := split(u)
	if err != nil {
		return Server{}, fmt.Errorf("server is %q: %w", s, err)
	}
	return server, nil
}

// Secrets are what the fragment of a link to a room may have, for those who join it. Both are
// empty in most links.
type Secrets struct {
	Invite   string // lets newcomers in
	Transfer string // makes whoever has it a certain member
}

// ParseLink is [ParseRoom] for those who join: it also returns the secrets in the fragment of
// a link, such as https://chat.example/r/lobby#invite=SECRET. They may follow a code alone, too.
func ParseLink(s string) (Server, string, Secrets, error) {
	room, fragment, _ := strings.Cut(s, "#")
	values, _ := url.ParseQuery(strings.TrimSpace(fragment)) // what can't be read is no secret
	secrets := Secrets{values.Get("invite"), values.Get("transfer")}
	if secrets == (Secrets{}) {
		room = s
	}
	server, code, err := ParseRoom(room) // its errors repeat the room, and so never a secret
	return server, code, secrets, err
}

// ParseRoom reads what names a room: its code, or a link to it such as
// https://chat.example/r/lobby. A link names its server too; after a code alone
// the Server is the zero one. The code isn't checked: the server does that.
func ParseRoom(s string) (Server, string, error) {
	if !strings.Contains(s, "/") { // no code has a slash, and every link has one
		if u, err := parse(s); err == nil && u.Port() != "" {
			return Server{}, "", noRoom(s, Server{*u})
		}
		return Server{}, s, nil
	}
	if escaped, found := strings.CutPrefix(s, "/r/"); found { // a link without its server
		if code, err := url.PathUnescape(strings.TrimRight(escaped, "/")); err == nil && code != "" {
			return Server{}, code, nil
		}
	}
	u, err := parse(s)
	if err != nil {
		return Server{}, "", fmt.Errorf("the room is %q: %w", s, err)
	}
	server, code, err := split(u)
	if err != nil {
		return Server{}, "", fmt.Errorf("the room is %q: %w", s, err)
	}
	if code == "" {
		return Server{}, "", noRoom(s, server)
	}
	return server, code, nil
}

// noRoom returns the error for the address of a server in the place of a room.
func noRoom(s string, server Server) error {
	return fmt.Errorf("the room is %q, which is the address of a server: add the room's code, as in %s", s, server.base.JoinPath("r", "CODE").Redacted())
}

var (
	errNoHost = errors.New("it has no host; write it like http://localhost:8080")
	errPort   = errors.New("its port isn't a number from 1 to 65535")
)

func parse(s string) (*url.URL, error) {
	s = strings.TrimSpace(s)
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		rest = strings.TrimPrefix(s, "//")
		if a, err := netip.ParseAddr(rest); err == nil && a.Is6() {
			rest = "[" + rest + "]"
		} else if strings.HasPrefix(rest, ":") && len(rest) > 1 {
			rest = "localhost" + rest
		}
	}
	switch strings.ToLower(scheme) {
	case "http", "ws":
		scheme = "http"
	case "https", "wss":
		scheme = "https"
	default:
		if found {
			return nil, errors.New("its scheme must be http, https, ws or wss")
		}
		scheme = ""
	}
	u, err := url.Parse("http://" + rest)
	switch {
	case err != nil && strings.Contains(err.Error(), "invalid port"): // the package has no other way to tell
		return nil, errPort
	case err != nil, u.Hostname() == "":
		return nil, errNoHost
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, errPort
		}
	}
	if u.Scheme = scheme; scheme == "" {
		u.Scheme = guessScheme(u)
	}
	u.Host = strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" || port == "" {
		u.Host = strings.TrimSuffix(strings.TrimSuffix(u.Host, port), ":")
	}
	return u, nil
}

// guessScheme chooses the scheme for a host that was written without one. Only a
// domain name is likely to have a certificate.
func guessScheme(u *url.URL) string {
	host := u.Hostname()
	_, err := netip.ParseAddr(host)
	if err == nil || !strings.Contains(strings.TrimSuffix(host, "."), ".") || u.Port() != "" && u.Port() != "443" {
		return "http"
	}
	return "https"
}

// split separates the server from the room in a link: the page's /r/CODE, one of the addresses below it that
// programs use, or the /ws?roomCode=CODE that they connect to.
func split(u *url.URL) (server Server, code string, err error) {
	base := *u
	base.Fragment, base.RawFragment = "", ""
	path := strings.TrimRight(u.EscapedPath(), "/")
	query := u.Query()
	if code = query.Get("roomCode"); code != "" {
		query.Del("roomCode")
		base.RawQuery = query.Encode()
	}
	if below, found := strings.CutSuffix(path, "/ws"); found {
		path = below
	} else if above, escaped, part := cutRoom(path); escaped != "" {
		if code, err = url.PathUnescape(escaped); err != nil {
			return Server{}, "", fmt.Errorf("the code in it can't be read: %w", err)
		}
		path = above
		if part != "" {
			base.RawQuery = "" // it is for the part
		}
	} else if path == "/r" || strings.HasSuffix(path, "/r") {
		path = strings.TrimSuffix(path, "/r")
	}
	base.RawPath = ""
	if base.Path, err = url.PathUnescape(path); err != nil {
		return Server{}, "", fmt.Errorf("its path can't be read: %w", err)
	}
	return Server{base}, code, nil
}

// roomParts are what may follow a room's link, for programs (docs/http.md).
var roomParts = []string{"commands", "events", "export", "files", "messages", "search"}

// cutRoom separates the server's path, a room's escaped code, and which part of the room a path is about; "" for none. The
// code is empty if the path is about no room.
func cutRoom(path string) (above, code, part string) {
	i := strings.LastIndex(path, "/r/")
	if i < 0 {
		return "", "", ""
	}
	code, below, longer := strings.Cut(path[i+len("/r/"):], "/")
	part, _, _ = strings.Cut(below, "/")
	if longer && !slices.Contains(roomParts, part) {
		return "", "", ""
	}
	return path[:i], code, part
}

// String returns the server's base URL without a slash at its end, and without a
// password if one was given. Addresses that mean the same server are mostly equal.
func (s Server) String() string { return strings.TrimRight(s.base.Redacted(), "/") }

// ID returns the server's base URL without a user and a query: addresses that differ in these
// only are the same server.
func (s Server) ID() string {
	base := s.base
	base.User, base.RawQuery, base.ForceQuery = nil, "", false
	return strings.TrimRight(base.String(), "/")
}

// IsZero reports whether s is no server.
func (s Server) IsZero() bool { return s.base.Host == "" }

// RoomURL returns the URL at which a WebSocket client of room code connects. Its
// scheme is http or https.
func (s Server) RoomURL(code string) *url.URL {
	u := s.base.JoinPath("ws")
	query := u.Query()
	query.Set("roomCode", code)
	u.RawQuery = query.Encode()
	return u
}

// Link returns the link to room code, for people.
func (s Server) Link(code string) string { return s.base.JoinPath("r", url.PathEscape(code)).String() }

// RoomAPI returns the URL of a part of room code, such as events. Its scheme is http or https.
func (s Server) RoomAPI(code, part string) *url.URL {
	return s.base.JoinPath("r", url.PathEscape(code), part)
}

// Address returns the server's host:port, with the scheme's port if there is none.
func (s Server) Address() string {
	port := s.base.Port()
	if port == "" {
		port = "80"
		if s.Secure() {
			port = "443"
		}
	}
	return net.JoinHostPort(s.base.Hostname(), port)
}

// Hostname returns the host without its port.
func (s Server) Hostname() string { return s.base.Hostname() }

// Secure reports whether connections use TLS.
func (s Server) Secure() bool { return s.base.Scheme == "https" }

// Full returns the server's base URL as [Server.String] does, but with a password if
// one was given. It is for connecting, and not for showing.
func (s Server) Full() string { return strings.TrimRight(s.base.String(), "/") }
