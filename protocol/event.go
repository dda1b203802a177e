package protocol

import (
	"encoding/json"
	"time"
)

// EventType is the "type" of a frame to a v1 client.
type EventType string

// The events of this version. Those of the first group are in the log. Those of the
// second are not, and go to everyone in the room; those of the third go to one client.
const (
	EventMessage   EventType = "message"
	EventEdited    EventType = "edited"
	EventDeleted   EventType = "deleted"
	EventReacted   EventType = "reacted"
	EventModerated EventType = "moderated"

	EventJoined  EventType = "joined"
	EventLeft    EventType = "left"
	EventRenamed EventType = "renamed"
	EventTyping  EventType = "typing"
	EventCrowd   EventType = "crowd"
	EventMembers EventType = "members"
	EventReaders EventType = "readers"
	EventPruned  EventType = "pruned"

	EventWelcome EventType = "welcome"
	EventHistory EventType = "history"
	EventSearch  EventType = "search"
	EventBans    EventType = "bans"
	EventHook    EventType = "hook"
	EventHooks   EventType = "hooks"
	EventAuth    EventType = "auth"
	EventSeat    EventType = "seat"
	EventAck     EventType = "ack"
	EventError   EventType = "error"
	EventGap     EventType = "gap"
	EventPong    EventType = "pong"
	EventGoodbye EventType = "goodbye"

	EventInvite   EventType = "invite"
	EventInvites  EventType = "invites"
	EventKnock    EventType = "knock"
	EventSeen     EventType = "seen"
	EventTransfer EventType = "transfer"
	EventPush     EventType = "push"
)

// Event is a log event: the part of an entry that everyone in the room gets, in the same
// bytes. The journal gives Seq and At.
type Event struct {
	Type   EventType
	Seq    uint64    // 1, 2, 3, … without gaps
	ID     string    // of the command, chosen by its sender
	At     time.Time // in milliseconds; for showing only: Seq orders
	From   Member
	Target uint64          // the seq of the message that the event is about; 0 for none
	Body   json.RawMessage // a JSON object with the fields of the event's Type
}

// MaxMentions is the most members that a message mentions.
const MaxMentions = 50

// MessageBody is the Body of an [EventMessage]. After the message is erased, only Deleted
// is set.
type MessageBody struct {
	As      string `json:"as,omitempty"` // of a hook's message: who the sender says it is; valid as a nick
	Content string `json:"content,omitempty"`
	// Edited says that Content is that of an edit. It is only where messages are asked for as they
	// are now: the log has a message as it was sent, and its edits as events of their own.
	Edited bool   `json:"edited,omitempty"`
	Files  []File `json:"files,omitempty"` // if it has any, Content may be empty
	// Mentions is the members that the message mentions, at most MaxMentions. The server finds
	// them once, when the message is sent: edits don't change them.
	Mentions []string `json:"mentions,omitempty"`
	ReplyTo  uint64   `json:"reply_to,omitempty"` // the seq of the message that it answers; 0 for none
	Deleted  bool     `json:"deleted,omitempty"`

	// SentAt is when an imported message was sent: what people are shown in place of
	// Event.At, which is when it was imported. Nil for other messages.
	SentAt *time.Time `json:"sent_at,omitempty"`
}

// Encode returns the body as an Event holds it.
func (b MessageBody) Encode() json.RawMessage {
	switch {
	case b.SentAt != nil:
		type fields MessageBody
		return appendValue(nil, struct {
			fields
			SentAt *stamp `json:"sent_at,omitempty"` // hides the one in fields
		}{fields(b), (*stamp)(b.SentAt)})
	case len(b.Files) > 0: // clients that know no files expect a content
		return appendValue(nil, struct {
			Content string `json:"content"`
			MessageBody
		}{b.Content, b})
	case b.Content == "" || b.ReplyTo != 0 || b.As != "" || len(b.Mentions) > 0 || b.Deleted || b.Edited:
		return appendValue(nil, b)
	}
	dst := make([]byte, 0, len(`{"content":""}`)+len(b.Content))
	dst = append(dst, `{"content":`...)
	return append(appendString(dst, b.Content), '}')
}

// Message returns the body of an EventMessage.
func (e *Event) Message() (b MessageBody, err error) {
	if v, ok := messageNames.readStrings(e.Body); ok {
		return MessageBody{Content: string(v[0])}, nil
	}
	return bodyOf[MessageBody](e)
}

var messageNames = names{"content"}

func bodyOf[T any](e *Event) (b T, err error) {
	err = json.Unmarshal(e.Body, &b)
	return b, err
}

// You is the member that has joined, in [Welcome]. The seat is a secret: it proves to be
// this member.
type You struct {
	Member
	Seat string `json:"seat"`
}

// Limits are the limits of a server.
type Limits struct {
	ContentChars int     `json:"content_chars"`         // in a message
	FrameBytes   int     `json:"frame_bytes"`           // in a frame from the client
	EventBytes   int     `json:"event_bytes"`           // in a frame to the client
	MessageRate  float64 `json:"message_rate"`          // messages a second; 0 for no limit
	FileBytes    int64   `json:"file_bytes,omitempty"`  // in a file; 0 if the server takes none
	QueryChars   int     `json:"query_chars,omitempty"` // in a search; 0 if the server has none
	RetryMS      int64   `json:"retry_ms"`              // how long to wait before sending an unsettled command again
}

// Welcome is the first event that a client gets after it has joined.
type Welcome struct {
	Room     string   `json:"room"` // the canonical code
	Epoch    string   `json:"epoch"`
	First    uint64   `json:"first"` // the oldest event that is kept
	Head     uint64   `json:"head"`  // the newest; 0 in an empty room
	Resumed  bool     `json:"resumed"`
	You      You      `json:"you"`
	Members  []Member `json:"members"`           // at most MembersShown of them; in a crowd You may not be among them
	Count    int      `json:"count"`             // all of them
	Readers  int      `json:"readers,omitempty"` // who read without joining, on the same node
	Settings Settings `json:"settings"`
	Pins     []uint64 `json:"pins,omitempty"` // the seqs of the pinned messages, in the order in which they were pinned
	Seen     uint64   `json:"seen,omitempty"` // the newest event that the member has seen, on any device; 0 if unknown
	Limits   Limits   `json:"limits"`
	TokenMS  int64    `json:"token_ms,omitempty"` // how long the token is still valid; 0 without one
	PushKey  string   `json:"push_key,omitempty"` // which push subscriptions are for (VAPID, RFC 8292), in base64url; empty without push
	Build    string   `json:"build,omitempty"`    // which build of the page the server has; empty without one
}

// ReaderWelcome is the first event that a reader gets who isn't a member.
type ReaderWelcome struct {
	Room     string   `json:"room"` // the canonical code
	Epoch    string   `json:"epoch"`
	First    uint64   `json:"first"` // the oldest event that is kept
	Head     uint64   `json:"head"`  // the newest; 0 in an empty room
	Resumed  bool     `json:"resumed"`
	Count    int      `json:"count"` // members who are present
	Settings Settings `json:"settings"`
	Limits   Limits   `json:"limits"`
	TokenMS  int64    `json:"token_ms,omitempty"` // as in Welcome
}

// Description is what somebody should know of a room before they join it.
type Description struct {
	Name     *string  `json:"name,omitempty"`    // as Topic
	Topic    *string  `json:"topic,omitempty"`   // nil in a locked room, or one with a password, and for those who may not read it
	Count    *int     `json:"count,omitempty"`   // as Topic
	Members  []Member `json:"members,omitempty"` // as Topic: those of Count who came first, at most MembersDescribed
	Locked   bool     `json:"locked"`
	Password bool     `json:"password"`
}

// Page is a part of the log as it is answered over HTTP.
type Page struct {
	Epoch       string
	First, Head uint64  // the oldest event that is kept, and the newest
	Events      []Event // ascending and contiguous
	More        bool    // whether the log continues on the requested side
}

// Presence is the fields of joined and left: the member, and how many there are now.
type Presence struct {
	Member
	Count int `json:"count"`
}

// Renamed says that a member goes by another nick.
type Renamed struct {
	Member string `json:"member"`
	Nick   string `json:"nick"`
}

// Typing says that a member is typing; it holds for 5 s.
type Typing struct {
	Member string `json:"member"`
}

// Crowd gives the number of members where there are too many to name.
type Crowd struct {
	Count int `json:"count"`
}

// Readers gives the number of those who read the room without having joined it.
type Readers struct {
	Count int `json:"count"`
}

// Members is the members of the room at one moment.
type Members struct {
	Members []Member `json:"members"`
	Count   int      `json:"count"`
	Readers int      `json:"readers,omitempty"` // as in Welcome
}

// Ack says that a command was a repeat. Seq is the event of the first one.
type Ack struct {
	ID        string `json:"id"`
	Seq       uint64 `json:"seq"`
	Duplicate bool   `json:"duplicate"`
}

// Gap says that the events First to Last, both included, are no longer kept.
type Gap struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// Pruned says that the events before First are no longer kept.
type Pruned struct {
	First uint64 `json:"first"`
}

// Auth answers an auth.
type Auth struct {
	Ref     string `json:"ref,omitempty"`
	TokenMS int64  `json:"token_ms,omitempty"` // as in Welcome
}

// Seat is a new seat of the member: after it has revoked its older ones, or after somebody
// has admitted it who has knocked. It is a secret.
type Seat struct {
	Seat string `json:"seat"`
}

// Pong answers a ping.
type Pong struct {
	Ref string `json:"ref,omitempty"`
}

// Goodbye is the last event before the server closes a connection.
type Goodbye struct {
	Code             string `json:"code"`
	ReconnectAfterMS int64  `json:"reconnect_after_ms,omitempty"`
}

// The values of Goodbye.Code.
const (
	GoodbyeDraining = "draining" // the server is shutting down
	GoodbyeKicked   = "kicked"
	GoodbyeBanned   = "banned"
	GoodbyeExpired  = "expired" // the token has ended
	GoodbyeRevoked  = "revoked" // the seat is no longer valid
	GoodbyeClosed   = "closed"  // the room is closed, and its log erased
)
