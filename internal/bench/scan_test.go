package bench

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"snug/internal/eventstream"
	"snug/internal/websocket"
	"snug/protocol"
)

func testShard() *counterShard { return &counterShard{to: math.MaxInt64, counters: newCounters()} }

func text(payload string) []byte {
	return websocket.AppendFrame(nil, websocket.OpText, []byte(payload))
}

// fragment is a text message's frame that isn't its last, or isn't its first.
func fragment(op websocket.Opcode, final bool, payload string) []byte {
	f := websocket.AppendFrame(nil, op, []byte(payload))
	if !final {
		f[0] &^= 0x80
	}
	return f
}

func content(sender int, size int) string {
	c := string(stamp{due: 1_234_567_890_123, sender: sender}.append(nil))
	return c + strings.Repeat("x", max(0, size-len(c)))
}

func v1Said(sender, size int) string {
	return `{"type":"message","seq":7,"id":"1","at":"2026-01-01T00:00:00.000Z","from":{"member":"m","nick":"@n","role":"member"},"content":"` + content(sender, size) + `"}`
}

func plainSaid(sender, size int) string {
	return `{"Author":"@n","Content":"` + content(sender, size) + `"}`
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// found is the result of a scan.
type found struct {
	deliveries         int64
	own, pings, closed int
	refused            string
	failed             bool
}

// scanAll scans data cut at the places that cut says.
func scanAll(dialect protocol.Dialect, data []byte, cut func(left int) int) (f found) {
	s := scanner{dialect: dialect, sender: 3}
	d := testShard()
	var rest []byte
	for len(data) > 0 {
		n := min(max(cut(len(data)), 1), len(data))
		rest = append(rest, data[:n]...)
		data = data[n:]
		used, _, err := s.scan(rest, 2_000_000_000_000, d)
		rest = rest[used:]
		if err != nil {
			f.failed = true
			break
		}
	}
	f.deliveries, f.own, f.pings = d.deliveries, s.own, len(s.pings)
	for _, e := range s.refused {
		f.refused += string(e.Code) + " "
	}
	if s.closed != nil {
		f.closed = int(s.closed.code)
	}
	return f
}

func whole(left int) int { return left }

func event(name, data string) string {
	return string(eventstream.AppendAt(nil, "epoch", 7, eventstream.Event{Type: name, Data: []byte(data)}))
}

var streams = []struct {
	name    string
	dialect protocol.Dialect
	data    []byte
	want    found
}{
	{"messages of v1", protocol.V1, join(text(v1Said(3, 64)), text(v1Said(4, 64)), text(v1Said(3, 70_000)), text(v1Said(4, 26))), found{deliveries: 4, own: 2}},
	{"messages of plain", protocol.Plain, join(text(plainSaid(3, 30)), text(plainSaid(4, 64)), text(plainSaid(3, 70_000))), found{deliveries: 3, own: 2}},
	{"plain with its fields the other way round", protocol.Plain, text(`{"Content":"` + content(3, 64) + `","Author":"~n"}`), found{deliveries: 1, own: 1}},
	{"presence is no delivery", protocol.V1, join(
		text(`{"type":"joined","member":"m","nick":"n","role":"member","count":2}`),
		text(`{"type":"ack","id":"1","seq":1,"duplicate":true}`),
		text(`{"type":"crowd","count":300}`),
		text(v1Said(1, 64))), found{deliveries: 1}},
	{"another's message", protocol.Plain, text(`{"Author":"ann","Content":"~home.now"}`), found{}},
	{"an error of v1", protocol.V1, text(`{"type":"error","code":"rate-limited","message":"too fast","id":"1","retry_after_ms":70}`), found{refused: "rate-limited "}},
	{"an error of plain", protocol.Plain, text(`{"Error":"rate-limited: too fast"}`), found{refused: "rate-limited "}},
	{"an error that isn't JSON", protocol.V1, text(`{"type":"error","code":`), found{refused: "unreadable "}},
	{"pings between", protocol.V1, join(
		websocket.AppendFrame(nil, websocket.OpPing, []byte("a")), text(v1Said(1, 64)),
		websocket.AppendFrame(nil, websocket.OpPong, nil), websocket.AppendFrame(nil, websocket.OpPing, nil)), found{deliveries: 1, pings: 2}},
	{"a message in fragments, a ping among them", protocol.Plain, join(
		fragment(websocket.OpText, false, plainSaid(3, 64)[:60]), websocket.AppendFrame(nil, websocket.OpPing, nil),
		fragment(websocket.OpContinuation, false, "more"), fragment(websocket.OpContinuation, true, plainSaid(3, 64)[60:])), found{deliveries: 1, own: 1, pings: 1}},
	{"a binary message", protocol.Plain, websocket.AppendFrame(nil, websocket.OpBinary, []byte(plainSaid(1, 64))), found{deliveries: 1}},
	{"a close", protocol.V1, websocket.AppendClose(nil, uint16(protocol.ClosePolicy), "why"), found{closed: 1008}},
	{"a stream", protocol.Stream, []byte("retry: 1000\n\n" + event("welcome", `{"type":"welcome"}`) + event("message", v1Said(4, 64)) + eventstream.Heartbeat +
		event("joined", `{"type":"joined"}`) + event("message", v1Said(3, 70_000))), found{deliveries: 2, own: 1}},
	{"an error in a stream", protocol.Stream, []byte(event("error", `{"type":"error","code":"unavailable","message":"come back"}`)), found{refused: "unavailable "}},
	{"half an event", protocol.Stream, []byte(event("message", v1Said(4, 64))[:90]), found{}},
	{"half a message", protocol.V1, text(v1Said(1, 64))[:100], found{}},

	{"a reserved bit", protocol.V1, []byte{0xC1, 0}, found{failed: true}},
	{"an unknown opcode", protocol.V1, []byte{0x83, 0}, found{failed: true}},
	{"a masked frame", protocol.V1, []byte{0x81, 0x80, 1, 2, 3, 4}, found{failed: true}},
	{"a ping in fragments", protocol.V1, []byte{0x09, 0}, found{failed: true}},
	{"a ping of 126 bytes", protocol.V1, []byte{0x89, 126, 0, 126}, found{failed: true}},
	{"a frame of 2^63 bytes", protocol.V1, binary.BigEndian.AppendUint64([]byte{0x81, 127}, 1<<63), found{failed: true}},
	{"a continuation of nothing", protocol.V1, fragment(websocket.OpContinuation, true, ""), found{failed: true}},
	{"a message within another", protocol.V1, join(fragment(websocket.OpText, false, "a"), text("b")), found{failed: true}},
}

func TestEveryCutOfAStreamComesToTheSame(t *testing.T) {
	for _, c := range streams {
		if got := scanAll(c.dialect, c.data, whole); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
		most := 7 // of a long one; a short one byte by byte
		if len(c.data) > 1000 {
			most = 5000
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			if got := scanAll(c.dialect, c.data, func(int) int { return 1 + random.IntN(most) }); got != c.want {
				t.Errorf("%s, in pieces: got %+v, want %+v", c.name, got, c.want)
			}
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, c := range streams {
		f.Add(c.dialect == protocol.V1, c.data, uint64(1))
	}
	f.Fuzz(func(t *testing.T, v1 bool, data []byte, seed uint64) {
		dialect := protocol.Plain
		if v1 {
			dialect = protocol.V1
		}
		random := rand.New(rand.NewPCG(seed, 0))
		all := scanAll(dialect, data, whole)
		cut := scanAll(dialect, data, func(left int) int { return 1 + random.IntN(left) })
		if all != cut {
			t.Errorf("in one piece %+v, in several %+v", all, cut)
		}
	})
}

func TestADeliveryAllocatesNothing(t *testing.T) {
	data := bytes.Repeat(text(v1Said(1, 64)), 100)
	s, d := scanner{dialect: protocol.V1, sender: -1}, testShard()
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := s.scan(data, 2_000_000_000_000, d); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("100 deliveries allocate %v times", n)
	}
}

func BenchmarkScan(b *testing.B) {
	for name, said := range map[string]string{"v1": v1Said(1, 64), "plain": plainSaid(1, 64)} {
		b.Run(name, func(b *testing.B) {
			const frames = 400
			data := bytes.Repeat(text(said), frames)
			s, d := scanner{sender: -1}, testShard()
			if name == "v1" {
				s.dialect = protocol.V1
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if _, _, err := s.scan(data, 1_234_567_990_123+int64(n%1000)*1000, d); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*frames), "ns/delivery")
		})
	}
}
