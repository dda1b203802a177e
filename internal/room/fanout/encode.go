package fanout

import (
	"snug/internal/journal"
	"snug/internal/websocket"
	"snug/protocol"
)

// encoder writes events as frames. It reuses a buffer between calls, so it belongs to
// one goroutine.
type encoder struct{ payload []byte }

// entry appends the public part of e as a frame of dialect d, or nothing if d
// doesn't show it.
func (c *encoder) entry(dst []byte, d protocol.Dialect, e *journal.Entry) []byte {
	switch d {
	case protocol.V1:
		c.payload = e.AppendJSON(c.payload[:0])
	default:
		c.payload = e.AppendPlain(c.payload[:0])
	}
	if len(c.payload) == 0 {
		return dst
	}
	return websocket.AppendFrame(dst, websocket.OpText, c.payload)
}

// event appends an event that is not in the log as a frame of v1, the only dialect
// that shows any.
func (c *encoder) event(dst []byte, typ protocol.EventType, fields any) []byte {
	c.payload = protocol.AppendEvent(c.payload[:0], typ, fields)
	return websocket.AppendFrame(dst, websocket.OpText, c.payload)
}
