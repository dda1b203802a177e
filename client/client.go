// Package client joins rooms of a Snug server and stays in them. A [Room] keeps
// itself connected until it is closed. When the connection is lost or the server
// restarts, it reconnects, resumes where it stopped, and repeats commands that
// weren't confirmed, with the IDs that make this safe.
//
//   - [Room.Send] returns when the message is confirmed, with its seq in the room's
//     log. It may be called from many goroutines, and again after an error.
//   - [Room.Events] returns every event of the log once and in order, whatever
//     happens to the connection and however slowly the caller reads. Events that
//     don't fit in memory are read from the server later.
//   - [Read] returns a [Reader], which has the same events, and is no member of the room.
//   - [Fold] turns these events into the lines that a room shows.
//   - [Room.Edit], [Room.Delete] and [Room.React] change messages. [Room.Kick],
//     [Room.Ban], [Room.SetRole] and [Room.Set] change members and settings, as far
//     as this member's role allows it. They are as safe as Send; all of them are
//     calls of [Room.Do].
//   - [Room.Hook], [Room.Hooks] and [Room.Unhook] let programs post in the room by HTTP.
//   - [Room.Invite] and [Room.Admit] let newcomers in, and [Room.Transfer] another device of
//     this member. [Room.CloseRoom] ends a room for everyone.
//
// A Room closes permanently, without [Room.Close], when the server asks it not to
// come back: when this member was kicked or banned, when the room was closed for everyone, or when
// a join after a lost connection is refused because the member is banned, or
// because it has lost its seat and the room is locked or has another password than
// Options. All calls then return the reason. After any other refusal, such as that
// of a full room, the Room tries again, at growing intervals.
//
// A Room uses a WebSocket, or with [Options.Transport] only HTTP requests, for networks
// that block WebSockets.
//
// A Room has one goroutine that connects and reads, and, while it is connected, a
// second one that writes, so that it still reads while a write blocks. With an
// [Options.TokenSource] a third one renews the token. [Room.Close] waits for all of
// them. None of them ever waits for the program that uses the Room. Calls block
// only their callers, and end with their contexts.
//
// A Room's memory is bounded: it holds up to 1,024 events that wait to be read and
// one page of 200, the list of members, and the calls in progress.
package client

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"snug/protocol"
)

// Options configure how a room is joined. A Nick is required.
type Options struct {
	// Nick is the member's name. If another member has it, the server adds a suffix:
	// see [Room.You].
	Nick string
	// Seat, from an earlier [Room.Seat], makes this the same member again. It is
	// a secret. The server ignores a seat that it doesn't know.
	Seat string
	// Token proves to a server with token authentication who this is. It is a
	// secret. Other servers ignore it.
	Token string
	// Password is the room's, if it has one. It is a secret. The Room sends it with
	// each join; the server needs it only from members who have no Seat.
	Password string
	// TokenSource returns a token, in place of Token: one for each connection, and a
	// fresh one before the last one expires, so that the Room stays connected. The
	// Room's goroutines call it, one call at a time. It must return when its context
	// ends. If it fails, the Room calls it again later.
	TokenSource func(context.Context) (string, error)
	// Since, from an earlier [Room.Position], asks for the events after it. The
	// zero Position asks for the last messages instead: see History.
	Since protocol.Position
	// History is with how many of the last messages Events begins, if there is no
	// Since: 0 for the server's default, negative for none.
	History int
	// NoClaim joins a room that has no owner without becoming its owner. To read without
	// joining at all, use [Read].
	NoClaim bool
	// Invite is the secret of an invite, which lets newcomers into a room that is locked or has
	// a password: the fragment "invite" of its URL. If the invite doesn't hold, the error is the
	// same as without it.
	Invite string
	// InviteID makes sure that somebody who tries several times to join by an invite uses it
	// once. It is new for each person, of 1 to 64 printable ASCII characters that nobody can
	// guess; an empty one is replaced by a random one, for this Join. Forget it once there is a
	// Seat.
	InviteID string
	// Transfer is the code of [Room.Transfer] on another device: it makes this the same member.
	// It is a secret and works once.
	Transfer string
	// Knock asks the owners and moderators for admission if the room is locked. Join then
	// waits until one of them admits this client, ctx ends, or the server gives up after
	// [protocol.KnockFor]. It has no effect with [HTTP].
	Knock bool
	// Note is one line of up to 200 characters for those who are asked by Knock.
	Note string
	// Waiting, if it isn't nil, is called before [Join] or [Read] waits for the given time to try
	// again, with the reason. It must not block.
	Waiting func(why error, retry time.Duration)
	// Transport is how to connect: WebSocket if it is empty, or HTTP.
	Transport Transport
	// Header is added to each HTTP request: one for each connection, and with [HTTP] one
	// for each command.
	Header http.Header
	// HTTPClient opens the connections, for example with a proxy or with other
	// certificates. Nil is a client with the environment's proxy settings. With [HTTP],
	// its Timeout must be 0, because responses don't end. Its CheckRedirect isn't called: only
	// redirects to the same host are followed, because others mustn't see the seat.
	HTTPClient *http.Client
	// Log gets lost connections, and never contents or secrets. Nil is none.
	Log *slog.Logger
}

// Event is an event that [Room.Events] returns, one of
//
//   - [*protocol.Event], an event of the room's log;
//   - [*protocol.Gap], events of the log that the server no longer keeps;
//   - [*protocol.Pruned], events that came before and that the server no longer keeps: remove
//     them from what you show and store, see [Fold.Prune];
//   - [*protocol.Joined], [*protocol.Left], [*protocol.Renamed],
//     [*protocol.Typing], [*protocol.Crowd], [*protocol.Members] and
//     [*protocol.Readers], which are about who is present;
//   - [*protocol.Knock], for owners and moderators: somebody waits before the locked room, or
//     no longer does, see [Room.Admit];
//   - [*protocol.Seen]: this member has seen the log up to here on another connection;
//   - [*Connected] and [*Disconnected].
//
// Later versions may add types: ignore those that you don't know.
type Event any

// Connected says that the room was joined, for the first time or again. Unless
// Resumed is true, the events that follow don't continue those before: clear what
// you show. If it is, the events before First are no longer kept, as after [*protocol.Pruned].
// In the first Connected, Resumed is true if the server has resumed after
// Options.Since.
type Connected struct {
	protocol.Welcome
	from place // the consumer's place after it, unless it is resumed
}

// place is a position in one of the logs that the Room has seen. If it isn't known
// yet, any seq may come next.
type place struct {
	protocol.Position
	known bool
	log   int // counts the logs; the epoch isn't enough, because a backup may have the same one
}

// at returns the place at seq in the same log.
func (p place) at(seq uint64) place {
	p.Seq, p.known = seq, true
	return p
}
