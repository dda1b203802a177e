// Package protocol is docs/protocol.md as Go types: the commands a client
// sends, the events a server sends, the two dialects they are written in and
// the WebSocket frames that carry them.
//
// It holds no state, starts no goroutine and imports the standard library
// alone, so that a server, a client and a test can all stand on it. Everything
// in it is safe for concurrent use; the Append functions write to the slice
// they are given and keep neither it nor their arguments.
package protocol

import "time"

// Subprotocol is the WebSocket subprotocol (RFC 6455, section 1.9) that asks
// for [V1]. A client that offers none speaks [Plain].
const Subprotocol = "snug.v1"

// Dialect is the language of one connection.
type Dialect uint8

const (
	// Plain is for a hand on a keyboard: {"Author":…,"Content":…} both ways.
	Plain Dialect = iota
	// V1 is for programs: flat JSON objects with a type.
	V1
	// Dialects is how many there are.
	Dialects = iota
)

func (d Dialect) String() string {
	if d == V1 {
		return Subprotocol
	}
	return "plain"
}

// Bounds that belong to the protocol itself; what a server may configure is
// told in [Limits].
const (
	MaxCodeChars      = 64        // characters in a room code
	MaxNickChars      = 32        // characters in a nick
	MaxIDChars        = 64        // printable ASCII characters in an id or a ref
	MaxEmojiChars     = 16        // characters in a reaction
	MaxReasonChars    = 200       // characters in the reason of a kick or a ban
	MaxTopicChars     = 500       // characters in a room's topic
	MaxPasswordChars  = 128       // characters in a room's password
	MaxSeq            = 1<<53 - 1 // the largest integer that JSON's readers agree on (RFC 8259, section 6)
	DefaultHistory    = 50        // messages replayed to a join that names no number
	MaxReplay         = 1000      // log events replayed to a fresh join
	DefaultPage       = 50        // events in an answer to a history that names no limit
	MaxPage           = 200       // events in an answer to a history
	PageBytes         = 256 << 10 // an answer to a history ends early when it is this long
	MaxBans           = 1000      // bans of a room that hold, kicks among them
	MembersShown      = 200       // above this many members presence is a count…
	MembersShownAgain = 150       // …until there are fewer than this
)

// Times that belong to the protocol.
const (
	JoinWithin    = 10 * time.Second // from the upgrade to a v1 client's join
	CrowdEvery    = time.Second      // at most one crowd event in this time
	DeadAfter     = time.Minute      // not a byte either way for this long ends a connection
	DuplicateTime = 24 * time.Hour   // how long a repeat of a command is recognised…
	DuplicateSeqs = 10_000           // …and for how many events of its room
	KickedFor     = time.Minute      // how long one who was kicked stays out
	MaxSlow       = time.Hour        // between two messages of one member, in slow mode
	MaxBan        = 10 * 365 * 24 * time.Hour
)

// Role is what a member may do in its room. A reader takes an unknown one for
// [RoleMember].
type Role string

// The roles of this version. Each may do what those before it may.
const (
	RoleMember    Role = "member"    // may talk
	RoleModerator Role = "moderator" // may erase messages, kick and ban members
	RoleOwner     Role = "owner"     // may give roles and change the settings
)

// Member is one who is in a room, as everyone in it may know it: the "from" of
// a log event, an element of "members".
type Member struct {
	Member string `json:"member"`
	Nick   string `json:"nick"`
	Role   Role   `json:"role"`
	Guest  bool   `json:"guest,omitempty"` // speaks plain, and so names itself
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
	return append(dst, '}')
}

// Position is a place in a room's log: everything up to and including Seq, of
// the log that Epoch names. The zero Position is before the first event.
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
	CloseBadToken  CloseCode = 4401 // no token that is taken, or one that has ended
	CloseBanned    CloseCode = 4403 // banned or kicked
	CloseRoomGone  CloseCode = 4404
	CloseTooMany   CloseCode = 4429
	CloseNoneGiven CloseCode = 1005 // never written: a close frame without a code
)
