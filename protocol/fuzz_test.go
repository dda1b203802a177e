package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func FuzzDecodeCommand(f *testing.F) {
	for _, v := range readVectors(f).Client {
		f.Add([]byte(v.Frame))
	}
	f.Add([]byte(set(`"topic":"tea","locked":true,"password":"x","slow_ms":3600000`)))
	f.Add([]byte(moderate("ban", `"reason":"spam","seconds":315360000,"role":"owner"`)))
	f.Add([]byte(sendWith(`"y":` + strings.Repeat("[", 100) + strings.Repeat("]", 100))))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			t.Skip() // the caller checks that: RFC 6455, section 8.1
		}
		c, err := DecodeCommand(data)
		if err != nil {
			e := asRefusal(t, err)
			if checkLabel("id", e.ID) != nil || checkLabel("ref", e.Ref) != nil {
				t.Errorf("echoed id %q, ref %q", e.ID, e.Ref)
			}
			if !json.Valid(AppendError(nil, e)) {
				t.Errorf("%v isn't written as JSON", e)
			}
			return
		}
		if !bounded(&c) {
			t.Errorf("out of bounds: %+v", c)
		}
		written, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeCommand(written)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("written as %s it means %+v, %v, not %+v", written, again, err, c)
		}
	})
}

// bounded reports whether what counts of a command is within the protocol's bounds.
func bounded(c *Command) bool {
	chars := func(s *string) int {
		if s == nil {
			return 0
		}
		return utf8.RuneCountInString(*s)
	}
	if len(c.ID) > MaxIDChars || len(c.Ref) > MaxIDChars || c.Type.Logged() && c.ID == "" {
		return false
	}
	switch c.Type {
	case CommandSend:
		return c.ReplyTo <= MaxSeq
	case CommandEdit, CommandDelete:
		return 0 < c.Seq && c.Seq <= MaxSeq
	case CommandReact:
		return 0 < c.Seq && c.Seq <= MaxSeq && c.Emoji != "" && chars(&c.Emoji) <= MaxEmojiChars
	case CommandKick, CommandBan, CommandUnban, CommandRole, CommandRevoke:
		return c.Member != "" && len(c.Member) <= MaxIDChars && chars(&c.Reason) <= MaxReasonChars &&
			(c.Seconds == nil || 0 < *c.Seconds && *c.Seconds <= int64(MaxBan.Seconds())) &&
			(c.Type != CommandRole || c.Role != "")
	case CommandSet:
		return chars(c.Topic) <= MaxTopicChars && chars(c.Password) <= MaxPasswordChars &&
			(c.SlowMS == nil || 0 <= *c.SlowMS && *c.SlowMS <= MaxSlow.Milliseconds())
	}
	return true
}

// asRefusal returns err as what a decoder may return, with a message for a person.
func asRefusal(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *Error", err)
	}
	checkMessage(t, e)
	return e
}

func FuzzDecodePlain(f *testing.F) {
	for _, v := range readVectors(f).Plain {
		f.Add([]byte(v.Frame))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			t.Skip()
		}
		m, err := DecodePlain(data)
		if err != nil {
			e := asRefusal(t, err)
			if !json.Valid(AppendPlainError(nil, e)) {
				t.Errorf("%v isn't written as JSON", e)
			}
			return
		}
		written := AppendPlain(nil, m)
		if bytes.ContainsAny(written, "\r\n") {
			t.Errorf("written on more than one line: %s", written)
		}
		if again, err := DecodePlain(written); err != nil || again != m {
			t.Errorf("written as %s it means %+v, %v, not %+v", written, again, err, m)
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
		wire := AppendFrame([]byte("before"), Opcode(op), payload)
		if most := len("before") + MaxFrameHeader + len(payload); len(wire) > most {
			t.Errorf("%d bytes, want %d at most", len(wire), most)
		}
		wire = AppendFrame(wire, OpPing, nil) // a length too small or too large would show here
		r := bytes.NewReader(wire[len("before"):])
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
		first, payload, err := readFrame(bytes.NewReader(AppendClose(nil, CloseCode(code), reason)))
		if err != nil || first != 0x88 || len(payload) > MaxControlPayload {
			t.Fatalf("read %#x and %d bytes, %v", first, len(payload), err)
		}
		if code == uint16(CloseNoneGiven) {
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

// utf16Units decodes a JSON string the way a language with UTF-16 strings
// does, one unit after another, knowing nothing of pairs.
func utf16Units(literal string) []uint16 {
	var units []uint16
	for s := literal[1 : len(literal)-1]; s != ""; {
		switch {
		case strings.HasPrefix(s, `\u`):
			unit, err := strconv.ParseUint(s[2:6], 16, 16)
			if err != nil {
				panic(err)
			}
			units, s = append(units, uint16(unit)), s[6:]
		case s[0] == '\\':
			units, s = append(units, uint16(s[1])), s[2:] // which character it stands for is all one here
		default:
			r, n := utf8.DecodeRuneInString(s)
			units, s = utf16.AppendRune(units, r), s[n:]
		}
	}
	return units
}

func FuzzLoneSurrogate(f *testing.F) {
	for _, s := range []string{``, `a`, `\ud83d\ude00`, `\ude00\ud83d`, `\\ud83d`, `\\\ud83d`, `\ud83d\\ude00`, `\uDBFF\uDFFF`, `\ud83d😀`, `\ufffd`, `\n\ud83d\n`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		literal := `"` + s + `"`
		if !utf8.ValidString(s) || !json.Valid([]byte(literal)) {
			return
		}
		units := utf16Units(literal)
		want := !slices.Equal(utf16.Encode(utf16.Decode(units)), units) // half a pair comes back as U+FFFD
		for _, frame := range []string{literal, `{` + literal + `:1}`, `{"x":` + literal + `,"y":"z"}`} {
			if got := loneSurrogate([]byte(frame)); got != want {
				t.Errorf("%s: %t, want %t", frame, got, want)
			}
		}
	})
}
