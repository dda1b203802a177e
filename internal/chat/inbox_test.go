package chat

import (
	"bytes"
	"errors"
	"testing"

	"snug/protocol"
)

// However the bytes are cut on their way, they are the same messages, or the same
// fault; and a buffer is held only while something is in it.
func FuzzAnInboxDoesNotCareHowBytesCome(f *testing.F) {
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
		whole, wholeErr := take(t, data, len(data)+1)
		cut, cutErr := take(t, data, step)
		if !errors.Is(cutErr, wholeErr) || len(cut) != len(whole) {
			t.Fatalf("%d messages and %v, or %d and %v", len(whole), wholeErr, len(cut), cutErr)
		}
		for i := range whole {
			if whole[i].op != cut[i].op || !bytes.Equal(whole[i].payload, cut[i].payload) {
				t.Errorf("message %d is %v, or %v", i, whole[i], cut[i])
			}
		}
	})
}

// take puts data into an inbox, so many bytes at a time, and takes what is whole.
func take(t *testing.T, data []byte, step int) (all []frame, err error) {
	const most = 300
	in := inbox{most: most}
	for len(data) > 0 {
		n := copy(in.space(), data[:min(step, len(data))])
		data = data[n:]
		in.came(n)
		for {
			f, ok, err := in.next()
			if err != nil {
				return all, err
			}
			if !ok {
				break
			}
			if len(f.payload) > most || f.op >= protocol.OpClose && len(f.payload) > protocol.MaxControlPayload {
				t.Fatalf("a message of %d bytes came through", len(f.payload))
			}
			all = append(all, frame{f.op, bytes.Clone(f.payload)})
		}
		in.space()
		in.came(0)
		if in.taken != 0 || len(in.buf) == 0 && in.buf != nil {
			t.Fatalf("a buffer of %d bytes is held for %d", cap(in.buf), len(in.buf))
		}
	}
	return all, nil
}
