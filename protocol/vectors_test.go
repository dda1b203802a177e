package protocol

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// vectors is testdata/vectors.json, which tests in other languages use too. The file says
// under "about" what each list means.
type vectors struct {
	About  map[string]string
	Client []struct {
		Name, Frame string
		Command     map[string]any
		Error       *refusal
	}
	Plain []struct {
		Name, Frame string
		Message     *PlainMessage
		Error       *refusal
	}
	PlainOut []struct{ Name, Frame string } `json:"plain_out"`
	Server   []struct{ Name, Means, Frame string }
	Later    []laterVector

	WebSocket, Close json.RawMessage // read by internal/websocket
}

type refusal struct {
	Code    ErrorCode
	ID, Ref string
}

type laterVector struct {
	Name, Means, Frame string
	Seq                uint64
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("testdata/vectors.json: %v", err)
	}
	return v
}

// checkRefusal checks that err is an *Error with the fields of want and a message for a
// person.
func checkRefusal(t *testing.T, err error, want refusal) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want %s", err, want.Code)
	}
	if got := (refusal{e.Code, e.ID, e.Ref}); got != want {
		t.Errorf("refused as %+v (%v), want %+v", got, e, want)
	}
	checkMessage(t, e)
}

// asJSON returns v as any JSON decoder sees it.
func asJSON(t *testing.T, v any) (generic map[string]any) {
	t.Helper()
	data, ok := v.([]byte)
	if !ok {
		var err error
		if data, err = json.Marshal(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(data, &generic); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return generic
}

func TestClientVectors(t *testing.T) {
	for _, v := range readVectors(t).Client {
		t.Run(v.Name, func(t *testing.T) {
			c, err := DecodeCommand([]byte(v.Frame))
			if v.Error != nil {
				checkRefusal(t, err, *v.Error)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := asJSON(t, c); !reflect.DeepEqual(got, v.Command) {
				t.Errorf("means %v, want %v", got, v.Command)
			}
			written, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := DecodeCommand(written); err != nil || !reflect.DeepEqual(again, c) {
				t.Errorf("written as %s it means %+v, %v", written, again, err)
			}
		})
	}
}

func TestPlainVectors(t *testing.T) {
	for _, v := range readVectors(t).Plain {
		t.Run(v.Name, func(t *testing.T) {
			m, err := DecodePlain([]byte(v.Frame))
			if v.Error != nil {
				checkRefusal(t, err, *v.Error)
				return
			}
			if err != nil || m != *v.Message {
				t.Errorf("means %+v, %v, want %+v", m, err, *v.Message)
			}
		})
	}
}

var vectorFramesOut = map[string]func() []byte{
	"message": func() []byte { return AppendPlain(nil, PlainMessage{"client 1", "content1"}) },
	"message with characters that HTML would escape": func() []byte {
		return AppendPlain(nil, PlainMessage{"<b>", `a & b "c" 😀`})
	},
	"error": func() []byte { return AppendPlainError(nil, Errorf(Empty, "a message needs content")) },
}

func TestPlainOutVectors(t *testing.T) {
	vs := readVectors(t).PlainOut
	if len(vs) != len(vectorFramesOut) {
		t.Errorf("%d frames in the file, %d here", len(vs), len(vectorFramesOut))
	}
	for _, v := range vs {
		encode := vectorFramesOut[v.Name]
		if encode == nil {
			t.Errorf("%s: not here", v.Name)
		} else if got := string(encode()); got != v.Frame {
			t.Errorf("%s:\n got %s\nwant %s", v.Name, got, v.Frame)
		}
	}
}

// Otherwise a client that passes the vectors of "later" would have shown nothing.
func TestLaterVectorsAreOfNoEventOfThisVersion(t *testing.T) {
	known := constants(t, "EventType")
	for _, v := range readVectors(t).Later {
		var e struct {
			Type string
			Seq  uint64
			From *Member
		}
		if err := json.Unmarshal([]byte(v.Frame), &e); err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		if known[e.Type] {
			t.Errorf("%s: %s is an event of this version", v.Name, e.Type)
		}
		if e.From == nil {
			e.Seq = 0 // not in the log
		}
		if e.Seq != v.Seq {
			t.Errorf("%s: counts as %d, want %d", v.Name, e.Seq, v.Seq)
		}
	}
}
