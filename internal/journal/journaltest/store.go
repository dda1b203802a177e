package journaltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal"
	"snug/protocol"
)

var storing = []promise{
	{name: "EntriesComeBackAsTheyWere", holds: roundTrip},
	{name: "TheStateIsTheResultOfAllEntries", holds: stateFolds},
	{name: "TimesAreMillisecondsOfTheClock", holds: times},
	{name: "EveryRoomOfEveryJournalHasItsEpoch", fresh: epochs},
	{name: "EveryPurposeInEveryJournalHasItsKey", fresh: keys},
}

// bodies are bodies that an entry may have; all but the empty one are JSON.
var bodies = []json.RawMessage{
	json.RawMessage(`{"content":"hi"}`),
	json.RawMessage(`{ "content" : "spaces are kept", "later":[1e3,null] }`),
	json.RawMessage("{\"content\":\"\\u0000 <&> \u2028 \\\"ünï 🦭\"}"),
	json.RawMessage(`{}`),
	nil,
}

func roundTrip(t *testing.T, j *watched) {
	_, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	first := message("lobby", "ann", "a", "the target of some others")
	first.Event.Seq = j.must(first)
	want := []journal.Entry{{Event: first.Event}}
	for _, body := range bodies {
		for _, private := range [][]byte{nil, {}, {0, 1, 0xff}} {
			seq := uint64(len(want) + 1)
			e := journal.Entry{Private: private, Event: protocol.Event{
				Type: protocol.EventType(fmt.Sprint("type-", seq)), ID: fmt.Sprint("!~\"' ", seq), Seq: seq,
				From:   protocol.Member{Member: "m\x00m", Nick: "ä 🦭 \u202e", Role: "moderator", Guest: seq%3 == 0, Bot: seq%5 == 0},
				Target: seq % 2, Body: body,
			}}
			want = append(want, e)
			e.Seq, e.At = 999, time.Unix(1, 1) // the journal must set these
			j.must(journal.Draft{Room: "lobby", Event: e.Event, Private: private, Once: seq%2 == 0})
		}
	}
	if diff := diff(want, j.up("lobby", 0)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if diff := diff(j.up("lobby", 0), taken(feed)); diff != "" {
		t.Errorf("the feed (+) differs from what is read (-):\n%s", diff)
	}
}

func stateFolds(t *testing.T, j *watched) {
	set := func(key, value string) journal.Change { return journal.Change{Key: key, Value: []byte(value)} }
	unset := func(key string) journal.Change { return journal.Change{Key: key} }
	for i, c := range []struct {
		changes []journal.Change
		want    map[string]string
	}{
		{nil, map[string]string{}},
		{[]journal.Change{set("topic", "a"), set("role/ann", "owner")}, map[string]string{"topic": "a", "role/ann": "owner"}},
		{[]journal.Change{set("topic", "b")}, map[string]string{"topic": "b", "role/ann": "owner"}},
		{[]journal.Change{unset("role/ann"), unset("never set")}, map[string]string{"topic": "b"}},
		{[]journal.Change{set("topic", ""), set("ünï", "\x00")}, map[string]string{"topic": "", "ünï": "\x00"}},
		{[]journal.Change{set("topic", "c"), unset("topic"), unset("ünï"), set("ünï", "last")}, map[string]string{"ünï": "last"}},
	} {
		d := message("lobby", "ann", fmt.Sprint(i), "hi")
		d.State = c.changes
		j.must(d)
		j.must(message("attic", "ann", fmt.Sprint(i), "hi"))
		got := map[string]string{}
		for k, v := range j.snapshot("lobby").State {
			got[k] = string(v)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("after change %d (-want +got):\n%s", i, diff)
		}
	}
	if state := j.snapshot("attic").State; len(state) != 0 {
		t.Errorf("another room's state is %v", state)
	}
}

func times(t *testing.T, j *watched) {
	before := journal.Millis(time.Now())
	j.fill("lobby", 20)
	after := time.Now()
	for _, e := range j.up("lobby", 0) {
		if !e.At.Equal(journal.Millis(e.At)) || e.At.Before(before) || e.At.After(after) {
			t.Errorf("entry %d has the time %v, appended between %v and %v", e.Seq, e.At, before, after)
		}
	}
}

func epochs(t *testing.T, open func(*testing.T) *watched) {
	seen := map[string]string{}
	for _, j := range []*watched{open(t), open(t)} {
		for _, room := range []string{"lobby", "attic"} {
			s := j.snapshot(room)
			if again := j.snapshot(room); again.Epoch != s.Epoch {
				t.Errorf("%q has epoch %q and then %q", room, s.Epoch, again.Epoch)
			}
			if other := seen[s.Epoch]; other != "" || s.Epoch == "" {
				t.Errorf("%q has the epoch %q of %q", room, s.Epoch, other)
			}
			seen[s.Epoch] = room
		}
	}
}

func keys(t *testing.T, open func(*testing.T) *watched) {
	one, two := open(t), open(t)
	key := one.Key("seats")
	if len(key) != 32 {
		t.Errorf("it has %d bytes", len(key))
	}
	if !bytes.Equal(key, one.Key("seats")) {
		t.Error("it changes from call to call")
	}
	if bytes.Equal(key, one.Key("tokens")) {
		t.Error("it is the same for another purpose")
	}
	if bytes.Equal(key, two.Key("seats")) {
		t.Error("another journal has the same key")
	}
}
