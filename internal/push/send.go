package push

import (
	"context"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"snug/internal/outbound"
	"snug/internal/retryafter"
	"snug/internal/room/policy"
	"snug/internal/version"
)

const (
	// recordBytes is how large the body of each push is: the payload is padded, so that a push service
	// learns nothing from its size. Firefox for Android takes no more than 3070 bytes.
	recordBytes = 3000
	// maxPayloadBytes is what fits into it besides the header with salt and key (RFC 8188, section
	// 2.1), the tag, and the delimiter of the padding.
	maxPayloadBytes = recordBytes - 86 - 16 - 1
	// maxAnswerBytes is how much of a push service's answer is read, so that the connection can be
	// used again.
	maxAnswerBytes = 4 << 10
)

// vapid is how push services know this server (RFC 8292).
type vapid struct {
	private, public string
	topicKey        []byte
}

func newVAPID(key *ecdh.PrivateKey, topicKey []byte) vapid {
	return vapid{
		private: base64.RawURLEncoding.EncodeToString(key.Bytes()), public: base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()),
		topicKey: topicKey,
	}
}

// topic returns what pushes have in common of which a push service keeps the last one alone (RFC 8030,
// section 5.4): those of one urgency in one room. It doesn't reveal the room.
func (v *vapid) topic(room string, u urgency) string {
	mac := hmac.New(sha256.New, v.topicKey)
	_, _ = fmt.Fprintf(mac, "%d %s", u, room)                      // a hash takes all
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:24]) // 32 characters, the most that are allowed
}

// push is one request to a push service.
type push struct {
	room    string
	message message
	why     why
	ttl     time.Duration // after which the push service gives up
}

// outcome is what became of a push.
type outcome int

const (
	sent    outcome = iota // the push service has it
	failed                 // it may work later
	refused                // the push service doesn't accept this server, and may later
	unfit                  // the push service won't ever take this one
	gone                   // the device is no longer there
)

// result is how a request has ended.
type result struct {
	outcome    outcome
	reason     string
	retryAfter time.Duration // what the push service asks for; 0 for nothing
}

// send sends a push to a device, once.
func (s *Sender) send(ctx context.Context, to *policy.Device, p *push) result {
	subscription := webpush.Subscription{Endpoint: to.Endpoint, Keys: webpush.Keys{Auth: to.Auth, P256dh: to.P256DH}}
	response, err := webpush.SendNotificationWithContext(ctx, p.message.encode(maxPayloadBytes), &subscription, &webpush.Options{
		HTTPClient: namedClient{s.client}, RecordSize: recordBytes, Subscriber: s.contact(to),
		Topic: s.keys.topic(p.room, p.why.urgency()), TTL: int(p.ttl.Seconds()), Urgency: p.why.urgency().header(),
		VAPIDPublicKey: s.keys.public, VAPIDPrivateKey: s.keys.private,
	})
	if err != nil {
		return result{outcome: failed, reason: outbound.Reason(err)}
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswerBytes)) // nothing depends on it
	return judge(response, time.Now())
}

// judge returns what a push service's answer means.
func judge(response *http.Response, now time.Time) result {
	r := result{outcome: failed, reason: fmt.Sprintf("it answered %d", response.StatusCode)}
	switch code := response.StatusCode; {
	case code >= 200 && code < 300:
		r.outcome = sent
	case code == http.StatusNotFound, code == http.StatusGone: // RFC 8030, sections 6.2 and 7.3
		r.outcome = gone
	case code == http.StatusRequestEntityTooLarge:
		r.outcome = unfit
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		r.retryAfter = retryafter.Read(response.Header, now)
	case code >= 400 && code < 500:
		r.outcome = refused
	case code >= 500:
		r.retryAfter = retryafter.Read(response.Header, now)
	}
	return r
}

// contact returns the "sub" of a push's signature as webpush-go wants it: an https: URL, or else what
// comes after mailto:. Mozilla's and Apple's push services require one.
func (s *Sender) contact(to *policy.Device) string {
	for _, contact := range []string{s.options.Contact, to.Site} {
		if contact != "" {
			return strings.TrimPrefix(contact, "mailto:")
		}
	}
	return "https://localhost" // the page is on this machine, or browsers wouldn't have let it subscribe
}

func (u urgency) header() webpush.Urgency {
	if u == high {
		return webpush.UrgencyHigh
	}
	return webpush.UrgencyNormal
}

// namedClient tells push services which program this is.
type namedClient struct{ *http.Client }

func (c namedClient) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", version.String())
	return c.Client.Do(r) //nolint:gosec // it connects to addresses that its dialer allows
}
