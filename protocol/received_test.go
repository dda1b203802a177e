package protocol

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// typeOf returns the event type of a decoded event that is not in the log.
func typeOf(e any) EventType {
	name := reflect.TypeOf(e).Elem().Name()
	return EventType(strings.ToLower(name))
}

func TestServerFramesComeBackAsTheyWereWritten(t *testing.T) {
	for _, v := range readVectors(t).Server {
		t.Run(v.Name, func(t *testing.T) {
			got, err := DecodeEvent([]byte(v.Frame))
			if err != nil {
				t.Fatal(err)
			}
			var again []byte
			switch e := got.(type) {
			case nil:
				t.Fatal("passed over")
			case *Event:
				again = e.AppendJSON(nil)
			case *Error:
				again = AppendError(nil, e)
			default:
				again = AppendEvent(nil, typeOf(e), e)
			}
			if string(again) != v.Frame {
				// A page is written by AppendHistory; through encoding/json < is \u003c.
				if h, ok := got.(*History); !ok || string(AppendHistory(nil, h.Ref, h.Events, h.More)) != v.Frame {
					t.Errorf("read as %+v, which is\n     %s\nwant %s", got, again, v.Frame)
				}
			}
		})
	}
}

func TestFramesOfLaterVersionsCountAsTheProtocolSays(t *testing.T) {
	for _, v := range readVectors(t).Later {
		t.Run(v.Name, func(t *testing.T) {
			got, err := DecodeEvent([]byte(v.Frame))
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := got.(*Event); ok != (v.Seq != 0) || ok && e.Seq != v.Seq || !ok && got != nil {
				t.Errorf("read as %+v, want it to count as %d", got, v.Seq)
			}
		})
	}
}

func TestEventComesBack(t *testing.T) {
	for name, want := range map[string]Event{
		"message":    message(1, `"\ <`, MessageBody{Content: "a \u2028 <b> & \" \x00 😀", ReplyTo: MaxSeq}),
		"erased":     message(2, "x", MessageBody{Deleted: true}),
		"bare":       {Type: EventMessage, Seq: 3, ID: "y", At: at("2026-03-01T12:00:00Z"), From: guest, Body: json.RawMessage(`{}`)},
		"of a later": {Type: "sparkled", Seq: MaxSeq, ID: "z", At: at("2026-03-01T12:00:00.001Z"), From: bob, Target: 7, Body: json.RawMessage(`{"a":null,"b":[1,{"seq":2}]}`)},
		// In a later version, a target may be more than a number.
		"target": {Type: "sparkled", Seq: 4, ID: "z", At: at("2026-03-01T12:00:00Z"), From: bob, Body: json.RawMessage(`{"target":{"from":1}}`)},
	} {
		t.Run(name, func(t *testing.T) {
			want.At = want.At.UTC().Truncate(1e6)
			frame := want.AppendJSON(nil)
			got, err := DecodeEvent(frame)
			if err != nil || !reflect.DeepEqual(got, &want) {
				t.Errorf("%s\nis read as %+v, %v\nwant       %+v", frame, got, err, want)
			}
			marshalled, err := json.Marshal([]Event{want})
			if err != nil {
				t.Fatal(err)
			}
			var all []Event
			if err := json.Unmarshal(marshalled, &all); err != nil {
				t.Fatal(err)
			}
			if b, err := all[0].Message(); err != nil || want.Type == EventMessage && len(all) != 1 {
				t.Errorf("through encoding/json: %+v, %v", b, err)
			}
			if all[0].Seq != want.Seq || !all[0].At.Equal(want.At) || all[0].From != want.From {
				t.Errorf("through encoding/json: %+v, want %+v", all[0], want)
			}
		})
	}
}

func TestFramesThatNoServerSendsAreErrors(t *testing.T) {
	for _, frame := range []string{
		``, `null`, `[]`, `{`, `{"type":1}`, `{}{}`, `{"type":"welcome","head":"x"}`,
		`{"type":"message","seq":-1,"from":{}}`, `{"type":"message","seq":1,"from":[]}`, `{"type":"message","seq":1,"from":{},"at":"now"}`,
		`{"type":"history","events":[1]}`, `{"type":"error","code":1}`,
	} {
		if e, err := DecodeEvent([]byte(frame)); err == nil {
			t.Errorf("%s is read as %+v", frame, e)
		}
	}
}

func FuzzDecodeEvent(f *testing.F) {
	for _, v := range readVectors(f).Server {
		f.Add([]byte(v.Frame))
	}
	for _, v := range readVectors(f).Later {
		f.Add([]byte(v.Frame))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := DecodeEvent(data)
		e, ok := got.(*Event)
		if err != nil || !ok {
			return
		}
		if body, err := e.Moderated(); err == nil && (body.Until == nil || body.Until.Year() < 10_000) {
			var again ModeratedBody
			if err := json.Unmarshal(body.Encode(), &again); err != nil || again.Member != body.Member || (again.Until == nil) != (body.Until == nil) {
				t.Errorf("what was moderated is written as %s, which means %+v, %v", body.Encode(), again, err)
			}
		}
		written, err := json.Marshal(e)
		if err != nil {
			return // a type or a year that no server writes
		}
		again, err := DecodeEvent(written)
		if err != nil || again.(*Event).Seq != e.Seq || again.(*Event).From != e.From {
			t.Errorf("written as %s it means %+v, %v, not %+v", written, again, err, e)
		}
	})
}

func TestOfSeveralWrongFieldsTheFirstIsNamed(t *testing.T) {
	for range 20 {
		var e Event
		err := json.Unmarshal([]byte(`{"from":1,"at":1,"id":1,"seq":"1","type":"message"}`), &e)
		if err == nil || !strings.HasPrefix(err.Error(), `"seq": `) {
			t.Fatalf("it says: %v", err)
		}
	}
}
