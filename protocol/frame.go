package protocol

import (
	"encoding/binary"
	"unicode/utf8"
)

// Opcode is a WebSocket frame's (RFC 6455, section 5.2).
type Opcode byte

// The opcodes that a server writes.
const (
	OpText  Opcode = 0x1
	OpClose Opcode = 0x8
	OpPing  Opcode = 0x9
	OpPong  Opcode = 0xA
)

// MaxControlPayload is how many bytes a close, a ping or a pong may carry
// (RFC 6455, section 5.5).
const MaxControlPayload = 125

// MaxFrameHeader is the longest header that AppendFrame writes.
const MaxFrameHeader = 10

// AppendFrame appends payload as one final, unmasked WebSocket frame, which is
// what a server sends (RFC 6455, section 5.1).
func AppendFrame(dst []byte, op Opcode, payload []byte) []byte {
	const final = 0x80
	dst = append(dst, final|byte(op))
	switch n := len(payload); {
	case n <= 125:
		dst = append(dst, byte(n))
	case n <= 0xFFFF:
		dst = append(dst, 126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, 127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	return append(dst, payload...)
}

// AppendClose appends a close frame (RFC 6455, section 5.5.1). A reason too
// long for one is cut between characters.
func AppendClose(dst []byte, code CloseCode, reason string) []byte {
	if code == CloseNoneGiven {
		return AppendFrame(dst, OpClose, nil)
	}
	payload := binary.BigEndian.AppendUint16(make([]byte, 0, MaxControlPayload), uint16(code))
	n := min(len(reason), MaxControlPayload-len(payload))
	for 0 < n && n < len(reason) && !utf8.RuneStart(reason[n]) {
		n-- // half a character is not UTF-8, and a browser would call it a fault
	}
	payload = append(payload, reason[:n]...)
	return AppendFrame(dst, OpClose, payload)
}
