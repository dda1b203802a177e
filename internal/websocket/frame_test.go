package websocket

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// vectors are the frames in the protocol's test vectors, which programs in other languages read
// too.
func vectors(t *testing.T) (v struct {
	WebSocket []struct {
		Name    string
		Opcode  Opcode
		Payload struct {
			Hex   string
			Times int
		}
		Header string
	}
	Close []struct {
		Name   string
		Code   uint16
		Reason string
		Frame  string
	}
}) {
	t.Helper()
	data, err := os.ReadFile("../../protocol/testdata/vectors.json")
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil || len(v.WebSocket) == 0 || len(v.Close) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	return v
}

func TestFrameVectors(t *testing.T) {
	for _, v := range vectors(t).WebSocket {
		payload, err := hex.DecodeString(strings.Repeat(v.Payload.Hex, v.Payload.Times))
		if err != nil {
			t.Fatal(err)
		}
		got := AppendFrame(nil, v.Opcode, payload)
		if want := v.Header + hex.EncodeToString(payload); hex.EncodeToString(got) != want {
			t.Errorf("%s: begins with %x, want %s and the payload", v.Name, got[:min(len(got), MaxHeader)], v.Header)
		}
		if h, size, err := ParseHeader(got, FromServer); err != nil || !h.Final || h.Opcode != v.Opcode || int(h.Length) != len(payload) || size != len(got)-len(payload) {
			t.Errorf("%s: parsed as %+v of %d bytes, %v", v.Name, h, size, err)
		}
	}
}

func TestCloseVectors(t *testing.T) {
	for _, v := range vectors(t).Close {
		if got := hex.EncodeToString(AppendClose(nil, v.Code, v.Reason)); got != v.Frame {
			t.Errorf("%s:\n got %s\nwant %s", v.Name, got, v.Frame)
		}
	}
}

func TestFramesAreAppendedWithoutAllocating(t *testing.T) {
	payload := make([]byte, 70_000)
	dst := make([]byte, 0, 100_000)
	if n := testing.AllocsPerRun(100, func() {
		AppendFrame(dst, OpText, payload)
		AppendClose(dst, 1001, "draining")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	for name, appendTo := range map[string]func([]byte) []byte{
		"frame":  func(b []byte) []byte { return AppendFrame(b, OpText, []byte("x")) },
		"masked": func(b []byte) []byte { return AppendMasked(b, OpText, [4]byte{1, 2, 3, 4}, []byte("x")) },
		"close":  func(b []byte) []byte { return AppendClose(b, 1000, "x") },
	} {
		alone := string(appendTo(nil))
		dst := append(make([]byte, 0, 4096), "before"...)
		if got := string(appendTo(dst)); got != "before"+alone || string(dst) != "before" {
			t.Errorf("%s: appended %q, want %q after what was there", name, got, alone)
		}
	}
}

func TestHeadersThatViolateTheProtocol(t *testing.T) {
	for _, c := range []struct {
		name  string
		frame []byte
		from  Sender
		want  string // of the error
	}{
		{"a reserved bit", []byte{0xC1, 0x80}, FromClient, "reserved bit"},
		{"all bits", []byte{0xFF, 0xFF}, FromClient, "reserved bit"},
		{"a reserved opcode", []byte{0x83, 0x80}, FromClient, "opcode 0x3 is reserved"},
		{"a reserved control opcode", []byte{0x8B, 0x80}, FromClient, "opcode 0xb is reserved"},
		{"a long ping", []byte{0x89, 0xFE}, FromClient, "control frame"},
		{"a fragmented close", []byte{0x08, 0x80}, FromClient, "control frame"},
		{"an unmasked client", []byte{0x81, 0x01}, FromClient, "must mask"},
		{"a masked server", []byte{0x81, 0x81}, FromServer, "must not mask"},
		{"two bytes for a length of 125", []byte{0x81, 0xFE, 0, 125}, FromClient, "fewest bytes"},
		{"eight bytes for a length of 65535", []byte{0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, FromClient, "fewest bytes"},
		{"eight bytes for a server's length of 15", []byte{0x81, 127, 0, 0, 0, 0, 0, 0, 0, 15}, FromServer, "fewest bytes"},
		{"a length with its top bit", []byte{0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0xFF, 0xFF}, FromClient, "most significant bit"},
	} {
		if _, _, err := ParseHeader(c.frame, c.from); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestClosePayloads(t *testing.T) {
	for payload, want := range map[string]uint16{ // 0: a violation
		"": NoStatus, "\x03\xe8": 1000, "\x03\xe8bye": 1000, "\x0f\xa0": 4000, "\x13\x87": 4999, "\x03\xf6": 1014,
		"\x03": 0, "\x03\xe7": 0, "\x03\xec": 0, "\x03\xed": 0, "\x03\xee": 0, "\x03\xf7": 0, "\x13\x88": 0, "\x03\xe8\xff": 0,
	} {
		if code, _, err := ParseClose([]byte(payload)); code != want || (err != nil) != (want == 0) {
			t.Errorf("%x: %d, %v; want %d", payload, code, err, want)
		}
	}
}

func FuzzMasked(f *testing.F) {
	f.Add([]byte("hello"), uint32(0x01020304))
	f.Add(bytes.Repeat([]byte("x"), 1000), uint32(0xFFFFFFFF))
	f.Fuzz(func(t *testing.T, payload []byte, k uint32) {
		var key [4]byte
		binary.BigEndian.PutUint32(key[:], k)
		r := NewReader(1 << 20)
		for frame := AppendMasked(nil, OpBinary, key, payload); len(frame) > 0; {
			n := copy(r.Space(), frame)
			r.Advance(n)
			frame = frame[n:]
		}
		m, ok, err := r.Next()
		if err != nil || !ok || m.Opcode != OpBinary || !bytes.Equal(m.Payload, payload) {
			t.Errorf("%d bytes came back as %d, %t, %v", len(payload), len(m.Payload), ok, err)
		}
	})
}

// readFrame reads one unmasked frame as RFC 6455, section 5.2 lays it out.
func readFrame(r io.Reader) (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1])
	switch n {
	case 126:
		var short uint16
		err = binary.Read(r, binary.BigEndian, &short)
		n = uint64(short)
	case 127:
		err = binary.Read(r, binary.BigEndian, &n)
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	return head[0], payload, err
}

func FuzzAppendFrame(f *testing.F) {
	for _, n := range []uint32{0, 1, 125, 126, 127, 65535, 65536, 65537} {
		f.Add(byte(OpText), []byte("a"), n)
	}
	f.Add(byte(OpClose), []byte{3, 0xe8}, uint32(1))
	f.Fuzz(func(t *testing.T, op byte, piece []byte, times uint32) {
		op &= 0xF
		payload := bytes.Repeat(piece, int(times%(1<<17))/max(len(piece), 1))
		written := AppendFrame([]byte("before"), Opcode(op), payload)
		if most := len("before") + MaxHeader + len(payload); len(written) > most {
			t.Errorf("%d bytes, want %d at most", len(written), most)
		}
		written = AppendFrame(written, OpPing, nil) // a length too small or too large would show here
		r := bytes.NewReader(written[len("before"):])
		first, got, err := readFrame(r)
		if err != nil || first != 0x80|op || !bytes.Equal(got, payload) {
			t.Errorf("read %#x and %d bytes, %v, want %#x and %d", first, len(got), err, 0x80|op, len(payload))
		}
		if first, got, err := readFrame(r); err != nil || first != 0x89 || len(got) != 0 || r.Len() != 0 {
			t.Errorf("the next frame reads as %#x, %d bytes, %v; %d are left", first, len(got), err, r.Len())
		}
	})
}

func FuzzAppendClose(f *testing.F) {
	f.Add(uint16(1001), "draining")
	f.Add(uint16(1008), strings.Repeat("é", 62))
	f.Add(uint16(4404), strings.Repeat("\x80", 124))
	f.Fuzz(func(t *testing.T, code uint16, reason string) {
		first, payload, err := readFrame(bytes.NewReader(AppendClose(nil, code, reason)))
		if err != nil || first != 0x88 || len(payload) > MaxControlPayload {
			t.Fatalf("read %#x and %d bytes, %v", first, len(payload), err)
		}
		if code == NoStatus {
			return
		}
		got := string(payload[2:])
		if binary.BigEndian.Uint16(payload) != code || !strings.HasPrefix(reason, got) {
			t.Errorf("read %x, want %d and %q", payload, code, reason)
		}
		if utf8.ValidString(reason) && (!utf8.ValidString(got) || len(reason)-len(got) > max(0, len(reason)-120)) {
			t.Errorf("reason of %d bytes is cut to %d: %q", len(reason), len(got), got)
		}
	})
}

func BenchmarkAppendFrame(b *testing.B) {
	payload := bytes.Repeat([]byte("x"), 200)
	dst := AppendFrame(nil, OpText, payload)
	b.ReportAllocs()
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		dst = AppendFrame(dst[:0], OpText, payload)
	}
}
