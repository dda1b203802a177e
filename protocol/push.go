package protocol

import (
	"crypto/ecdh"
	"encoding/base64"
	"net/url"
	"time"
)

// PushLevel says of which messages a device is told.
type PushLevel string

// The levels of this version.
const (
	PushAll      PushLevel = "all"      // every message of others
	PushMentions PushLevel = "mentions" // messages that mention the member or reply to it
	PushNone     PushLevel = "none"     // none: the device is forgotten
)

// Quiet is a time of each day in which a device isn't told of messages.
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
)

func (c *Command) checkPush() *Error {
	if err := c.checkRef(); err != nil {
		return err
	}
	if err := checkChars("endpoint", c.Endpoint, MaxEndpointChars); err != nil {
		return err
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
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
	for name, value := range map[string]string{"from": q.From, "to": q.To} {
		if at, err := time.Parse(QuietTime, value); err != nil || at.Format(QuietTime) != value {
			return Errorf(BadField, `"quiet" has "%s": %s, which is no time such as "22:00"`, name, quote(value))
		}
	}
	if q.From == q.To {
		return Errorf(BadField, `"quiet" begins and ends at the same time: leave it out for none, or use the level "none"`)
	}
	if _, err := q.Location(); err != nil || len(q.Zone) > MaxIDChars {
		return Errorf(BadField, `"quiet" has "zone": %s, which the server doesn't know: one of IANA's names, such as "Europe/Berlin"`, quote(q.Zone))
	}
	return nil
}

// Location returns the time zone of q.
func (q *Quiet) Location() (*time.Location, error) {
	if q.Zone == "" || q.Zone == "Local" {
		return nil, Errorf(BadField, "no time zone")
	}
	return time.LoadLocation(q.Zone)
}

// At reports whether a time is in the quiet time. A q that is nil has none.
func (q *Quiet) At(t time.Time) bool {
	if q == nil {
		return false
	}
	l, err := q.Location()
	if err != nil {
		return false
	}
	now := t.In(l).Format(QuietTime)
	if q.From < q.To {
		return q.From <= now && now < q.To
	}
	return q.From <= now || now < q.To
}
