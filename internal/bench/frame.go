package bench

import (
	"encoding/binary"
	"errors"
	"fmt"

	"snug/protocol"
)

// The opcodes that a server may write beside those that Snug's does (RFC 6455,
// section 5.2).
const (
	opContinuation protocol.Opcode = 0x0
	opBinary       protocol.Opcode = 0x2
)

const (
	finalBit = 0x80
	maskBit  = 0x80

	// maxFrame is more than any message of a run needs, and less than would hurt.
	maxFrame = 16 << 20
)

// frame is one WebSocket frame. Its payload lies in the buffer it was read into.
type frame struct {
	op      protocol.Opcode
	final   bool
	payload []byte
}

var (
	errReserved = errors.New("a reserved bit is set in a frame, and no extension was agreed on")
	errMasked   = errors.New("a frame is masked, which a server's must not be")
	errControl  = errors.New("a control frame is in fragments, or longer than 125 bytes")
	errOrder    = errors.New("a continuation without a beginning, or a message within another's fragments")
)

// cutFrame reads the frame at the beginning of data. size is its length in bytes;
// if data has fewer, it isn't whole yet, f is nothing and size is a lower bound.
func cutFrame(data []byte) (f frame, size int, err error) {
	if len(data) < 2 {
		return frame{}, 2, nil
	}
	if data[0]&0x70 != 0 {
		return frame{}, 0, errReserved
	}
	if data[1]&maskBit != 0 {
		return frame{}, 0, errMasked
	}
	f.final, f.op = data[0]&finalBit != 0, protocol.Opcode(data[0]&0x0F)
	head, n := 2, int(data[1])
	switch n {
	case 126:
		if head = 4; len(data) < head {
			return frame{}, head, nil
		}
		n = int(binary.BigEndian.Uint16(data[2:]))
	case 127:
		if head = 10; len(data) < head {
			return frame{}, head, nil
		}
		long := binary.BigEndian.Uint64(data[2:])
		if long > maxFrame {
			return frame{}, 0, fmt.Errorf("a frame has %d bytes: at most %d are taken", long, maxFrame)
		}
		n = int(long)
	}
	switch f.op {
	case protocol.OpText, opBinary, opContinuation:
	case protocol.OpClose, protocol.OpPing, protocol.OpPong:
		if !f.final || n > protocol.MaxControlPayload {
			return frame{}, 0, errControl
		}
	default:
		return frame{}, 0, fmt.Errorf("a frame has the opcode %#x, which means nothing", byte(f.op))
	}
	if size = head + n; len(data) < size {
		return frame{}, size, nil
	}
	f.payload = data[head:size]
	return f, size, nil
}

// maskedFrame is payload as a client's only frame (RFC 6455, section 5.3).
func maskedFrame(op protocol.Opcode, key [4]byte, payload []byte) []byte {
	dst := append(make([]byte, 0, 14+len(payload)), finalBit|byte(op))
	switch n := len(payload); {
	case n <= 125:
		dst = append(dst, maskBit|byte(n))
	case n <= 0xFFFF:
		dst = binary.BigEndian.AppendUint16(append(dst, maskBit|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, maskBit|127), uint64(n))
	}
	dst = append(dst, key[:]...)
	at := len(dst)
	dst = append(dst, payload...)
	for i := range payload {
		dst[at+i] ^= key[i&3]
	}
	return dst
}
