// Package client joins rooms of a Snug server and stays in them. A [Room] keeps
// itself connected until it is closed: it comes back after a cut or a restart of
// the server, goes on where it stopped, and sends again what it doesn't know to
// be kept, under the ids that make this safe.
//
//   - [Room.Send] returns when the message is confirmed, with its place in the
//     room's log; it may be called from many goroutines, and again after an error.
//   - [Room.Events] gives every event of the log once and in order, whatever
//     happens to the connection and however slow its reader is: what doesn't fit
//     in memory is read from the server when its turn comes.
//   - [Fold] makes of these events what a room shows.
//   - [Room.Edit], [Room.Delete] and [Room.React] change what was said, and
//     [Room.Kick], [Room.Ban], [Room.SetRole] and [Room.Set] who is there and what
//     the room is like, as far as this member's role lets it. They are as safe as
//     Send; [Room.Do] is what they have in common.
//
// A Room is closed for good, without [Room.Close], when the server says not to
// come back: when this member was kicked or banned, when the room is gone, or when
// a join after a cut is refused because the member is banned, or because it lost
// its seat and the room is locked or has another password than that of Options.
// All calls then end with why. Any other refusal, such as of a full room, is tried
// again, more and more rarely.
//
// A Room has one goroutine, which connects and reads, and while it is connected
// a second one, which writes: one that did both would stand still together with
// a server that waits for it to read. With a [Options.TokenSource] a third one
// renews the token. All belong to the Room, and [Room.Close]
// waits for them. None ever waits for the program that uses the Room. Calls
// wait on behalf of their callers alone, and end with their contexts.
//
// A Room's memory is bounded by 1,024 waiting events and a page of 200, the list
// of members, and the calls that are under way.
package client

import (
	"context"
	"log/slog"
	"net/http"

	"snug/protocol"
)

// Options are how a room is joined. The zero value asks for a guest's place
// with no name, which servers refuse: give at least a Nick.
type Options struct {
	// Nick is the name to go by. If it is another member's, the server adds a
	// suffix: see [Room.You].
	Nick string
	// Seat, from an earlier [Room.Seat], makes this the same member again. It is
	// a secret. One that the server doesn't know is passed over.
	Seat string
	// Token, from whoever issues them for the server, says who this is. It is a
	// secret. A server that asks for none passes over it.
	Token string
	// Password is that of the room, if it has one. It is a secret, and is given on
	// each connection, where a member who comes back with a Seat doesn't need it.
	Password string
	// TokenSource gives a token instead, whenever one is needed: for each
	// connection, and before the one that was given last ends, so that the Room
	// stays. It is called from the Room's goroutines, one call at a time, and waits
	// no longer than its context. Where it fails, the Room tries again.
	TokenSource func(context.Context) (string, error)
	// Since, from an earlier [Room.Position], asks for what came after it. The
	// zero Position asks for the last messages instead, see History.
	Since protocol.Position
	// History is how many of the last messages Events begins with where there is
	// no Since: 0 for as many as the server likes, negative for none.
	History int
	// Header is added to the request that opens each connection.
	Header http.Header
	// HTTPClient opens the connections: for a proxy, or certificates of one's
	// own. Nil is one that follows the environment's proxy settings.
	HTTPClient *http.Client
	// Log is told of lost connections. It never gets contents or secrets. Nil is
	// none.
	Log *slog.Logger
}

// Event is what [Room.Events] gives, one of
//
//   - [*protocol.Event], an event of the room's log;
//   - [*protocol.Gap], events of the log that the server no longer keeps;
//   - [*protocol.Joined], [*protocol.Left], [*protocol.Renamed],
//     [*protocol.Typing], [*protocol.Crowd] and [*protocol.Members], which tell of
//     who is there;
//   - [*Connected] and [*Disconnected].
//
// More may come: pass over what you don't know.
type Event any

// Connected says that the room was joined, for the first time or again. Unless
// Resumed is true, what follows is not a continuation of what was there before:
// clear what you show. In a first Connected it is true if Options.Since was
// taken.
type Connected struct {
	protocol.Welcome
	from place // where the consumer stands after it, unless it is resumed
}

// place is a position, or that there is none yet: then any seq is right.
type place struct {
	protocol.Position
	known bool
	log   int // which log of those that this Room has seen: the epoch, were it not for backups
}

// at returns the place at seq in the same log.
func (p place) at(seq uint64) place {
	p.Seq, p.known = seq, true
	return p
}
