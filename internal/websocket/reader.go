package websocket

import (
	"errors"
	"sync"
)

// Reader turns the bytes that a client sends into messages: it parses frames and
// joins fragments (RFC 6455, section 5.4). It is for one goroutine at a time.
//
// The caller reads from the network into Space, reports the number of bytes to
// Advance, and then calls Next until nothing is complete. A Reader holds a buffer
// only while it has bytes that are not consumed: most connections are silent, and
// there are many.
type Reader struct {
	limit int // bytes in a message

	buf      []byte // nil while there are no bytes
	consumed int    // how much of buf has been returned by Next

	fragmented Opcode // of the message whose fragments are arriving; 0 for none
	fragments  []byte // its payload so far, if it is text…
	size       int    // …and the size of that, whatever its opcode
}

// NewReader returns a Reader of messages of at most limit bytes.
func NewReader(limit int) Reader { return Reader{limit: limit} }

// Message is a control frame, or a complete message with one or more fragments. Of a
// fragmented message that isn't text, the payload is empty.
type Message struct {
	Opcode  Opcode
	Payload []byte // valid until the next call of the Reader
}

// ErrTooLarge means that a message exceeds the limit. The close code is 1009.
var ErrTooLarge = errors.New("the message is too large")

// CloseError is the error for a close frame. Its value is the close code.
type CloseError uint16

func (CloseError) Error() string { return "closed by the client" }

// Next returns the next complete message; ok is false if more bytes must arrive
// first. The error is a [CloseError], a [ProtocolError] or [ErrTooLarge], and final.
func (r *Reader) Next() (m Message, ok bool, err error) {
	for {
		h, payload, ok, err := r.nextFrame()
		switch {
		case !ok || err != nil:
			return Message{}, false, err
		case h.Opcode == OpClose:
			code, _, err := ParseClose(payload)
			if err == nil {
				err = CloseError(code)
			}
			return Message{}, false, err
		case h.Opcode.IsControl(), h.Final && h.Opcode != OpContinuation:
			return Message{h.Opcode, payload}, true, nil
		}
		if h.Opcode != OpContinuation {
			r.fragmented = h.Opcode
		}
		r.size += len(payload)
		if r.fragmented == OpText { // other messages are refused, so their contents don't matter
			r.fragments = append(r.fragments, payload...)
		}
		m := Message{r.fragmented, r.fragments}
		if h.Final {
			r.fragmented, r.fragments, r.size = 0, nil, 0
		}
		// The first fragment of a binary message is reported at once, to be refused.
		if h.Final && m.Opcode == OpText || h.Opcode == OpBinary {
			return m, true, nil
		}
	}
}

// nextFrame consumes one frame and returns its payload unmasked.
func (r *Reader) nextFrame() (h Header, payload []byte, ok bool, err error) {
	b := r.buf[r.consumed:]
	h, size, err := ParseHeader(b, FromClient)
	if err == nil && len(b) >= 2 {
		err = r.validateOrder(Opcode(b[0] & opcodeBits))
	}
	if err != nil || size == 0 {
		return Header{}, nil, false, err
	}
	if !h.Opcode.IsControl() && h.Length > uint64(r.limit-r.size) {
		return Header{}, nil, false, ErrTooLarge
	}
	end := size + int(h.Length)
	if len(b) < end {
		return Header{}, nil, false, nil
	}
	payload = b[size:end]
	mask(payload, h.Key)
	r.consumed += end
	return h, payload, true, nil
}

// validateOrder checks a frame against the fragments before it (RFC 6455, section 5.4).
func (r *Reader) validateOrder(op Opcode) error {
	switch {
	case op == OpContinuation && r.fragmented == 0:
		return ProtocolError("a continuation frame without a message to continue")
	case (op == OpText || op == OpBinary) && r.fragmented != 0:
		return ProtocolError("a new message within the fragments of another")
	}
	return nil
}

// bufferSize is how many bytes are read at once.
const bufferSize = 2 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// Space returns the space to read more bytes into. The caller passes their number to
// Advance.
func (r *Reader) Space() []byte {
	switch {
	case r.buf == nil:
		r.buf = buffers.Get().(*[bufferSize]byte)[:0]
	case r.consumed > 0:
		r.buf, r.consumed = r.buf[:copy(r.buf, r.buf[r.consumed:])], 0
	}
	if len(r.buf) == cap(r.buf) { // a large frame: the buffer grows as its bytes arrive
		grown := append(make([]byte, 0, 2*cap(r.buf)), r.buf...)
		r.release()
		r.buf = grown
	}
	return r.buf[len(r.buf):cap(r.buf)]
}

// Advance says that n bytes were read into Space. With n of 0 or less, it gives back an
// empty buffer.
func (r *Reader) Advance(n int) {
	r.buf = r.buf[:len(r.buf)+max(n, 0)]
	if len(r.buf) == r.consumed {
		r.release()
	}
}

// release gives the buffer back.
func (r *Reader) release() {
	if cap(r.buf) == bufferSize {
		buffers.Put((*[bufferSize]byte)(r.buf[:bufferSize]))
	}
	r.buf, r.consumed = nil, 0
}
