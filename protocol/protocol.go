// Package protocol is docs/protocol.md as Go types: the commands a client
// sends, the events a server sends, the two dialects they are written in and
// the WebSocket frames that carry them.
//
// It has no state and no goroutines, and imports only the standard library, so that
// servers, clients and tests can use it. Everything in it is safe for concurrent use. The
// Append functions append to the slice that they are given, and keep neither it nor their
// other arguments.
package protocol

import (
	"slices"
	"time"
)

// Subprotocol is the WebSocket subprotocol (RFC 6455, section 1.9) that asks
// for [V1]. A client that offers none speaks [Plain].
const Subprotocol = "snug.v1"

// Dialect is the language of one connection.
type Dialect uint8

const (
	// Plain is for people with any WebSocket tool: {"Author":…,"Content":…} both ways.
	Plain Dialect = iota
	// V1 is for programs: flat JSON objects with a type.
	V1
	// Stream is V1 as server-sent events in the response to an HTTP request, for members
	// who can't open a WebSocket.
	Stream
	// Reading is the log events of V1 as server-sent events, for readers who aren't members.
	Reading
	// Dialects is the number of dialects.
	Dialects = iota
)

func (d Dialect) String() string {
	switch d {
	case V1:
		return Subprotocol
	case Stream:
		return "stream"
	case Reading:
		return "reading"
	}
	return "plain"
}

// ShowsPresence reports whether clients of d are told who is present.
func (d Dialect) ShowsPresence() bool { return d == V1 || d == Stream }

// Streamed reports whether d is written as server-sent events.
func (d Dialect) Streamed() bool { return d == Stream || d == Reading }

// The bounds of the protocol itself. Those that a server can configure are in [Limits].
const (
	MaxCodeChars       = 64        // characters in a room code
	MaxNickChars       = 32        // characters in a nick
	MaxIDChars         = 64        // printable ASCII characters in an id or a ref
	MaxEmojiChars      = 16        // characters in a reaction
	MaxReasonChars     = 200       // characters in the reason of a kick or a ban
	MaxTopicChars      = 500       // characters in a room's topic
	MaxPasswordChars   = 128       // characters in a room's password
	MaxSeq             = 1<<53 - 1 // the largest integer that JSON's readers agree on (RFC 8259, section 6)
	DefaultHistory     = 50        // messages replayed after a join without history
	MaxReplay          = 1000      // log events replayed after a join without since
	DefaultPage        = 50        // events in the answer to a history without limit
	MaxPage            = 200       // events in the answer to a history or a search
	DefaultFound       = 20        // events in the answer to a search without limit
	MaxQueryChars      = 256       // characters in a search
	MaxRevoked         = 10_000    // members of a room whose seats members may revoke; owners may go on
	MaxBans            = 1000      // bans of a room at one time, including kicks
	MaxHooks           = 100       // hooks of a room
	MaxOutgoingHooks   = 20        // outgoing ones among them: each message is a request of each
	MaxNameChars       = 100       // characters in a room's name
	MaxNoteChars       = 200       // characters in the note of a knock
	MaxPins            = 50        // pinned messages of a room
	MaxInvites         = 100       // invites of a room that still hold
	MaxInviteUses      = 1_000_000 // uses of an invite that has a limit
	MaxSeen            = 2000      // members of a room whose read state is known
	MaxTransfers       = 100       // codes of a room for other devices at one time
	MaxDevices         = 10        // push subscriptions of one member of a room
	MaxRoomDevices     = 2000      // push subscriptions of a room
	MaxEndpointChars   = 1000      // characters in the address of a push subscription
	MaxKnocks          = 50        // newcomers who wait before a room
	MaxHookURLChars    = 2000      // characters in the URL that a hook delivers to
	MaxHookSecretChars = 128       // characters in the secret that a hook's senders sign with
	MembersDescribed   = 8         // in the description of a room, for those who aren't in it
	MembersShown       = 200       // with more members, presence is only a count…
	MembersShownAgain  = 150       // …until there are fewer than these
)

// The times of the protocol.
const (
	JoinWithin    = 10 * time.Second // from the upgrade to a v1 client's join
	CrowdEvery    = time.Second      // at most one crowd event in this time
	DeadAfter     = time.Minute      // without a byte in either direction, a connection ends
	DuplicateTime = 24 * time.Hour   // a repeat of a command is recognised for so long…
	DuplicateSeqs = 10_000           // …and for so many events of its room
	KickedFor     = time.Minute      // how long a kicked member stays out, rounded up to a full second
	MaxSlow       = time.Hour        // between two messages of one member, in slow mode
	MaxBan        = 10 * 365 * 24 * time.Hour
	MaxInvite     = MaxBan           // how long an invite with an end may last
	MinKeep       = 10 * time.Second // the shortest time that a room's messages can be kept for
	MaxKeep       = MaxBan           // the longest that can be set
	MinExpiry     = time.Minute      // from setting when a room closes to that time
	WarnBefore    = time.Hour        // how long before a room closes by itself its members are told
	KnockFor      = 10 * time.Minute // how long a newcomer waits before a locked room
	TransferFor   = 2 * time.Minute  // how long the code of a transfer works
	ClosedFor     = 24 * time.Hour   // how long the code of a closed room can't be used, by the log's clock
)

// Role is what a member may do in its room. Clients treat an unknown role as
// [RoleMember].
type Role string

// The roles of this version. Each may also do what the roles before it may.
const (
	RoleMember    Role = "member"    // may talk
	RoleModerator Role = "moderator" // may erase messages, kick and ban members
	RoleOwner     Role = "owner"     // may give roles and change the settings
)

// Rank orders roles by what they may do, from 0 on. It is -1 for an unknown role.
func (r Role) Rank() int {
	return slices.Index([]Role{RoleMember, RoleModerator, RoleOwner}, r)
}

// Member is a member of a room: the "from" of a log event, an element of "members".
type Member struct {
	Member string `json:"member"`
	Nick   string `json:"nick"`
	Role   Role   `json:"role"`
	Guest  bool   `json:"guest,omitempty"` // without a seat; chooses the author of each message
	Bot    bool   `json:"bot,omitempty"`   // a hook: a program posts under this name
}

// append appends m as JSON.
func (m *Member) append(dst []byte) []byte {
	dst = append(dst, `{"member":`...)
	dst = appendString(dst, m.Member)
	dst = append(dst, `,"nick":`...)
	dst = appendString(dst, m.Nick)
	dst = append(dst, `,"role":`...)
	dst = appendString(dst, string(m.Role))
	if m.Guest {
		dst = append(dst, `,"guest":true`...)
	}
	if m.Bot {
		dst = append(dst, `,"bot":true`...)
	}
	return append(dst, '}')
}

// Position is a place in a room's log: after the event Seq of the log that Epoch names.
// The zero Position is before the first event.
type Position struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// CloseCode is a WebSocket close code (RFC 6455, section 7.4).
type CloseCode uint16

// The close codes a Snug server uses.
const (
	CloseNormal    CloseCode = 1000
	CloseDraining  CloseCode = 1001 // come back after reconnect_after_ms
	CloseProtocol  CloseCode = 1002
	CloseNotUTF8   CloseCode = 1007
	ClosePolicy    CloseCode = 1008
	CloseTooBig    CloseCode = 1009
	CloseFault     CloseCode = 1011
	CloseBadToken  CloseCode = 4401 // no valid token, or the token has ended
	CloseBanned    CloseCode = 4403 // banned or kicked
	CloseRoomGone  CloseCode = 4404
	CloseTooMany   CloseCode = 4429
	CloseNoneGiven CloseCode = 1005 // never written; stands for a close frame without a code
)
