package protocol

import (
	"encoding/json"
	"fmt"
	"time"
)

// Joined says that a member has joined, with its first connection.
type Joined struct{ Presence }

// Left says that a member has left, with its last connection.
type Left struct{ Presence }

// History is a page of log events, ascending and contiguous. More says whether the log
// continues on the requested side.
type History struct {
	Ref    string  `json:"ref"`
	Events []Event `json:"events"`
	More   bool    `json:"more"`
}

// DecodeEvent decodes one v1 frame from a server. For log events, which have a seq and a
// from, it returns an [*Event], also if the type is unknown. For others it returns a
// [*Welcome], [*Joined], [*Left], [*Renamed], [*Typing], [*Crowd], [*Members], [*Readers], [*History],
// [*Search], [*Bans], [*Hook], [*Hooks], [*Invite], [*Invites], [*Knock], [*Seen], [*Transfer], [*Push], [*Pruned], [*Auth], [*Seat], [*Ack], [*Error], [*Gap], [*Pong] or [*Goodbye], or nil without an
// error if the type is unknown: the client ignores those. Unknown fields are ignored too, except
// those of log events, which stay in Body. The result shares no memory with data.
func DecodeEvent(data []byte) (any, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, fmt.Errorf("read an event: %w", err)
	}
	if fields["seq"] != nil && fields["from"] != nil {
		e := new(Event)
		if err := e.set(fields); err != nil {
			return nil, fmt.Errorf("read a log event: %w", err)
		}
		return e, nil
	}
	var typ EventType
	if err := json.Unmarshal(fields["type"], &typ); err != nil {
		return nil, fmt.Errorf("read an event's type: %w", err)
	}
	e := newUnlogged(typ)
	if e == nil {
		return nil, nil
	}
	if err := json.Unmarshal(data, e); err != nil {
		return nil, fmt.Errorf("read %s: %w", quote(string(typ)), err)
	}
	return e, nil
}

// newUnlogged returns an empty event of a type that is not in the log; nil if this version
// has no such type.
func newUnlogged(typ EventType) any {
	switch typ {
	case EventJoined:
		return new(Joined)
	case EventLeft:
		return new(Left)
	case EventRenamed:
		return new(Renamed)
	case EventTyping:
		return new(Typing)
	case EventCrowd:
		return new(Crowd)
	case EventReaders:
		return new(Readers)
	case EventMembers:
		return new(Members)
	case EventWelcome:
		return new(Welcome)
	case EventHistory:
		return new(History)
	case EventSearch:
		return new(Search)
	case EventBans:
		return new(Bans)
	case EventHook:
		return new(Hook)
	case EventHooks:
		return new(Hooks)
	case EventInvite:
		return new(Invite)
	case EventInvites:
		return new(Invites)
	case EventKnock:
		return new(Knock)
	case EventSeen:
		return new(Seen)
	case EventTransfer:
		return new(Transfer)
	case EventPush:
		return new(Push)
	case EventPruned:
		return new(Pruned)
	case EventAuth:
		return new(Auth)
	case EventSeat:
		return new(Seat)
	case EventAck:
		return new(Ack)
	case EventError:
		return new(Error)
	case EventGap:
		return new(Gap)
	case EventPong:
		return new(Pong)
	case EventGoodbye:
		return new(Goodbye)
	}
	return nil
}

// MarshalJSON writes the event as v1 does.
func (e Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// UnmarshalJSON decodes a log event as v1 writes it. Body gets the fields that are not
// common to all log events.
func (e *Event) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	*e = Event{}
	return e.set(fields)
}

// set moves the fields that are common to all log events out of fields, and the rest into
// the body.
func (e *Event) set(fields map[string]json.RawMessage) error {
	for _, field := range []struct {
		name string
		to   any
	}{{"type", &e.Type}, {"seq", &e.Seq}, {"id", &e.ID}, {"at", &e.At}, {"from", &e.From}} {
		value, there := fields[field.name]
		if !there {
			continue
		}
		if err := json.Unmarshal(value, field.to); err != nil {
			return fmt.Errorf("%q: %w", field.name, err)
		}
		delete(fields, field.name)
	}
	e.At = e.At.UTC()
	// A type of a later version may use the name in another way, and its seq counts.
	if json.Unmarshal(fields["target"], &e.Target) == nil && e.Target != 0 {
		delete(fields, "target")
	}
	e.Body = appendValue(nil, fields)
	return nil
}

// UnmarshalJSON reads an error as v1 writes it.
func (e *Error) UnmarshalJSON(data []byte) error {
	var w struct {
		Code         ErrorCode  `json:"code"`
		Message      string     `json:"message"`
		Ref          string     `json:"ref"`
		ID           string     `json:"id"`
		RetryAfterMS int64      `json:"retry_after_ms"`
		Reason       string     `json:"reason"`
		Until        *time.Time `json:"until"`
		Address      bool       `json:"address"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*e = Error{Code: w.Code, Message: w.Message, Ref: w.Ref, ID: w.ID, RetryAfter: time.Duration(w.RetryAfterMS) * time.Millisecond,
		Reason: w.Reason, Until: w.Until, Address: w.Address}
	return nil
}
