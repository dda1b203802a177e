package client_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"snug/client"
	"snug/protocol"
)

func TestFoldShowsWhatTheLogSays(t *testing.T) {
	type line = client.Line
	at := logged(1, "", "", "").At
	from := func(m string) protocol.Member { return protocol.Member{Member: m, Nick: m, Role: "member"} }
	about := func(seq uint64, typ protocol.EventType, by string, target uint64, body string) protocol.Event {
		return protocol.Event{Type: typ, Seq: seq, At: at, From: from(by), Target: target, Body: json.RawMessage(body)}
	}
	hi := logged(1, "ann", "x", "hi")
	erased := about(1, protocol.EventMessage, "ann", 0, `{"deleted":true}`)
	for _, c := range []struct {
		name string
		log  []protocol.Event
		want []line
	}{
		{"nothing", nil, nil},
		{"messages", []protocol.Event{hi, about(2, "message", "bob", 0, `{"content":"ho","reply_to":1}`)},
			[]line{{Seq: 1, At: at, From: from("ann"), Content: "hi"}, {Seq: 2, At: at, From: from("bob"), Content: "ho", ReplyTo: 1}}},
		{"an imported one", []protocol.Event{about(1, "message", "ann", 0, `{"content":"hi","sent_at":"2019-07-20T20:17:00.000Z"}`)},
			[]line{{Seq: 1, At: time.Date(2019, 7, 20, 20, 17, 0, 0, time.UTC), From: from("ann"), Content: "hi"}}},
		{"an erased one", []protocol.Event{erased}, []line{{Seq: 1, At: at, From: from("ann"), Deleted: true}}},
		{"the same again", []protocol.Event{hi, hi}, []line{{Seq: 1, At: at, From: from("ann"), Content: "hi"}}},
		{"an unknown type", []protocol.Event{hi, about(2, "sparkled", "bob", 1, `{"content":"no"}`)},
			[]line{{Seq: 1, At: at, From: from("ann"), Content: "hi"}}},
		{"an edit", []protocol.Event{hi, about(2, "edited", "ann", 1, `{"content":"ho"}`)},
			[]line{{Seq: 1, At: at, From: from("ann"), Content: "ho", Edited: true}}},
		{"an edit of one that mentions", []protocol.Event{about(1, "message", "ann", 0, `{"content":"@bob","mentions":["m2"]}`), about(2, "edited", "ann", 1, `{"content":"@zoe"}`)},
			[]line{{Seq: 1, At: at, From: from("ann"), Content: "@zoe", Mentions: []string{"m2"}, Edited: true}}},
		{"an edit of what is not here", []protocol.Event{about(2, "edited", "ann", 1, `{"content":"ho"}`)}, nil},
		{"a deletion", []protocol.Event{hi, about(2, "edited", "ann", 1, `{"content":"ho"}`), about(3, "deleted", "bob", 1, `{}`)},
			[]line{{Seq: 1, At: at, From: from("ann"), Deleted: true}}},
		{"the same deletion, replayed", []protocol.Event{erased, about(2, "edited", "ann", 1, `{}`), about(3, "deleted", "bob", 1, `{}`)},
			[]line{{Seq: 1, At: at, From: from("ann"), Deleted: true}}},
		{"reactions", []protocol.Event{
			hi, about(2, "reacted", "ann", 1, `{"emoji":"+1"}`), about(3, "reacted", "bob", 1, `{"emoji":"+1"}`),
			about(4, "reacted", "bob", 1, `{"emoji":"+1"}`), about(5, "reacted", "bob", 1, `{"emoji":"-1"}`),
			about(6, "reacted", "bob", 1, `{"emoji":"-1","remove":true}`), about(7, "reacted", "zoe", 1, `{"emoji":"-1","remove":true}`),
		}, []line{{Seq: 1, At: at, From: from("ann"), Content: "hi", Reactions: map[string][]string{"+1": {"ann", "bob"}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f client.Fold
			for i := range c.log {
				f.Apply(&c.log[i])
			}
			var got []line
			for l := range f.Lines() {
				if len(l.Reactions) == 0 {
					l.Reactions = nil
				}
				got = append(got, *l)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("shown otherwise (-want +got):\n%s", diff)
			}
		})
	}
}

func TestApplySaysWhichLineChanged(t *testing.T) {
	var f client.Fold
	hi, ho := logged(1, "ann", "x", "hi"), logged(2, "bob", "x", "ho")
	sparkled := logged(3, "bob", "x", "")
	sparkled.Type = "sparkled"
	if l := f.Apply(&hi); l == nil || l.Seq != 1 {
		t.Errorf("changed %+v", l)
	}
	if l := f.Apply(&ho); l == nil || l.Content != "ho" {
		t.Errorf("changed %+v", l)
	}
	if l := f.Apply(&sparkled); l != nil {
		t.Errorf("changed %+v", l)
	}
	if n := len(slices.Collect(f.Lines())); n != 2 {
		t.Errorf("%d lines", n)
	}
}
