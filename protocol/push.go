package protocol

import (
	"crypto/ecdh"
	"encoding/base64"
	"time"
)

// PushLevel says which messages a device is told of.
type PushLevel string

// The levels of this version.
const (
	PushAll      PushLevel = "all"      // every message of others
	PushMentions PushLevel = "mentions" // messages that mention the member or reply to it
	PushNone     PushLevel = "none"     // none: the device is forgotten
)

// Quiet is the time of each day in which a device isn't told of messages.
type Quiet struct {
	From string `json:"from"` // such as "22:00"
	To   string `json:"to"`   // exclusive; before From, it is the next day's
	Zone string `json:"zone"` // of both, in IANA's time zone database, such as "Europe/Berlin"
}

// QuietTime is the layout of the times of a Quiet.
const QuietTime = "15:04"

// Push answers a push.
type Push struct {
	Ref   string    `json:"ref"`
	Level PushLevel `json:"level"`
}

const (
	pushKeyBytes  = 65 // a point of P-256, uncompressed
	pushAuthBytes = 16 // RFC 8291, section 3.2
	maxZoneChars  = 64
)

func (c *Command) checkPush() *Error {
	if err := c.checkRef(); err != nil {
		return err
	}
	if err := checkChars("endpoint", c.Endpoint, MaxEndpointChars); err != nil {
		return err
	}
	if u, ok := httpURL(c.Endpoint); !ok || u.User != nil {
		return Errorf(BadField, `"endpoint" isn't an address as a browser's push subscription has it: https://…`)
	}
	switch c.Level {
	case PushAll, PushMentions:
	case PushNone:
		return nil
	default:
		return Errorf(BadField, `"level" is %s: one of %s, %s, %s`, quote(string(c.Level)), PushAll, PushMentions, PushNone)
	}
	if key, err := base64.RawURLEncoding.DecodeString(c.P256DH); err != nil || len(key) != pushKeyBytes {
		return Errorf(BadField, `"p256dh" isn't the key of a push subscription: %d bytes in base64url without padding`, pushKeyBytes)
	} else if _, err := ecdh.P256().NewPublicKey(key); err != nil {
		return Errorf(BadField, `"p256dh" isn't the key of a push subscription: it is no point of the curve P-256`)
	}
	if secret, err := base64.RawURLEncoding.DecodeString(c.AuthSecret); err != nil || len(secret) != pushAuthBytes {
		return Errorf(BadField, `"auth" isn't the secret of a push subscription: %d bytes in base64url without padding`, pushAuthBytes)
	}
	if c.Quiet == nil {
		return nil
	}
	return c.Quiet.check()
}

func (q *Quiet) check() *Error {
	for _, value := range []string{q.From, q.To} {
		if at, err := time.Parse(QuietTime, value); err != nil || at.Format(QuietTime) != value {
			return Errorf(BadField, `"quiet" has "from" or "to" %s: a time such as "22:00"`, quote(value))
		}
	}
	if q.From == q.To {
		return Errorf(BadField, `"quiet" begins and ends at the same time: leave it out for none`)
	}
	if _, ok := q.location(); !ok {
		return Errorf(BadField, `"quiet" has "zone" %s: a name of the time zone database, such as "Europe/Berlin"`, quote(q.Zone))
	}
	return nil
}

// location returns the time zone of q.
func (q *Quiet) location() (l *time.Location, ok bool) {
	if q.Zone == "" || q.Zone == "Local" || len(q.Zone) > maxZoneChars { // the first two mean this machine's
		return nil, false
	}
	l, err := time.LoadLocation(q.Zone)
	return l, err == nil
}

// Contains reports whether a time is in the quiet time. A q that is nil has none, and neither has one
// whose zone isn't known here.
func (q *Quiet) Contains(t time.Time) bool {
	if q == nil {
		return false
	}
	l, ok := q.location()
	if !ok {
		return false
	}
	now := t.In(l).Format(QuietTime)
	if q.From < q.To {
		return q.From <= now && now < q.To
	}
	return q.From <= now || now < q.To
}
