package jetstream

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
	"snug/protocol"
)

func TestADraftSurvivesTheStream(t *testing.T) {
	digest := journal.Digest{1, 2, 3}
	for name, d := range map[string]journal.Draft{
		"a message":      {Room: "lobby", Once: true, Event: protocol.Event{Type: protocol.EventMessage, ID: "id", Body: []byte(`{"content":"<&>"}`), From: protocol.Member{Member: "ann", Nick: "Ann", Role: protocol.RoleOwner, Guest: true}}},
		"an edit":        {Room: "a.b.*.>", Event: protocol.Event{Type: protocol.EventEdited, Target: 7, Body: []byte(`{}`)}, Private: []byte{0, 255}},
		"with a state":   {Room: "lobby", State: []journal.Change{{Key: "a", Value: []byte("b")}, {Key: "c"}}, If: []journal.Condition{{Key: "a"}}},
		"only if repeat": {Room: "lobby", Once: true, OnlyIfRepeat: true},
		"state only":     {Room: "lobby", StateOnly: true, State: []journal.Change{{Key: "a", Value: []byte("b")}}},
		"close":          {Room: "lobby", Once: true, Close: true},
		"expire":         {Room: "lobby", StateOnly: true, Expire: 90 * time.Second},
		"expire all":     {Room: "lobby", StateOnly: true, Expire: -1},
		"with files":     {Room: "lobby", Files: []string{"A", "B"}},
		"record":         {Room: "lobby", StateOnly: true, Record: &journal.Recording{MaxRoom: 9, File: journal.File{ID: "A", Uploader: "ann", Size: 7, Digest: [32]byte{1, 2}, Info: []byte("{}")}}},
		"drop files":     {Room: "lobby", StateOnly: true, DropFiles: true},
		"not before":     {Room: "lobby", NotBefore: time.UnixMilli(7)},
		"not after":      {Room: "lobby", NotAfter: time.UnixMilli(7)},
	} {
		data, err := encodeDraft(&d, &digest)
		if err != nil {
			t.Fatal(err)
		}
		var placed sqlite.Placed
		if err := decodeDraft(d.Room, data, &placed); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		version := 1
		if d.StateOnly {
			version = 2
		}
		if d.Close || d.Expire != 0 || !d.NotBefore.IsZero() || !d.NotAfter.IsZero() {
			version = 3
		}
		if len(d.Files) > 0 || d.Record != nil || d.DropFiles {
			version = 4
		}
		if !strings.Contains(string(data), fmt.Sprintf(`"v":%d`, version)) {
			t.Errorf("%s: it is %s, want version %d: earlier versions of Snug would do something else with it", name, data, version)
		}
		if d.OnlyIfRepeat {
			// For nodes of a version that doesn't know OnlyIfRepeat.
			if n := len(placed.Draft.If); n != 1 {
				t.Errorf("%s: it has %d conditions, want one that never holds", name, n)
			}
			placed.Draft.If = nil
		}
		if !reflect.DeepEqual(placed.Draft, d) || *placed.Digest != digest {
			t.Errorf("%s: it came back as %+v, was %+v", name, placed, d)
		}
	}
}

func TestAMessageOfALaterVersionIsAnError(t *testing.T) {
	var placed sqlite.Placed
	if err := decodeDraft("lobby", []byte(`{"v":5,"type":"message"}`), &placed); !errors.Is(err, errVersion) {
		t.Errorf("a draft: %v, want errVersion", err)
	}
	if err := decodeControl([]byte(`{"v":5}`), &placed); !errors.Is(err, errVersion) {
		t.Errorf("a control: %v, want errVersion", err)
	}
}

// Other programs may publish anything on the stream's subjects.
func FuzzDecodeMessage(f *testing.F) {
	f.Add("S.control", []byte(`{"v":1,"secret":"AAAA","cuts":[{"room":"a","first":3}]}`))
	f.Add("S.room.DHIN6", []byte(`{"v":1,"type":"message","id":"1","body":"e30=","digest":"AAAA","state":[{"key":"a","value":null}]}`))
	f.Add("S.room.", []byte(`null`))
	s := &stream{name: "S"}
	f.Fuzz(func(t *testing.T, subject string, data []byte) {
		var placed sqlite.Placed
		if err := s.decode(subject, data, &placed); err != nil {
			return
		}
		if placed.Control != nil {
			return
		}
		again, err := encodeDraft(&placed.Draft, placed.Digest)
		if err != nil {
			t.Fatalf("a draft that was decoded can't be encoded: %v", err)
		}
		var second sqlite.Placed
		if err := decodeDraft(placed.Draft.Room, again, &second); err != nil || second.Draft.Event.ID != placed.Draft.Event.ID || string(second.Draft.Event.Body) != string(placed.Draft.Event.Body) {
			t.Fatalf("%+v came back as %+v, %v", placed.Draft, second.Draft, err)
		}
	})
}
