package snug

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"snug/internal/auth"
	"snug/internal/forwarded"
	"snug/protocol"
	"snug/web"
)

// Options are how a Server is set up. Begin with [Defaults].
type Options struct {
	// Journal is where messages are kept: "sqlite:FILE" in a file, which is made
	// if there is none, or "memory:" in memory, the last 1,000 of each room. Of a
	// server that is one of several it is "cluster:DIR", with a NATS server in this
	// process that has its files in a directory, or "nats://HOST:PORT,…" (or tls://)
	// with one that stands already.
	Journal string
	// ClusterName is what names this server among the others, at each start the
	// same; empty is the machine's name.
	ClusterName string
	// ClusterListen is where the others reach this one, as HOST:PORT, and
	// ClusterPeers where they all are, this one too if one likes: of "cluster:DIR".
	// Without peers it is alone.
	ClusterListen string
	ClusterPeers  []string
	// ClusterSecretFile names a file whose first line all of them have. Without it
	// they must all be on this machine.
	ClusterSecretFile string
	// ClusterKeep is how long a server may be away without taking a snapshot when it
	// is back.
	ClusterKeep time.Duration
	// ClusterFile is the file that the log is projected into, ClusterCreds one with
	// credentials, as nsc makes, and ClusterAuthority a PEM file with the authority of
	// the servers' certificates: of "nats://HOST:PORT".
	ClusterFile, ClusterCreds, ClusterAuthority string
	// MessageRate is how many messages a second a connection may send, with a
	// burst of MessageBurst. 0 is no limit.
	MessageRate  float64
	MessageBurst int
	// MaxContent is how many characters a message may have, 1 to 100,000.
	MaxContent int
	// MaxConnections and MaxRooms are how many may be open at once, and MaxMembers
	// how many may be in one room. 0 is no limit.
	MaxConnections, MaxRooms, MaxMembers int
	// MaxConnectionsPerAddress is how many one address may have open at once;
	// JoinsPerMinute, NewRoomsPerMinute and WrongPasswordsPerMinute are what it may
	// do in a minute, or at once. 0 is no limit. An address is one of IPv4, or 64
	// bits of IPv6.
	MaxConnectionsPerAddress                                   int
	JoinsPerMinute, NewRoomsPerMinute, WrongPasswordsPerMinute int
	// TrustedProxies are the networks, as 10.0.0.0/8 or ::1, of proxies in front of
	// the server: what they say in X-Forwarded-For and X-Forwarded-Proto counts.
	TrustedProxies []string
	// BadFrames is how many refused frames and pings a connection may send at once,
	// with a tenth of it again each second, before it is closed. 0 is no limit.
	BadFrames int
	// MaxWaiting is how many bytes of answers may wait for one client before its
	// further commands wait.
	MaxWaiting int
	// MaxJournal is how many bytes the journal's file may have. 0 is no limit.
	MaxJournal int64
	// Keep is which entries of the rooms' logs are kept: all, unless it says
	// otherwise.
	Keep Keep
	// NoOwners makes new rooms nobody's; otherwise the first member of one owns it.
	NoOwners bool
	// History is how many messages a v1 client gets when it joins, unless it asks
	// for another number; 0 to 1,000.
	History int
	// Origins are the foreign web pages that may connect, as
	// "scheme://host[:port]", or "*" for all. Pages of the server's own origin
	// may, and so may programs, which send no Origin.
	Origins []string
	// FrameAncestors are the sites that may show the page in a frame, as
	// "scheme://host[:port]", "self" for the page's own, or "*" for all. Empty is
	// none.
	FrameAncestors []string
	// Auth makes the server let in only who has a token, a JWT (RFC 7519) with "sub"
	// and "exp": "hmac:FILE" names the secret that tokens are signed with, "key:FILE"
	// the public key, in PEM (Ed25519, RSA or EC), "jwks:URL" where the public keys
	// are published. Empty, a room's code is all that one needs.
	Auth string
	// AuthAudience must be in a token's "aud", and AuthIssuer be its "iss". Without
	// the first a token may have no "aud", without the second any "iss".
	AuthAudience, AuthIssuer string
	// NoLimits lifts all limits that guard against strangers: on rate,
	// connections, rooms, members, addresses and refused frames. For trials and
	// measurements.
	NoLimits bool
	// RoomIdle is how long a room that nobody is in stays open in memory.
	RoomIdle time.Duration
	// Log is where the server says what goes on. Never of content or secrets.
	Log *slog.Logger
}

// Defaults returns the options of a server that is safe to show to strangers.
func Defaults() Options {
	return Options{
		Journal:                  "sqlite:snug.db",
		ClusterKeep:              24 * time.Hour,
		ClusterFile:              "snug-cluster.db",
		MessageRate:              10,
		MessageBurst:             30,
		MaxContent:               4000,
		MaxConnections:           10_000,
		MaxRooms:                 10_000,
		MaxMembers:               10_000,
		MaxConnectionsPerAddress: 256,
		JoinsPerMinute:           300,
		NewRoomsPerMinute:        30,
		WrongPasswordsPerMinute:  10,
		BadFrames:                100,
		MaxWaiting:               64 << 10,
		MaxJournal:               10 << 30,
		History:                  protocol.DefaultHistory,
		RoomIdle:                 10 * time.Second,
		Log:                      slog.Default(),
	}
}

// maxContent bounds MaxContent, so that a frame fits in a few MiB.
const maxContent = 100_000

// OptionError says which option is wrong, and what would be right.
type OptionError struct {
	Option string // the name of the field of Options
	Value  any    // what it was
	Want   string // what it may be
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("%s is %#v: %s", e.Option, e.Value, e.Want)
}

// check returns an *OptionError for the first option that is wrong. Of origins
// and of the journal others say more.
func (o *Options) check() error {
	switch {
	case math.IsNaN(o.MessageRate) || math.IsInf(o.MessageRate, 0) || o.MessageRate < 0:
		return &OptionError{"MessageRate", o.MessageRate, "messages a second, 0 for no limit"}
	case o.MessageRate > 0 && o.MessageBurst < 1:
		return &OptionError{"MessageBurst", o.MessageBurst, "a number of messages, at least 1"}
	case o.MaxContent < 1 || o.MaxContent > maxContent:
		return &OptionError{"MaxContent", o.MaxContent, fmt.Sprintf("a number of characters, from 1 to %d", maxContent)}
	case o.MaxWaiting < 1:
		return &OptionError{"MaxWaiting", o.MaxWaiting, "a number of bytes, at least 1"}
	case o.MaxJournal < 0:
		return &OptionError{"MaxJournal", o.MaxJournal, "a number of bytes, 0 for no limit"}
	case o.Keep.Age < 0 || o.Keep.Last < 0:
		return &OptionError{"Keep", fmt.Sprintf("%v, %d", o.Keep.Age, o.Keep.Last), keepLikes}
	case o.History < 0 || o.History > protocol.MaxReplay:
		return &OptionError{"History", o.History, fmt.Sprintf("a number of messages, from 0 to %d", protocol.MaxReplay)}
	case o.RoomIdle <= 0:
		return &OptionError{"RoomIdle", o.RoomIdle, "a time above 0"}
	case o.Log == nil:
		return &OptionError{"Log", o.Log, "a logger"}
	}
	for _, l := range []struct {
		option string
		value  int
	}{
		{"MaxConnections", o.MaxConnections},
		{"MaxRooms", o.MaxRooms},
		{"MaxMembers", o.MaxMembers},
		{"MaxConnectionsPerAddress", o.MaxConnectionsPerAddress},
		{"JoinsPerMinute", o.JoinsPerMinute},
		{"NewRoomsPerMinute", o.NewRoomsPerMinute},
		{"WrongPasswordsPerMinute", o.WrongPasswordsPerMinute},
		{"BadFrames", o.BadFrames},
	} {
		if l.value < 0 {
			return &OptionError{l.option, l.value, "a number, 0 for no limit"}
		}
	}
	return o.checkCluster()
}

// proxies returns the networks of TrustedProxies.
func (o *Options) proxies() (forwarded.Proxies, error) {
	all, bad, ok := forwarded.ParseProxies(o.TrustedProxies)
	if !ok {
		return nil, &OptionError{"TrustedProxies", bad, "a network such as 10.0.0.0/8 or 2001:db8::/32, or an address"}
	}
	return all, nil
}

// origins returns the origins in the form that compares.
func (o *Options) origins() ([]string, error) {
	var all []string
	for _, s := range o.Origins {
		if s == "*" {
			all = append(all, s)
			continue
		}
		origin, ok := forwarded.CanonicalOrigin(s)
		if !ok {
			return nil, &OptionError{"Origins", s, "an origin is as https://example.com or http://localhost:3000, or * for all"}
		}
		all = append(all, origin)
	}
	return all, nil
}

// page returns the page, for those who may frame it.
func (o *Options) page() (*web.Page, error) {
	var ancestors []string
	for _, s := range o.FrameAncestors {
		origin, ok := forwarded.CanonicalOrigin(s)
		switch {
		case s == "self" || s == "*":
			origin = s
		case !ok || strings.ContainsAny(origin, ";, '\""):
			return nil, &OptionError{"FrameAncestors", s, "an origin is as https://example.com or http://localhost:3000, self for the page's own, or * for all"}
		}
		ancestors = append(ancestors, origin)
	}
	return web.New(ancestors)
}

// tokens returns what verifies tokens; nil if nothing does.
func (o *Options) tokens() (*auth.Tokens, error) {
	if o.Auth == "" {
		for option, value := range map[string]string{"AuthAudience": o.AuthAudience, "AuthIssuer": o.AuthIssuer} {
			if value != "" {
				return nil, &OptionError{option, value, "it is for tokens, which Auth must name the key of"}
			}
		}
		return nil, nil
	}
	tokens, err := auth.OpenTokens(o.Auth, auth.TokenOptions{Audience: o.AuthAudience, Issuer: o.AuthIssuer}, o.Log)
	if err != nil {
		return nil, &OptionError{"Auth", o.Auth, err.Error()}
	}
	return tokens, nil
}
