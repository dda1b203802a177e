package bench

import (
	"bytes"
	"encoding/binary"
)

// A stamp is the beginning of every message's content: when it was due, and who sent it.
//
//	~0000001234567890.00000017
//
// It has no @, after which a server would look for a member's nick in each message. Its
// length is fixed. So a sender changes only the digits of an encoded message, and a receiver
// finds the stamp at the same place as in the message before.
type stamp struct {
	due    int64 // nanoseconds on the run's clock
	sender int
}

const (
	dueDigits    = 16
	senderDigits = 8
	stampSize    = 1 + dueDigits + 1 + senderDigits
)

// appendDigits appends the last n decimal digits of v.
func appendDigits(dst []byte, v uint64, n int) []byte {
	at := len(dst)
	dst = append(dst, "0000000000000000"[:n]...)
	for i := at + n - 1; i >= at; i-- {
		dst[i] = byte('0' + v%10)
		v /= 10
	}
	return dst
}

func (s stamp) append(dst []byte) []byte {
	dst = appendDigits(append(dst, '~'), uint64(s.due), dueDigits)
	return appendDigits(append(dst, '.'), uint64(s.sender), senderDigits)
}

// stampFinder finds stamps in messages. It first looks where the last stamp was, counted
// from the end of the message, because a server's messages differ little.
type stampFinder struct{ fromEnd int }

func (f *stampFinder) find(message []byte) (stamp, bool) {
	if at := len(message) - f.fromEnd; at >= 0 {
		if s, ok := readStamp(message[at:]); ok {
			return s, true
		}
	}
	for at := 0; ; {
		i := bytes.Index(message[at:], []byte(`"~`))
		if i < 0 {
			return stamp{}, false
		}
		at += i + 1
		if s, ok := readStamp(message[at:]); ok {
			f.fromEnd = len(message) - at
			return s, true
		}
	}
}

func readStamp(b []byte) (stamp, bool) {
	if len(b) < stampSize || b[0] != '~' || b[1+dueDigits] != '.' {
		return stamp{}, false
	}
	high, ok1 := eightDigits(b[1:])
	low, ok2 := eightDigits(b[9:])
	sender, ok3 := eightDigits(b[2+dueDigits:])
	return stamp{int64(high*1e8 + low), int(sender)}, ok1 && ok2 && ok3
}

// eightDigits reads eight decimal digits at once: it combines pairs of digits to numbers
// of two digits, pairs of those to four digits, and those to eight. It takes a tenth of
// the time of a loop.
func eightDigits(b []byte) (n uint64, ok bool) {
	v := binary.LittleEndian.Uint64(b)
	if v&0xF0F0F0F0F0F0F0F0 != 0x3030303030303030 {
		return 0, false
	}
	v -= 0x3030303030303030
	v = v*10 + v>>8
	const pairs = 0x000000FF000000FF
	v = (v&pairs*(100+1_000_000<<32) + v>>16&pairs*(1+10_000<<32)) >> 32
	return v, true
}
