package snug

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"snug/protocol"
)

// Options configure a Server. Start with [Defaults]. An [OptionError] and the documentation name an
// option by its path, such as Limits.MaxRooms.
type Options struct {
	// Journal is where messages are stored: "sqlite:FILE" in a file, which is created if it
	// doesn't exist, or "memory:" in memory, the last 1,000 of each room. For one of several
	// servers it is "cluster:DIR", with a NATS server in this process that has its files in
	// a directory, or "nats://HOST:PORT,…" (or tls://) with an existing one.
	Journal string
	// Cluster is this server's place among several. It is for a Journal of a cluster.
	Cluster ClusterOptions
	// Rooms is how rooms begin, and what they keep.
	Rooms RoomOptions
	// Limits guard against abuse.
	Limits LimitOptions
	// Files are the files that people send.
	Files FileOptions
	// Web is what the server is on the web: its address, and the sites that may use it.
	Web WebOptions
	// Auth is how the server knows who somebody is.
	Auth AuthOptions
	// SignIn is the provider at which users sign in, if Auth.Method is "oidc:ISSUER".
	SignIn SignInOptions
	// Push is about messages that browsers are told of while their page is closed.
	Push PushOptions
	// OutgoingHooks says whether the server delivers the events of rooms to the URLs that
	// their owners and moderators name: "off"; "on" for public addresses; "private" for any
	// address that the server can reach, also those that its network hides from others. Empty
	// is off.
	OutgoingHooks string
	// Search says whether people can search the rooms: "on" or "off". On, there is a file with
	// an index next to that of the journal. Empty is off.
	Search string
	// Filter decides about each message, and each edit of one, before it is stored: to accept it,
	// it returns nil; to change its text, it sets m.Content and returns nil; to refuse it, it
	// returns [Refuse] with a text for the sender. nil accepts everything.
	//
	// It is called wherever a message comes from: over a WebSocket in both dialects, over HTTP,
	// through the URLs of hooks, and from the programs of outgoing hooks; in a cluster on the
	// node that the sender is connected to. It isn't called for reactions, names and topics,
	// nor for what the operator imports, which has been said elsewhere, nor for what is known to be
	// refused anyway, as in slow mode, or for its files.
	//
	// It may take up to 5 seconds; then its ctx ends, or earlier if the server shuts down or the
	// sender of a request is gone. Meanwhile the sender's later commands wait, and nobody else's. It is
	// called by many goroutines at once, in no order: the order of messages is decided
	// afterwards. A message that is sent again because its outcome is unknown is decided about
	// again, but stored once, as decided first. Of a sender who is removed from the room meanwhile,
	// nothing is stored. After a return, Filter must not use m.
	//
	// When in doubt, nothing is stored: with any other error, or after 5 seconds, the sender
	// is asked to try again later; after a panic, which is logged, or with a text that is
	// empty, too long or not UTF-8, the message is refused.
	Filter func(ctx context.Context, m *Message) error
	// Traces gets the traces of requests and of the messages' way, for a program that uses
	// OpenTelemetry; nil traces nothing. The provider decides which ones are sampled and where they go,
	// and the program shuts it down after the server. Nothing in a trace tells of rooms, people, or what
	// they say. docs/operations.md has the spans.
	Traces trace.TracerProvider
	// Log is the server's log. It never contains content or secrets.
	Log *slog.Logger
}

// ClusterOptions are about one of several servers that share their rooms.
type ClusterOptions struct {
	// Name is the name of this server in the cluster, the same at each start; the host's name
	// if empty.
	Name string
	// With "cluster:DIR", Listen is where the other servers reach this one, as HOST:PORT,
	// and Peers where all servers are; it may include this one. Without peers, the server is
	// alone, and its log is DIR/snug.db, as with "sqlite:".
	Listen string
	Peers  []string
	// SecretFile names a file whose first line is the secret that all servers share. Without
	// it, they must all be on this machine.
	SecretFile string
	// Keep is how long a server may be away and still catch up without a snapshot.
	Keep time.Duration
	// With "nats://HOST:PORT", File is the local file that holds the log, Creds a file with
	// credentials, as nsc writes it, and Authority a PEM file with the authority of the
	// servers' certificates.
	File, Creds, Authority string
}

// RoomOptions are about how rooms begin, and what they keep.
type RoomOptions struct {
	// Keep is which entries of the rooms' logs are kept: all, unless it says
	// otherwise.
	Keep Keep
	// History is the number of messages that a v1 client gets when it joins, unless it asks for
	// another number; 0 to 1,000.
	History int
	// NoOwners leaves new rooms without an owner. Otherwise the first member owns a new room.
	NoOwners bool
	// Idle is how long a room without members stays open in memory.
	Idle time.Duration
}

// LimitOptions guard against abuse.
type LimitOptions struct {
	// Off turns off all limits that guard against abuse: on rate, connections, rooms, members,
	// addresses and refused frames. It is for trials and measurements.
	Off bool
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
	// BadFrames is the number of refused frames and pings that a connection may send at once,
	// and a tenth of that a second, before it is closed. 0 means no limit.
	BadFrames int
	// MaxWaiting is how many bytes of answers may wait for a client before the server stops
	// reading its commands.
	MaxWaiting int
	// MaxJournal is the most bytes that the journal's file may have. 0 means no limit.
	MaxJournal int64
}

// FileOptions are about the files that people send.
type FileOptions struct {
	// MaxSize is the most bytes of a file. 0 turns files off.
	MaxSize int64
	// MaxInRoom are the most bytes that the files of a room may have together, and MaxTotal
	// those of all rooms; 0 means no limit.
	MaxInRoom, MaxTotal int64
	// UploadsPerMinute is how many files one address may send in a minute, or at once; 0 means
	// no limit.
	UploadsPerMinute int
}

// WebOptions are what the server is on the web: its address, and the sites that may use it.
type WebOptions struct {
	// PublicURL is where people reach the server, such as "https://chat.example" or
	// "https://example.com/chat/". Links that the server writes begin with it, its origin is the server's
	// own, and its path is removed from those of requests. If it is empty, links begin with the address of
	// the request that they answer, and links to files in plain, which answer none, with a slash.
	PublicURL string
	// TrustedProxies are the networks of proxies in front of the server, such as 10.0.0.0/8 or
	// ::1. The server believes their X-Forwarded headers.
	TrustedProxies []string
	// Origins are the other origins whose web pages may connect, as "scheme://host[:port]", or
	// "*" for all. Pages of the server's own origin always may, and so may programs, which send no
	// Origin.
	Origins []string
	// FrameAncestors are the sites that may show the page in a frame, as
	// "scheme://host[:port]", "self" for the page's own origin, or "*" for all. Without any, no
	// site may.
	FrameAncestors []string
	// SecurityContact is a URL for reports of vulnerabilities, such as
	// "mailto:security@example.com", served in /.well-known/security.txt (RFC 9116).
	// Empty, there is no such file.
	SecurityContact string
}

// AuthOptions are about how the server knows who somebody is.
type AuthOptions struct {
	// Method makes the server admit only clients with a token, a JWT (RFC 7519) with "sub" and
	// "exp". "hmac:FILE" names the secret that signs tokens, "key:FILE" the public key
	// in PEM (Ed25519, RSA or EC), "jwks:URL" the address of published keys. With
	// "oidc:ISSUER", users sign in at an OpenID Provider, and the page gets their tokens from the
	// server. If it is empty, a room's code is enough.
	Method string
	// Authenticate, if it isn't nil, says in place of Method who has a token, for a program with
	// users of its own. It gets what the client has sent as its token, which is neither empty nor
	// longer than 8 KiB and may otherwise be anything, and the code of the room that the client
	// wants to enter. Clients get tokens from the program: docs/protocol.md says in which ways they
	// send them, and docs/operations.md how a link or a frame gives one to the page.
	//
	// An error that [Refuse] returns refuses the token, and the user reads its text. After any
	// other error, which is logged, the client tries again later. So it does after 5 seconds, when
	// ctx has ended and nobody waits for Authenticate any more; a panic refuses the token. It is called by several goroutines at a
	// time, once for each connection, request and fresh token, on the node of a cluster that gets it.
	Authenticate func(ctx context.Context, token, room string) (Identity, error)
	// Guests lets clients without a token in, too.
	Guests bool
	// Audience must be in a token's "aud", and Issuer must be its "iss". Without the
	// first, a token may not have an "aud"; without the second, it may have any "iss".
	Audience, Issuer string
	// SeatSeries makes seats of all other series invalid: raise it when seats may have been
	// stolen. Members then return as new ones, also a room's owner. All nodes of a
	// cluster need the same.
	SeatSeries uint
}

// SignInOptions are about the OpenID Provider at which users sign in. They need Web.PublicURL: the provider
// sends users back to sign-in/callback below it.
type SignInOptions struct {
	// ClientID is the ID by which the provider knows the server. SecretFile names a file with the
	// secret that belongs to it, of 32 bytes or more. In a cluster, all nodes need the same.
	ClientID, SecretFile string
	// Scopes are asked for in addition to "openid".
	Scopes []string
	// Groups says which rooms and roles the groups of users give, as "GROUP=ROOMS" or
	// "GROUP=ROOMS:ROLE". ROOMS is a glob of room codes; GROUP may be * for all users. Without
	// any, all users may be in all rooms. GroupsClaim is the claim that has a user's groups.
	Groups      []string
	GroupsClaim string
	// Session is how long a user stays signed in.
	Session time.Duration
}

// PushOptions are about messages that browsers are told of while their page is closed.
type PushOptions struct {
	// Mode says whether the server tells browsers of messages, through the push services of
	// their makers: "off"; "on" for services at public addresses; "private" for any address that
	// the server can reach, and without TLS. Empty is off.
	Mode string
	// Contact is where push services can reach the operator, as "mailto:ops@example.com" or
	// "https://example.com" (RFC 8292, section 2.1). If it is empty, it is Web.PublicURL, if
	// that is https, or else where the browser in question has found the server.
	Contact string
}

// Defaults returns options that are safe on the internet.
func Defaults() Options {
	return Options{
		Journal: "sqlite:snug.db",
		Cluster: ClusterOptions{Keep: 24 * time.Hour, File: "snug-cluster.db"},
		Rooms:   RoomOptions{History: protocol.DefaultHistory, Idle: 10 * time.Second},
		Limits: LimitOptions{
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
		},
		Files:         FileOptions{MaxSize: 25 << 20, MaxInRoom: 1 << 30, MaxTotal: 10 << 30, UploadsPerMinute: 120},
		SignIn:        SignInOptions{Scopes: []string{"profile"}, GroupsClaim: "groups", Session: 12 * time.Hour},
		Push:          PushOptions{Mode: "on"},
		OutgoingHooks: "off",
		Search:        "on",
		Log:           slog.Default(),
	}
}

// OptionError says which option is wrong and what would be right.
type OptionError struct {
	Option string // the path of the field of Options, such as Limits.MaxRooms
	Value  any    // its value
	Want   string // what is allowed
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("%s is %#v: %s", e.Option, e.Value, e.Want)
}
