package fanout

import (
	"snug/internal/eventstream"
	"snug/internal/journal"
	"snug/internal/websocket"
	"snug/protocol"
)

// encoder writes events as frames. It reuses a buffer between calls, so it belongs to
// one goroutine.
type encoder struct {
	link    string // to the room
	epoch   string // of the log
	payload []byte
}

// entry appends the public part of e as a frame of dialect d, or nothing if d
// doesn't show it.
func (c *encoder) entry(dst []byte, d protocol.Dialect, e *journal.Entry) []byte {
	if d == protocol.Plain {
		c.payload = e.AppendPlain(c.payload[:0], c.link)
	} else {
		c.payload = e.AppendJSON(c.payload[:0])
	}
	switch {
	case len(c.payload) == 0:
		return dst
	case d.Streamed():
		return eventstream.AppendAt(dst, c.epoch, e.Seq, eventstream.Event{Data: c.payload})
	}
	return websocket.AppendFrame(dst, websocket.OpText, c.payload)
}

// event appends an event that is not in the log as a frame of dialect d, which isn't
// plain.
func (c *encoder) event(dst []byte, d protocol.Dialect, typ protocol.EventType, fields any) []byte {
	c.payload = protocol.AppendEvent(c.payload[:0], typ, fields)
	if d.Streamed() {
		return eventstream.Append(dst, eventstream.Event{Type: string(typ), Data: c.payload})
	}
	return websocket.AppendFrame(dst, websocket.OpText, c.payload)
}

// gap appends a gap event as a frame of dialect d, which isn't plain. A client that has
// seen it continues after it.
func (c *encoder) gap(dst []byte, d protocol.Dialect, gap protocol.Gap) []byte {
	if !d.Streamed() {
		return c.event(dst, d, protocol.EventGap, gap)
	}
	c.payload = protocol.AppendEvent(c.payload[:0], protocol.EventGap, gap)
	return eventstream.AppendAt(dst, c.epoch, gap.Last, eventstream.Event{Type: string(protocol.EventGap), Data: c.payload})
}
