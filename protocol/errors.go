package protocol

import (
	"fmt"
	"time"
)

// ErrorCode says what went wrong, for programs to act on.
type ErrorCode string

// The error codes of this version.
const (
	BadJSON     ErrorCode = "bad-json"     // not one JSON object
	BadFrame    ErrorCode = "bad-frame"    // binary, or larger than limits.frame_bytes
	UnknownType ErrorCode = "unknown-type" // no command of this version
	BadField    ErrorCode = "bad-field"    // a field of the wrong type or out of its bounds
	JoinFirst   ErrorCode = "join-first"   // a command before a join
	TooLong     ErrorCode = "too-long"     // more characters than allowed
	Empty       ErrorCode = "empty"        // a message without content
	RateLimited ErrorCode = "rate-limited" // faster than limits.message_rate
	SlowMode    ErrorCode = "slow-mode"    // faster than the room's slow_ms
	IDConflict  ErrorCode = "id-conflict"  // the id stands for another command of the same member
	NotFound    ErrorCode = "not-found"    // no such event, or member, in this room
	Forbidden   ErrorCode = "forbidden"    // the member's role doesn't allow it
	Refused     ErrorCode = "refused"      // a program of this server doesn't accept the content
	NickTaken   ErrorCode = "nick-taken"   // another member has the nick
	Locked      ErrorCode = "locked"       // the room lets nobody new in
	Banned      ErrorCode = "banned"       // kicked or banned from the room
	BadPassword ErrorCode = "bad-password" // the room has a password, and this isn't it
	BadToken    ErrorCode = "bad-token"    // the server requires a token, and this one is missing, bad or has ended
	Closed      ErrorCode = "closed"       // the room was closed, and its code can't be used for a day
	RoomFull    ErrorCode = "room-full"    // the room has as many members as allowed
	TooMany     ErrorCode = "too-many"     // a limit of the server is reached
	Unavailable ErrorCode = "unavailable"  // outcome unknown: send again with the same id
)

// Error is the refusal of one frame or command. Only its sender gets it.
type Error struct {
	Code       ErrorCode
	Message    string        // one sentence for people: what is wrong and what would be right
	ID, Ref    string        // of the refused command, if it had them
	RetryAfter time.Duration // when to try again; 0 if unknown

	// Banned, or kicked: what the message says in words, as fields.
	Reason  string     // the moderator's; empty if none was given
	Until   *time.Time // when it ends, in UTC; nil if it doesn't end by itself
	Address bool       // the ban is of a member who came from the client's address, maybe the client itself
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Errorf returns an Error with a formatted message.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
