package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// TimeLayout is how times are written: RFC 3339 in UTC with milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// AppendJSON appends the event as v1 writes it.
func (e *Event) AppendJSON(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, `{"type":"`...)
	dst = append(dst, e.Type...)
	dst = append(dst, `","seq":`...)
	dst = strconv.AppendUint(dst, e.Seq, 10)
	dst = append(dst, `,"id":`...)
	dst = appendString(dst, e.ID)
	dst = append(dst, `,"at":"`...)
	dst = e.At.UTC().AppendFormat(dst, TimeLayout)
	dst = append(dst, `","from":`...)
	dst = e.From.append(dst)
	if e.Target != 0 {
		dst = append(dst, `,"target":`...)
		dst = strconv.AppendUint(dst, e.Target, 10)
	}
	body := e.Body
	if e.Type == EventReacted {
		body = canonicalReaction(body)
	}
	if len(body) > len("{}") {
		dst = append(dst, ',')
		return escapeControls(append(dst, body[1:]...), start)
	}
	return escapeControls(append(dst, '}'), start)
}

// AppendEvent appends an event that is not in the log as v1 writes it. fields must encode
// to a JSON object.
func AppendEvent(dst []byte, typ EventType, fields any) []byte {
	dst = append(dst, `{"type":"`...)
	dst = append(dst, typ...)
	dst = append(dst, `",`...)
	at := len(dst)
	dst = appendValue(dst, fields)
	if dst[at+1] == '}' { // no fields: take the comma back
		return append(dst[:at-1], '}')
	}
	return append(dst[:at], dst[at+1:]...)
}

// AppendError appends e as v1 writes it.
func AppendError(dst []byte, e *Error) []byte {
	return AppendEvent(dst, EventError, struct {
		Code         ErrorCode `json:"code"`
		Message      string    `json:"message"`
		Ref          string    `json:"ref,omitempty"`
		ID           string    `json:"id,omitempty"`
		RetryAfterMS int64     `json:"retry_after_ms,omitempty"`
		Reason       string    `json:"reason,omitempty"`
		Until        *stamp    `json:"until,omitempty"`
		Address      bool      `json:"address,omitempty"`
	}{e.Code, e.Message, e.Ref, e.ID, retryAfterMS(e.RetryAfter), e.Reason, (*stamp)(e.Until), e.Address})
}

// retryAfterMS rounds up: a client that comes back a fraction of a millisecond early
// would be refused again.
func retryAfterMS(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// AppendHistory appends the answer to a history command. events must be ascending and
// contiguous; more says whether the log continues on the requested side.
func AppendHistory(dst []byte, ref string, events []Event, more bool) []byte {
	dst = append(dst, `{"type":"history","ref":`...)
	dst = appendValue(dst, ref)
	return appendEvents(dst, events, more)
}

// AppendPage appends p as JSON.
func AppendPage(dst []byte, p Page) []byte {
	dst = append(dst, `{"epoch":`...)
	dst = appendValue(dst, p.Epoch)
	dst = append(dst, `,"first":`...)
	dst = strconv.AppendUint(dst, p.First, 10)
	dst = append(dst, `,"head":`...)
	dst = strconv.AppendUint(dst, p.Head, 10)
	return appendEvents(dst, p.Events, p.More)
}

// appendEvents appends the last fields of an object with a part of the log.
func appendEvents(dst []byte, events []Event, more bool) []byte {
	dst = append(dst, `,"events":[`...)
	for i := range events {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = events[i].AppendJSON(dst)
	}
	dst = append(dst, `],"more":`...)
	dst = strconv.AppendBool(dst, more)
	return append(dst, '}')
}

// AppendDescription appends d as JSON.
func AppendDescription(dst []byte, d Description) []byte { return appendValue(dst, d) }

// appendValue appends v as JSON. It doesn't escape <, > and &, as [json.Marshal] does for
// HTML.
func appendValue(dst []byte, v any) []byte {
	buf := bytes.NewBuffer(dst)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("protocol: a type of this package can't be encoded: " + err.Error())
	}
	b := buf.Bytes()
	return escapeControls(b[:len(b)-1], len(dst)) // without the encoder's newline
}

// escapeControls escapes U+007F to U+009F in dst, which is JSON from start on. JSON doesn't
// require that, but terminals obey some of these characters: U+009B begins an escape sequence. It returns dst itself
// if there are none, which is nearly always the case.
func escapeControls(dst []byte, start int) []byte {
	at := indexControl(dst[start:])
	if at < 0 {
		return dst
	}
	rest := bytes.Clone(dst[start+at:])
	dst = dst[:start+at]
	for at = 0; at >= 0; at = indexControl(rest) {
		dst = append(dst, rest[:at]...)
		c, size := rest[at], 1
		if c == firstOfC1 {
			c, size = rest[at+1], 2
		}
		dst = fmt.Appendf(dst, `\u%04x`, c)
		rest = rest[at+size:]
	}
	return append(dst, rest...)
}

// firstOfC1 is the first byte of U+0080 to U+009F in UTF-8, and of U+00A0 to U+00BF.
const firstOfC1 = 0xC2

// indexControl returns where the first of U+007F to U+009F in b is; -1 if there is none.
func indexControl(b []byte) int {
	del := bytes.IndexByte(b, 0x7F)
	if del >= 0 {
		b = b[:del]
	}
	for at := 0; ; at++ {
		next := bytes.IndexByte(b[at:], firstOfC1)
		if next < 0 {
			return del
		}
		if at += next; at+1 < len(b) && b[at+1] < 0xA0 {
			return at
		}
	}
}
