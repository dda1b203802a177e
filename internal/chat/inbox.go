package chat

import (
	"encoding/binary"
	"errors"
	"sync"
	"unicode/utf8"

	"snug/protocol"
)

// inbox is what has come from a client and hasn't been carried out: bytes, which it
// cuts into frames, and fragments, which it puts together (RFC 6455, section 5).
// It belongs to the reader. While nothing waits in it, it has no buffer: most
// connections are silent, and there are many.
type inbox struct {
	most  int    // bytes of a message
	buf   []byte // nil while nothing waits
	taken int    // how much of buf is done with

	begun   protocol.Opcode // of a message in fragments; 0 for none
	message []byte          // what has come of it, if it is text…
	size    int             // …and how much that is, whatever it is
}

// frame is one of a client's frames, or all fragments of a text. Its payload is the
// inbox's until more is read into that.
type frame struct {
	op      protocol.Opcode
	payload []byte
}

// Opcodes that a server doesn't write.
const (
	opContinuation protocol.Opcode = 0x0
	opBinary       protocol.Opcode = 0x2
)

// The bits of a frame's first two bytes.
const (
	finalBit     = 0x80
	reservedBits = 0x70
	opcodeBits   = 0x0F
	maskBit      = 0x80
	lengthBits   = 0x7F
)

// brokenError says how a client breaks the protocol of WebSockets.
type brokenError string

func (e brokenError) Error() string { return string(e) }

// closedError is a client's close frame.
type closedError protocol.CloseCode

func (closedError) Error() string { return "closed by the client" }

var errTooBig = errors.New("a frame beyond the limit")

// next returns what is whole in the inbox; ok is false if more must come first.
func (in *inbox) next() (f frame, ok bool, err error) {
	for {
		final, op, payload, ok, err := in.cut()
		switch {
		case !ok || err != nil:
			return frame{}, false, err
		case op == protocol.OpClose:
			return frame{}, false, closing(payload)
		case op == protocol.OpPing, op == protocol.OpPong, final && op != opContinuation:
			return frame{op, payload}, true, nil
		}
		if op != opContinuation {
			in.begun = op
		}
		in.size += len(payload)
		if in.begun == protocol.OpText { // whatever else is passed over
			in.message = append(in.message, payload...)
		}
		begun, message := in.begun, in.message
		if final {
			in.begun, in.message, in.size = 0, nil, 0
		}
		if final && begun == protocol.OpText || op == opBinary {
			return frame{begun, message}, true, nil
		}
	}
}

// cut takes one frame out of the inbox, unmasked.
func (in *inbox) cut() (final bool, op protocol.Opcode, payload []byte, ok bool, err error) {
	const key = 4
	b := in.buf[in.taken:]
	if len(b) < 2 {
		return false, 0, nil, false, nil
	}
	final, op = b[0]&finalBit != 0, protocol.Opcode(b[0]&opcodeBits)
	head, size := 2+key, uint64(b[1]&lengthBits)
	if err := in.lawful(b, final, op, size); err != nil {
		return false, 0, nil, false, err
	}
	switch {
	case size == 126 && len(b) >= 4:
		head, size = 4+key, uint64(binary.BigEndian.Uint16(b[2:]))
	case size == 127 && len(b) >= 10:
		head, size = 10+key, binary.BigEndian.Uint64(b[2:])
	case size > 125:
		return false, 0, nil, false, nil
	}
	if op < protocol.OpClose && size > uint64(in.most-in.size) {
		return false, 0, nil, false, errTooBig
	}
	end := head + int(size)
	if len(b) < end {
		return false, 0, nil, false, nil
	}
	payload = b[head:end]
	unmask(payload, [key]byte(b[head-key:head]))
	in.taken += end
	return final, op, payload, true, nil
}

// lawful checks what the first two bytes of a frame say.
func (in *inbox) lawful(b []byte, final bool, op protocol.Opcode, size uint64) error {
	switch {
	case b[0]&reservedBits != 0:
		return brokenError("a reserved bit is set, and no extension was agreed on")
	case b[1]&maskBit == 0:
		return brokenError("a client's frames are masked")
	}
	switch op {
	case protocol.OpClose, protocol.OpPing, protocol.OpPong:
		if !final || size > protocol.MaxControlPayload {
			return brokenError("a control frame is whole, and of 125 bytes at the most")
		}
	case protocol.OpText, opBinary:
		if in.begun != 0 {
			return brokenError("a message has begun within the fragments of another")
		}
	case opContinuation:
		if in.begun == 0 {
			return brokenError("a continuation of nothing")
		}
	default:
		return brokenError("an opcode that means nothing")
	}
	return nil
}

// closing is a close frame's error (RFC 6455, sections 5.5.1 and 7.4).
func closing(payload []byte) error {
	if len(payload) == 0 {
		return closedError(protocol.CloseNoneGiven)
	}
	if len(payload) == 1 {
		return brokenError("a close code has two bytes")
	}
	code := protocol.CloseCode(binary.BigEndian.Uint16(payload))
	switch {
	case code < 1000 || code >= 5000, 1015 <= code && code < 3000, 1004 <= code && code <= 1006:
		return brokenError("a close code that is none")
	case !utf8.Valid(payload[2:]):
		return brokenError("the reason of a close is UTF-8")
	}
	return closedError(code)
}

// unmask takes the mask off (RFC 6455, section 5.3), eight bytes at a time.
func unmask(b []byte, key [4]byte) {
	k := uint64(binary.LittleEndian.Uint32(key[:]))
	k |= k << 32
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^k)
	}
	for i := range b {
		b[i] ^= key[i&3]
	}
}

// readBuffer is how much is read at once.
const readBuffer = 2 << 10

// readBuffers are what is read into.
var readBuffers = sync.Pool{New: func() any { return new([readBuffer]byte) }}

// space returns where to read more into; came says how much of it was.
func (in *inbox) space() []byte {
	switch {
	case in.buf == nil:
		in.buf = readBuffers.Get().(*[readBuffer]byte)[:0]
	case in.taken > 0:
		in.buf, in.taken = in.buf[:copy(in.buf, in.buf[in.taken:])], 0
	}
	if len(in.buf) == cap(in.buf) { // a large frame: it grows as its bytes come
		grown := append(make([]byte, 0, 2*cap(in.buf)), in.buf...)
		in.free()
		in.buf = grown
	}
	return in.buf[len(in.buf):cap(in.buf)]
}

func (in *inbox) came(n int) {
	in.buf = in.buf[:len(in.buf)+max(n, 0)]
	if len(in.buf) == in.taken {
		in.free()
	}
}

// free gives the buffer back.
func (in *inbox) free() {
	if cap(in.buf) == readBuffer {
		readBuffers.Put((*[readBuffer]byte)(in.buf[:readBuffer]))
	}
	in.buf, in.taken = nil, 0
}
