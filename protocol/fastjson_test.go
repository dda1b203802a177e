package protocol

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

// The fast functions read and write what encoding/json reads and writes.
func FuzzQuickIsTheSame(f *testing.F) {
	for _, v := range readVectors(f).Client {
		f.Add([]byte(v.Frame))
	}
	for _, s := range []string{
		`{"Author":"ann","Content":"hi"}`, ` { "Author" : "ann" , "Content" : "" } `, `{"Content":"a","Content":"b"}`,
		`{"content":"é\u2028\ufffd\u007f<&>"}`, `{"":"x"}`, "\u009f\u0080\u00a0", `{"content":"a",}`, `{"content":"a"}}`, `{}`, `{"type":"send"`, "{\"content\":\"\u2029\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			return
		}
		if v, ok := plainNames.readStrings(data); ok {
			var m PlainMessage
			if e := DecodeObject(data, &m); e != nil || m.Author != string(v[0]) || m.Content != string(v[1]) {
				t.Errorf("%s is %q, not %+v, %v", data, v, m, e)
			}
		}
		if v, ok := sendNames.readStrings(data); ok {
			var c Command
			if e := DecodeObject(data, &c); e != nil || string(c.Type) != string(v[0]) || c.ID != string(v[1]) || c.Content != string(v[2]) {
				t.Errorf("%s is %q, not %+v, %v", data, v, c, e)
			}
		}
		s := string(data)
		if quick, slow := appendString(nil, s), appendValue(nil, s); !bytes.Equal(quick, slow) {
			t.Errorf("%q is written %s, not %s", s, quick, slow)
		}
		from := Member{Member: s, Nick: s, Role: Role(s), Guest: len(s)%2 == 0}
		if quick, slow := from.append(nil), appendValue(nil, from); !bytes.Equal(quick, slow) {
			t.Errorf("a member is written %s, not %s", quick, slow)
		}
		b := MessageBody{Content: s}
		if quick, slow := b.Encode(), appendValue(nil, b); !bytes.Equal(quick, slow) {
			t.Errorf("a body is written %s, not %s", quick, slow)
		}
		e := Event{Type: EventMessage, From: from, Body: b.Encode()}
		if quick, slow := e.AppendPlain(nil, "lobby"), appendValue(nil, PlainMessage{s, s}); !bytes.Equal(quick, slow) {
			t.Errorf("an event is written %s, not %s", quick, slow)
		}
		if back, err := e.Message(); err != nil || !reflect.DeepEqual(back, b) {
			t.Errorf("%s is read as %+v, %v", b.Encode(), back, err)
		}
		m := PlainMessage{s, s}
		if quick, slow := AppendPlain(nil, m), appendValue(nil, m); !bytes.Equal(quick, slow) || !json.Valid(quick) {
			t.Errorf("a plain message is written %s, not %s", quick, slow)
		}
	})
}

func TestMessagesAreReadAndWrittenWithFewAllocations(t *testing.T) {
	e := message(41, "0190a1b2-7c3d-7e4f-8a5b", MessageBody{Content: "hello"})
	dst := make([]byte, 0, 1024)
	for what, c := range map[string]struct {
		most float64
		do   func()
	}{
		"a plain frame":         {2, func() { _, _ = DecodePlain(benchPlain) }}, // its strings
		"a send":                {2, func() { _, _ = DecodeCommand(benchSend) }},
		"an event, written":     {0, func() { e.AppendJSON(dst) }},
		"a plain one, written":  {0, func() { e.AppendPlain(dst, "lobby") }},
		"a message's own words": {1, func() { _, _ = e.Message() }},
	} {
		if n := testing.AllocsPerRun(100, c.do); n > c.most {
			t.Errorf("%s: %v allocations, want %v at the most", what, n, c.most)
		}
	}
}
