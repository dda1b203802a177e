package bench

import (
	"bytes"
	"encoding/json"
	"strings"

	"snug/internal/websocket"
	"snug/protocol"
)

// scanner reads the frames of one connection, however TCP has split them, and counts the
// deliveries. It belongs to one goroutine.
type scanner struct {
	dialect protocol.Dialect // Plain, V1 or Stream
	sender  int              // the number of the connection's own sender; -1 for none
	stamps  stampFinder

	begun    bool  // a fragmented message has begun
	fragment bool  // it is a delivery
	stamp    stamp // of that message

	// What came for the connection itself; member.answer empties these.
	own     int // how many of its own messages
	pings   [][]byte
	refused []*protocol.Error
	closed  *closing
	probed  bool // see run.awaitPresence
}

// closing is the content of a server's close frame.
type closing struct {
	code   protocol.CloseCode
	reason string
}

// scan counts the deliveries in data, which was received at now, in shard. It returns the
// length of the complete frames in data, and the least length of the next frame. The error
// says how the server breaks the protocol; nothing more can be read after it.
func (s *scanner) scan(data []byte, now int64, shard *counterShard) (used, next int, err error) {
	if s.dialect == protocol.Stream {
		return s.scanStream(data, now, shard)
	}
	for {
		f, size, err := cutFrame(data[used:])
		if err != nil || size > len(data)-used {
			return used, size, err
		}
		used += size
		if f.op == websocket.OpText && f.final && !s.begun { // nearly all of them
			if stamp, ok := s.delivery(f.payload); ok {
				s.count(stamp, now, shard)
			}
			continue
		}
		if err := s.scanOther(f, now, shard); err != nil {
			return used, 0, err
		}
	}
}

// scanOther handles a frame that isn't a complete text message.
func (s *scanner) scanOther(f frame, now int64, shard *counterShard) error {
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
		// The beginning of a message shows what it is; its end is when it has arrived.
		if !s.begun {
			s.stamp, s.fragment = s.delivery(f.payload)
		}
		s.begun = !f.final
		if f.final && s.fragment {
			s.count(s.stamp, now, shard)
		}
	}
	return nil
}

const (
	v1Message  = `{"type":"message",`
	v1Error    = `{"type":"error",`
	plainError = `{"Error":`
)

// delivery returns the stamp of a message, and reports whether it has one, so that it is a
// delivery of this run. It also records errors from the server.
func (s *scanner) delivery(message []byte) (stamp, bool) {
	if s.dialect != protocol.Plain {
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

// count counts a delivery at now.
func (s *scanner) count(m stamp, now int64, shard *counterShard) {
	if m.due == probeDue {
		s.probed = true
		return
	}
	if m.sender == s.sender {
		s.own++
	}
	shard.countDelivery(m.due, now)
}
