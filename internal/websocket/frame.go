// Package websocket reads and writes WebSocket frames (RFC 6455) and performs the
// server's part of the opening handshake. It is the one place that knows what a
// frame looks like.
//
// A server encodes each message once and writes the same bytes to many clients, so
// frames are appended to byte slices here, and parsed out of them. The package
// starts no goroutines and does no network I/O, except for the handshake's response.
package websocket

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Opcode is the type of a frame (RFC 6455, section 5.2).
type Opcode byte

// The opcodes.
const (
	OpContinuation Opcode = 0x0
	OpText         Opcode = 0x1
	OpBinary       Opcode = 0x2
	OpClose        Opcode = 0x8
	OpPing         Opcode = 0x9
	OpPong         Opcode = 0xA
)

// IsControl reports whether o is the opcode of a control frame (RFC 6455, section 5.5).
func (o Opcode) IsControl() bool { return o >= OpClose }

const (
	// MaxControlPayload is the largest payload of a control frame, in bytes
	// (RFC 6455, section 5.5).
	MaxControlPayload = 125
	// MaxHeader is the longest header of a frame from a server, in bytes.
	MaxHeader = 10
	// NoStatus is the close code that stands for a close frame without a code. It is
	// never sent (RFC 6455, section 7.4.1).
	NoStatus = 1005
)

// The bits of the first two bytes of a frame (RFC 6455, section 5.2).
const (
	finalBit     = 0x80
	reservedBits = 0x70
	opcodeBits   = 0x0F
	maskBit      = 0x80
	lengthBits   = 0x7F
)

// AppendFrame appends payload to dst as one final, unmasked frame, which is what a
// server sends (RFC 6455, section 5.1).
func AppendFrame(dst []byte, op Opcode, payload []byte) []byte {
	return append(appendHeader(dst, op, 0, len(payload)), payload...)
}

// AppendMasked appends payload to dst as one final frame masked with key, which is what a
// client sends (RFC 6455, section 5.3).
func AppendMasked(dst []byte, op Opcode, key [4]byte, payload []byte) []byte {
	dst = append(appendHeader(dst, op, maskBit, len(payload)), key[:]...)
	start := len(dst)
	dst = append(dst, payload...)
	mask(dst[start:], key)
	return dst
}

func appendHeader(dst []byte, op Opcode, masked byte, length int) []byte {
	dst = append(dst, finalBit|byte(op))
	switch {
	case length <= 125:
		return append(dst, masked|byte(length))
	case length <= 0xFFFF:
		return binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(length))
	}
	return binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(length))
}

// AppendClose appends a server's close frame to dst (RFC 6455, section 5.5.1). A
// reason that is too long is cut between characters. With [NoStatus], the frame is
// empty.
func AppendClose(dst []byte, code uint16, reason string) []byte {
	if code == NoStatus {
		return AppendFrame(dst, OpClose, nil)
	}
	payload := binary.BigEndian.AppendUint16(make([]byte, 0, MaxControlPayload), code)
	n := min(len(reason), MaxControlPayload-len(payload))
	for 0 < n && n < len(reason) && !utf8.RuneStart(reason[n]) {
		n-- // half a character is not UTF-8, which browsers treat as a protocol error
	}
	payload = append(payload, reason[:n]...)
	return AppendFrame(dst, OpClose, payload)
}

// ProtocolError says how a peer violates RFC 6455. The connection can't continue;
// its close code is 1002.
type ProtocolError string

func (e ProtocolError) Error() string { return string(e) }

// Sender is the side that a frame comes from.
type Sender bool

// Clients mask their frames, and servers don't (RFC 6455, section 5.1).
const (
	FromClient Sender = true
	FromServer Sender = false
)

// Header is the header of a frame.
type Header struct {
	Final  bool
	Opcode Opcode
	Length uint64  // of the payload, in bytes
	Key    [4]byte // of a client's frame: RFC 6455, section 5.3
}

const errLongLength = ProtocolError("a length must be written in the fewest bytes that can hold it")

// ParseHeader parses the header at the start of b. It returns the header's size in
// bytes, or 0 if b doesn't contain all of it. Violations are reported as soon as the
// bytes that show them are there. The error is a [ProtocolError].
func ParseHeader(b []byte, from Sender) (h Header, size int, err error) {
	if len(b) < 2 {
		return Header{}, 0, nil
	}
	if err := validateHeader(b[0], b[1], from); err != nil {
		return Header{}, 0, err
	}
	h.Final, h.Opcode, h.Length = b[0]&finalBit != 0, Opcode(b[0]&opcodeBits), uint64(b[1]&lengthBits)
	size = 2
	switch h.Length {
	case 126:
		if size = 4; len(b) < size {
			return Header{}, 0, nil
		}
		h.Length = uint64(binary.BigEndian.Uint16(b[2:]))
		if h.Length <= 125 {
			return Header{}, 0, errLongLength
		}
	case 127:
		if size = 10; len(b) < size {
			return Header{}, 0, nil
		}
		h.Length = binary.BigEndian.Uint64(b[2:])
		if h.Length <= 0xFFFF {
			return Header{}, 0, errLongLength
		}
		if h.Length > math.MaxInt64 {
			return Header{}, 0, ProtocolError("the most significant bit of a length must be 0")
		}
	}
	if from == FromClient {
		if len(b) < size+len(h.Key) {
			return Header{}, 0, nil
		}
		size += copy(h.Key[:], b[size:])
	}
	return h, size, nil
}

// validateHeader checks what the first two bytes of a frame say.
func validateHeader(first, second byte, from Sender) error {
	switch {
	case first&reservedBits != 0:
		return ProtocolError("a reserved bit is set, but no extension was negotiated")
	case from == FromClient && second&maskBit == 0:
		return ProtocolError("a client must mask its frames")
	case from == FromServer && second&maskBit != 0:
		return ProtocolError("a server must not mask its frames")
	}
	switch op := Opcode(first & opcodeBits); op {
	case OpContinuation, OpText, OpBinary:
	case OpClose, OpPing, OpPong:
		if first&finalBit == 0 || second&lengthBits > MaxControlPayload {
			return ProtocolError("a control frame must not be fragmented, and has at most 125 bytes")
		}
	default:
		return ProtocolError(fmt.Sprintf("the opcode %#x is reserved", byte(op)))
	}
	return nil
}

// ParseClose returns the code and the reason in the payload of a close frame
// (RFC 6455, sections 5.5.1 and 7.4). An empty payload has the code [NoStatus]. The
// error is a [ProtocolError].
func ParseClose(payload []byte) (code uint16, reason string, err error) {
	if len(payload) == 0 {
		return NoStatus, "", nil
	}
	if len(payload) == 1 {
		return 0, "", ProtocolError("a close code has two bytes")
	}
	code = binary.BigEndian.Uint16(payload)
	switch {
	case code < 1000 || code >= 5000, 1015 <= code && code < 3000, 1004 <= code && code <= 1006:
		return 0, "", ProtocolError(fmt.Sprintf("%d is not a close code", code))
	case !utf8.Valid(payload[2:]):
		return 0, "", ProtocolError("the reason of a close frame must be UTF-8")
	}
	return code, string(payload[2:]), nil
}

// mask applies or removes a mask (RFC 6455, section 5.3), eight bytes at a time.
func mask(b []byte, key [4]byte) {
	k := uint64(binary.LittleEndian.Uint32(key[:]))
	k |= k << 32
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^k)
	}
	for i := range b {
		b[i] ^= key[i&3]
	}
}
