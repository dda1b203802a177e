package snug

import (
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"snug/internal/auth"
	"snug/internal/forwarded"
	"snug/protocol"
	"snug/web"
)

// Options configure a Server. Start with [Defaults].
type Options struct {
	// Journal is where messages are stored: "sqlite:FILE" in a file, which is created if it
	// doesn't exist, or "memory:" in memory, the last 1,000 of each room. For one of several
	// servers it is "cluster:DIR", with a NATS server in this process that has its files in
	// a directory, or "nats://HOST:PORT,…" (or tls://) with an existing one.
	Journal string
	// ClusterName is the name of this server in the cluster, the same at each start; the
	// host's name if empty.
	ClusterName string
	// With "cluster:DIR", ClusterListen is where the other servers reach this one, as HOST:PORT,
	// and ClusterPeers where all servers are; it may include this one. Without peers,
	// the server is alone.
	ClusterListen string
	ClusterPeers  []string
	// ClusterSecretFile names a file whose first line is the secret that all servers share.
	// Without it, they must all be on this machine.
	ClusterSecretFile string
	// ClusterKeep is how long a server may be away and still catch up without a snapshot.
	ClusterKeep time.Duration
	// With "nats://HOST:PORT", ClusterFile is the local file that holds the log, ClusterCreds a
	// file with credentials, as nsc writes it, and ClusterAuthority a PEM file with the
	// authority of the servers' certificates.
	ClusterFile, ClusterCreds, ClusterAuthority string
	// MessageRate is the number of messages a second that a connection may send, with a
	// burst of MessageBurst. 0 means no limit.
	MessageRate  float64
	MessageBurst int
	// MaxContent is the most characters in a message, 1 to 100,000.
	MaxContent int
	// MaxConnections and MaxRooms are the most that may be open at once, and MaxMembers the
	// most members present in one room. 0 means no limit.
	MaxConnections, MaxRooms, MaxMembers int
	// MaxConnectionsPerAddress is how many one address may have open at once;
	// JoinsPerMinute, NewRoomsPerMinute and WrongPasswordsPerMinute are what it may
	// do in a minute, or at once. 0 is no limit. An address is one of IPv4, or 64
	// bits of IPv6.
	MaxConnectionsPerAddress                                   int
	JoinsPerMinute, NewRoomsPerMinute, WrongPasswordsPerMinute int
	// TrustedProxies are the networks of proxies in front of the server, such as 10.0.0.0/8 or
	// ::1. The server believes their X-Forwarded headers.
	TrustedProxies []string
	// BadFrames is the number of refused frames and pings that a connection may send at once,
	// and a tenth of that a second, before it is closed. 0 means no limit.
	BadFrames int
	// MaxWaiting is how many bytes of answers may wait for a client before the server stops
	// reading its commands.
	MaxWaiting int
	// MaxJournal is the most bytes that the journal's file may have. 0 means no limit.
	MaxJournal int64
	// MaxFileSize is the most bytes of a file that people send. 0 turns files off. MaxRoomFiles
	// are the most bytes that the files of a room may have together, and MaxFiles those of all
	// rooms; 0 means no limit. UploadsPerMinute is how many files one address may send in a
	// minute, or at once; 0 means no limit.
	MaxFileSize, MaxRoomFiles, MaxFiles int64
	UploadsPerMinute                    int
	// Keep is which entries of the rooms' logs are kept: all, unless it says
	// otherwise.
	Keep Keep
	// NoOwners leaves new rooms without an owner. Otherwise the first member owns a new room.
	NoOwners bool
	// History is the number of messages that a v1 client gets when it joins, unless it asks for
	// another number; 0 to 1,000.
	History int
	// Origins are the other origins whose web pages may connect, as "scheme://host[:port]", or
	// "*" for all. Pages of the server's own origin always may, and so may programs, which send no
	// Origin.
	Origins []string
	// PublicURL is where people reach the server, such as "https://chat.example" or
	// "https://example.com/chat/". Links that the server writes begin with it. If it is empty,
	// they begin with the address of the request that they answer, and links to files in plain,
	// which answer none, with a slash.
	PublicURL string
	// FrameAncestors are the sites that may show the page in a frame, as
	// "scheme://host[:port]", "self" for the page's own origin, or "*" for all. Without any, no
	// site may.
	FrameAncestors []string
	// Auth makes the server admit only clients with a token, a JWT (RFC 7519) with "sub" and
	// "exp". "hmac:FILE" names the secret that signs tokens, "key:FILE" the public key
	// in PEM (Ed25519, RSA or EC), "jwks:URL" the address of published keys. If it is
	// empty, a room's code is enough.
	Auth string
	// AuthAudience must be in a token's "aud", and AuthIssuer must be its "iss". Without the
	// first, a token may not have an "aud"; without the second, it may have any "iss".
	AuthAudience, AuthIssuer string
	// SeatSeries makes seats of all other series invalid: raise it when seats may have been
	// stolen. Members then return as new ones, also a room's owner. All nodes of a
	// cluster need the same.
	SeatSeries uint
	// SecurityContact is a URL for reports of vulnerabilities, such as
	// "mailto:security@example.com", served in /.well-known/security.txt (RFC 9116).
	// Empty, there is no such file.
	SecurityContact string
	// NoLimits turns off all limits that guard against abuse: on rate, connections, rooms,
	// members, addresses and refused frames. It is for trials and measurements.
	NoLimits bool
	// OutgoingHooks says whether the server delivers the events of rooms to the URLs that
	// their owners and moderators name: "off"; "on" for public addresses; "private" for any
	// address that the server can reach, also those that its network hides from others. Empty
	// is off.
	OutgoingHooks string
	// Push says whether the server tells browsers of messages, through the push services of
	// their makers: "off"; "on" for services at public addresses; "private" for any address that
	// the server can reach, and without TLS. Empty is off.
	Push string
	// PushContact is where push services can reach the operator, as "mailto:ops@example.com" or
	// "https://example.com" (RFC 8292, section 2.1). If it is empty, it is PublicURL, if that is
	// https, or else where the browser in question has found the server.
	PushContact string
	// Search says whether people can search the rooms: "on" or "off". On, there is a file with
	// an index next to that of the journal. Empty is off.
	Search string
	// RoomIdle is how long a room without members stays open in memory.
	RoomIdle time.Duration
	// Log is the server's log. It never contains content or secrets.
	Log *slog.Logger
}

// Defaults returns options that are safe on the internet.
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
		MaxFileSize:              25 << 20,
		MaxRoomFiles:             1 << 30,
		MaxFiles:                 10 << 30,
		UploadsPerMinute:         120,
		History:                  protocol.DefaultHistory,
		OutgoingHooks:            "off",
		Push:                     "on",
		Search:                   "on",
		RoomIdle:                 10 * time.Second,
		Log:                      slog.Default(),
	}
}

// maxContent bounds MaxContent, so that a frame fits in a few MiB.
const maxContent = 100_000

// maxFileSize bounds MaxFileSize.
const maxFileSize = 1 << 40

// OptionError says which option is wrong and what would be right.
type OptionError struct {
	Option string // the name of the field of Options
	Value  any    // its value
	Want   string // what is allowed
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("%s is %#v: %s", e.Option, e.Value, e.Want)
}

// check returns an *OptionError for the first option that is wrong. Origins and the journal
// are checked elsewhere.
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
	case o.MaxFileSize < 0 || o.MaxFileSize > maxFileSize:
		return &OptionError{"MaxFileSize", o.MaxFileSize, fmt.Sprintf("a number of bytes up to %d, 0 for no files", int64(maxFileSize))}
	case o.MaxRoomFiles < 0:
		return &OptionError{"MaxRoomFiles", o.MaxRoomFiles, "a number of bytes, 0 for no limit"}
	case o.MaxFiles < 0:
		return &OptionError{"MaxFiles", o.MaxFiles, "a number of bytes, 0 for no limit"}
	case o.Keep.Age < 0 || o.Keep.Last < 0:
		return &OptionError{"Keep", fmt.Sprintf("%v, %d", o.Keep.Age, o.Keep.Last), keepLikes}
	case o.History < 0 || o.History > protocol.MaxReplay:
		return &OptionError{"History", o.History, fmt.Sprintf("a number of messages, from 0 to %d", protocol.MaxReplay)}
	case !slices.Contains([]string{"", "off", "on", "private"}, o.OutgoingHooks):
		return &OptionError{"OutgoingHooks", o.OutgoingHooks, "off, on or private"}
	case !slices.Contains([]string{"", "off", "on", "private"}, o.Push):
		return &OptionError{"Push", o.Push, "off, on or private"}
	case o.PushContact != "" && !isPushContact(o.PushContact):
		return &OptionError{"PushContact", o.PushContact, "a URL such as mailto:ops@example.com or https://example.com"}
	case !slices.Contains([]string{"", "off", "on"}, o.Search):
		return &OptionError{"Search", o.Search, "on or off"}
	case o.RoomIdle <= 0:
		return &OptionError{"RoomIdle", o.RoomIdle, "a time above 0"}
	case o.SecurityContact != "" && !isContact(o.SecurityContact):
		return &OptionError{"SecurityContact", o.SecurityContact, "a URL such as mailto:security@example.com or https://example.com/security"}
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
		{"UploadsPerMinute", o.UploadsPerMinute},
	} {
		if l.value < 0 {
			return &OptionError{l.option, l.value, "a number, 0 for no limit"}
		}
	}
	return o.checkCluster()
}

// outgoing reports whether there are outgoing hooks.
func (o *Options) outgoing() bool { return o.OutgoingHooks == "on" || o.OutgoingHooks == "private" }

// push reports whether browsers are told of messages.
func (o *Options) push() bool { return o.Push == "on" || o.Push == "private" }

// pushContact returns where push services can reach the operator; empty if that isn't known.
func (o *Options) pushContact() string {
	if o.PushContact == "" && strings.HasPrefix(o.PublicURL, "https:") {
		return o.PublicURL
	}
	return o.PushContact
}

// isPushContact reports whether s may be the "sub" of RFC 8292, section 2.1.
func isPushContact(s string) bool {
	return isContact(s) && !strings.HasPrefix(s, "tel:") && !strings.ContainsAny(s, " <>") // Apple's refuses the latter
}

// isContact reports whether s may be a Contact of security.txt (RFC 9116, section 2.5.3).
func isContact(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" && u.Host != "" || u.Scheme == "mailto" && strings.Contains(u.Opaque, "@") || u.Scheme == "tel" && u.Opaque != "")
}

// publicURL returns PublicURL with a slash at its end; "" if it is empty.
func (o *Options) publicURL() (string, error) {
	if o.PublicURL == "" {
		return "", nil
	}
	l, ok := forwarded.ParseLocation(o.PublicURL)
	if !ok {
		return "", &OptionError{"PublicURL", o.PublicURL, "where people reach the server, such as https://chat.example or https://example.com/chat/"}
	}
	return l.Base(""), nil
}

// proxies returns the networks of TrustedProxies.
func (o *Options) proxies() (forwarded.Proxies, error) {
	all, bad, ok := forwarded.ParseProxies(o.TrustedProxies)
	if !ok {
		return nil, &OptionError{"TrustedProxies", bad, "a network such as 10.0.0.0/8 or 2001:db8::/32, or an address"}
	}
	return all, nil
}

// origins returns Origins in their canonical form.
func (o *Options) origins() ([]string, error) {
	var all []string
	for _, s := range o.Origins {
		if s == "*" {
			all = append(all, s)
			continue
		}
		origin, ok := forwarded.CanonicalOrigin(s)
		if !ok {
			return nil, &OptionError{"Origins", s, "an origin such as https://example.com or http://localhost:3000, or * for all"}
		}
		all = append(all, origin)
	}
	return all, nil
}

// page returns the page, which FrameAncestors may frame.
func (o *Options) page() (*web.Page, error) {
	var ancestors []string
	for _, s := range o.FrameAncestors {
		origin, ok := forwarded.CanonicalOrigin(s)
		switch {
		case s == "self" || s == "*":
			origin = s
		case !ok || strings.ContainsAny(origin, ";, '\""):
			return nil, &OptionError{"FrameAncestors", s, "an origin such as https://example.com or http://localhost:3000, self for the page's own, or * for all"}
		}
		ancestors = append(ancestors, origin)
	}
	return web.New(ancestors)
}

// tokens returns the verifier of tokens; nil if none are required.
func (o *Options) tokens() (*auth.Tokens, error) {
	if o.Auth == "" {
		for option, value := range map[string]string{"AuthAudience": o.AuthAudience, "AuthIssuer": o.AuthIssuer} {
			if value != "" {
				return nil, &OptionError{option, value, "it is for tokens: Auth must name the key that they are checked with"}
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
