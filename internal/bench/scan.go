package bench

import (
	"bytes"
	"encoding/json"
	"strings"

	"snug/internal/websocket"
	"snug/protocol"
)

// scanner reads what a server sends to one connection, however TCP has cut it, and
// counts the deliveries. It belongs to one goroutine.
type scanner struct {
	dialect protocol.Dialect
	sender  int // whose messages are its own; -1 for none
	stamps  stampFinder

	begun    bool // a message in fragments has begun
	fragment bool // and is a delivery…
	stamp    stamp

	// What came for the connection itself, since this was last emptied.
	own     int // of its own messages
	pings   [][]byte
	refused []*protocol.Error
	closed  *closing
	probed  bool // see run.awaitPresence
}

// closing is what a server's close frame says.
type closing struct {
	code   protocol.CloseCode
	reason string
}

// scan counts on d what data holds, which has been there since now. It returns how
// much of data was whole frames, and how long the next frame is at least. After an
// error, which says how the server breaks the protocol, nothing more can be read.
func (s *scanner) scan(data []byte, now int64, d *counterShard) (used, next int, err error) {
	for {
		f, size, err := cutFrame(data[used:])
		if err != nil || size > len(data)-used {
			return used, size, err
		}
		used += size
		if f.op == websocket.OpText && f.final && !s.begun { // nearly all of them
			if stamp, ok := s.delivery(f.payload); ok {
				s.note(stamp, now, d)
			}
			continue
		}
		if err := s.unusual(f, now, d); err != nil {
			return used, 0, err
		}
	}
}

// unusual takes what isn't a text message in one frame.
func (s *scanner) unusual(f frame, now int64, d *counterShard) error {
	switch f.op {
	case websocket.OpPing:
		s.pings = append(s.pings, bytes.Clone(f.payload))
	case websocket.OpPong:
	case websocket.OpClose:
		s.closed = &closing{}
		if code, reason, err := websocket.ParseClose(f.payload); err == nil && code != websocket.NoStatus {
			s.closed.code, s.closed.reason = protocol.CloseCode(code), reason
		}
	default:
		if s.begun != (f.op == websocket.OpContinuation) {
			return errOrder
		}
		// What a message is shows at its beginning; it is there with its end.
		if !s.begun {
			s.stamp, s.fragment = s.delivery(f.payload)
		}
		s.begun = !f.final
		if f.final && s.fragment {
			s.note(s.stamp, now, d)
		}
	}
	return nil
}

const (
	v1Message  = `{"type":"message",`
	v1Error    = `{"type":"error",`
	plainError = `{"Error":`
)

// delivery says whether a message is one of the run's. It takes an error, too.
func (s *scanner) delivery(message []byte) (stamp, bool) {
	if s.dialect == protocol.V1 {
		if string(message[:min(len(message), len(v1Message))]) != v1Message {
			if bytes.HasPrefix(message, []byte(v1Error)) {
				e := new(protocol.Error)
				if json.Unmarshal(message, e) != nil {
					e.Code = "unreadable"
				}
				s.refused = append(s.refused, e)
			}
			return stamp{}, false
		}
		return s.stamps.find(message)
	}
	found, ok := s.stamps.find(message)
	if !ok && bytes.HasPrefix(message, []byte(plainError)) {
		s.refused = append(s.refused, readPlainError(message))
	}
	return found, ok
}

// readPlainError reads {"Error":"CODE: what is wrong…"}.
func readPlainError(message []byte) *protocol.Error {
	var says struct{ Error string }
	if json.Unmarshal(message, &says) != nil {
		return &protocol.Error{Code: "unreadable"}
	}
	code, text, _ := strings.Cut(says.Error, ": ")
	return &protocol.Error{Code: protocol.ErrorCode(code), Message: text}
}

func (s *scanner) note(m stamp, now int64, d *counterShard) {
	if m.due == probeDue {
		s.probed = true
		return
	}
	if m.sender == s.sender {
		s.own++
	}
	d.countDelivery(m.due, now)
}
