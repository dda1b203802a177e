package bench

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"

	"snug/protocol"
)

func TestWhatIsStampedIsRead(t *testing.T) {
	for _, want := range []stamp{{}, {1, 2}, {9_999_999_999_999_999, 99_999_999}, {1_020_304_050_607_080, 12_345_678}} {
		if got, ok := readStamp(want.append(nil)); !ok || got != want {
			t.Errorf("%+v is read as %+v, %v", want, got, ok)
		}
	}
	for _, wrong := range []string{"", "~", "~0000000000000001.0000000", "~000000000000000x.00000001", "~0000000000000001,00000001", "~0000000000000001.0000000x", "~0000000x00000001.00000001"} {
		if got, ok := readStamp([]byte(wrong)); ok {
			t.Errorf("%q is read as %+v", wrong, got)
		}
	}
}

// unmask is a server's reading of one client frame.
func unmask(t *testing.T, frame []byte) []byte {
	t.Helper()
	if frame[0] != 0x81 || frame[1]&0x80 == 0 {
		t.Fatalf("the frame begins with % x", frame[:2])
	}
	n, at := int(frame[1]&0x7F), 2
	switch n {
	case 126:
		n, at = int(binary.BigEndian.Uint16(frame[2:])), 4
	case 127:
		n, at = int(binary.BigEndian.Uint64(frame[2:])), 10
	}
	key, payload := frame[at:at+4], bytes.Clone(frame[at+4:])
	if len(payload) != n {
		t.Fatalf("the frame says %d bytes and has %d", n, len(payload))
	}
	for i := range payload {
		payload[i] ^= key[i%4]
	}
	return payload
}

func TestAMessageMadeReadyIsTheOneThatItShouldBe(t *testing.T) {
	for _, size := range []int{stampSize, 64, 125, 126, 4000, 70_000} {
		for _, dialect := range []protocol.Dialect{protocol.Plain, protocol.V1} {
			m, err := newMessage(size, dialect, 5, "bench-5")
			if err != nil {
				t.Fatal(err)
			}
			payload := unmask(t, m.append(nil, 1234567, 89))
			var got struct{ Type, ID, Author, Content string }
			if err := json.Unmarshal(payload, &got); err != nil {
				t.Fatalf("%v of %d bytes: %v", dialect, size, err)
			}
			if s, ok := readStamp([]byte(got.Content)); !ok || s != (stamp{1234567, 5}) || len(got.Content) != size {
				t.Errorf("%v of %d bytes: the content has %d, and is stamped %+v", dialect, size, len(got.Content), s)
			}
			if dialect == protocol.V1 && (got.Type != "send" || got.ID != "000000000089") || dialect == protocol.Plain && got.Author != "bench-5" {
				t.Errorf("%v: it is %.200s", dialect, payload)
			}
		}
	}
}
