package websocket

import (
	"bytes"
	"errors"
	"testing"
)

// However the network splits the bytes, they are the same messages, or the same error; and
// a Reader holds a buffer only while there is something in it.
func FuzzReaderIgnoresHowBytesAreSplit(f *testing.F) {
	key := []byte{1, 2, 3, 4}
	frame := func(first byte, payload string) []byte {
		b := append([]byte{first, 0x80 | byte(len(payload))}, key...)
		for i := range len(payload) {
			b = append(b, payload[i]^key[i%4])
		}
		return b
	}
	f.Add(frame(0x81, "hello"), 1)
	f.Add(append(frame(0x01, "hel"), append(frame(0x89, "ping"), frame(0x80, "lo")...)...), 3)
	f.Add(append(frame(0x02, "bin"), append(frame(0x80, "ary"), frame(0x81, "text")...)...), 2)
	f.Add(append(frame(0x81, ""), frame(0x88, "\x03\xe8bye")...), 7)
	f.Add([]byte{0x81, 0xFE, 0x10, 0x00, 1, 2, 3, 4}, 2)
	f.Add([]byte{0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 5)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		if step < 1 {
			return
		}
		whole, wholeErr := readAll(t, data, len(data)+1)
		split, splitErr := readAll(t, data, step)
		if !errors.Is(splitErr, wholeErr) || len(split) != len(whole) {
			t.Fatalf("%d messages and %v, or %d and %v", len(whole), wholeErr, len(split), splitErr)
		}
		for i := range whole {
			if whole[i].Opcode != split[i].Opcode || !bytes.Equal(whole[i].Payload, split[i].Payload) {
				t.Errorf("message %d is %v, or %v", i, whole[i], split[i])
			}
		}
	})
}

// readAll passes data to a Reader, step bytes at a time, and returns the messages.
func readAll(t *testing.T, data []byte, step int) (all []Message, err error) {
	const limit = 300
	r := NewReader(limit)
	for len(data) > 0 {
		n := copy(r.Space(), data[:min(step, len(data))])
		data = data[n:]
		r.Advance(n)
		for {
			m, ok, err := r.Next()
			if err != nil {
				return all, err
			}
			if !ok {
				break
			}
			if len(m.Payload) > limit || m.Opcode.IsControl() && len(m.Payload) > MaxControlPayload {
				t.Fatalf("a message of %d bytes is accepted", len(m.Payload))
			}
			all = append(all, Message{m.Opcode, bytes.Clone(m.Payload)})
		}
		r.Space()
		r.Advance(0)
		if r.consumed != 0 || len(r.buf) == 0 && r.buf != nil {
			t.Fatalf("a buffer of %d bytes is held for %d", cap(r.buf), len(r.buf))
		}
	}
	return all, nil
}
