package journaltest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

var conditions = []promise{
	{name: "TheTargetMustBeAMessage", holds: mustStand},
	{name: "ConditionsMustHold", holds: mustHold},
	{name: "OneOfManyClaimsWins", holds: oneClaims},
	{name: "ErasingRemovesMessageAndEdits", holds: erases},
	{name: "PagesThatWereReadKeepTheOldText", holds: erasesACopy},
	{name: "ARepeatCountsEvenIfItWouldBeRefusedNow", holds: repeatsFirst},
	{name: "DedupBodyCountsForARepeat", holds: dedupBody},
	{name: "ADraftOfStateAloneAddsNoEntry", holds: stateOnly},
}

// target returns a draft of another type with a target.
func target(typ protocol.EventType, room, member, id string, seq uint64, body string) journal.Draft {
	d := message(room, member, id, "")
	d.Event.Type, d.Event.Target, d.Event.Body = typ, seq, []byte(body)
	return d
}

func mustStand(t *testing.T, j *watched) {
	j.must(message("lobby", "ann", "a", "hello"))
	j.must(message("other", "ann", "a", "hello"))
	j.must(message("other", "ann", "b", "hello"))
	j.must(target(protocol.EventReacted, "lobby", "bob", "r", 1, `{"emoji":"👍"}`))
	for name, d := range map[string]journal.Draft{
		"one beyond the head":     target(protocol.EventEdited, "lobby", "ann", "e", 3, `{"content":"x"}`),
		"one of another room":     target(protocol.EventEdited, "empty", "ann", "e", 1, `{"content":"x"}`),
		"one that is no message":  target(protocol.EventDeleted, "lobby", "bob", "d", 2, "{}"),
		"one of a distant future": target(protocol.EventReacted, "lobby", "bob", "s", protocol.MaxSeq, `{"emoji":"👍"}`),
	} {
		if o, err := j.put(d); !errors.Is(err, journal.ErrGone) {
			t.Errorf("%s: %+v, %v; want ErrGone", name, o, err)
		}
	}
	j.must(target(protocol.EventDeleted, "lobby", "ann", "d", 1, "{}"))
	for _, typ := range []protocol.EventType{protocol.EventEdited, protocol.EventDeleted, protocol.EventReacted} {
		if o, err := j.put(target(typ, "lobby", "ann", "late-"+string(typ), 1, "{}")); !errors.Is(err, journal.ErrGone) {
			t.Errorf("%s an erased message: %+v, %v; want ErrGone", typ, o, err)
		}
	}
	if s := j.snapshot("lobby"); s.Head != 3 {
		t.Errorf("the head is %d, want 3: a refused draft has no number", s.Head)
	}
}

func mustHold(t *testing.T, j *watched) {
	set := func(id, value string, conditions ...journal.Condition) error {
		d := message("lobby", "ann", id, "x")
		d.State = []journal.Change{{Key: "topic", Value: []byte(value)}}
		d.If = conditions
		_, err := j.put(d)
		return err
	}
	is := func(value string) journal.Condition {
		return journal.Condition{Key: "topic", Value: []byte(value)}
	}
	none := journal.Condition{Key: "topic"}
	for i, c := range []struct {
		value string
		If    []journal.Condition
		want  error
	}{
		{"a", []journal.Condition{is("a")}, journal.ErrChanged},
		{"a", []journal.Condition{none}, nil},
		{"b", []journal.Condition{none}, journal.ErrChanged},
		{"b", []journal.Condition{is("b")}, journal.ErrChanged},
		{"b", []journal.Condition{is("a"), {Key: "other"}}, nil},
		{"c", []journal.Condition{is("b"), {Key: "other", Value: []byte("x")}}, journal.ErrChanged},
		{"c", nil, nil},
	} {
		if err := set(string(rune('a'+i)), c.value, c.If...); !errors.Is(err, c.want) {
			t.Errorf("draft %d: %v, want %v", i, err, c.want)
		}
	}
	if s := j.snapshot("lobby"); s.Head != 3 || string(s.State["topic"]) != "c" {
		t.Errorf("head %d, topic %q; want 3, c", s.Head, s.State["topic"])
	}
}

func oneClaims(t *testing.T, j *watched) {
	const claimants = 50
	outcomes := make(chan error, claimants)
	for i := range claimants {
		d := message("lobby", string(rune('A'+i)), "claim", "mine")
		d.If = []journal.Condition{{Key: "owner"}}
		d.State = []journal.Change{{Key: "owner", Value: []byte(d.Event.From.Member)}}
		if err := j.Append(context.Background(), d, func(_ journal.Outcome, err error) { outcomes <- err }); err != nil {
			t.Fatal(err)
		}
	}
	won := 0
	for range claimants {
		switch err := <-outcomes; {
		case err == nil:
			won++
		case !errors.Is(err, journal.ErrChanged):
			t.Error(err)
		}
	}
	if s := j.snapshot("lobby"); won != 1 || s.Head != 1 || len(s.State["owner"]) != 1 {
		t.Errorf("%d have won, the head is %d, the owner is %q", won, s.Head, s.State["owner"])
	}
}

func erases(t *testing.T, j *watched) {
	secret := message("lobby", "ann", "a", "secret")
	secret.Private = []byte("192.0.2.7")
	j.must(secret)
	j.must(message("lobby", "bob", "b", "stays"))
	j.must(target(protocol.EventEdited, "lobby", "ann", "e1", 1, `{"content":"secret, too"}`))
	j.must(target(protocol.EventEdited, "lobby", "bob", "e2", 2, `{"content":"stays, too"}`))
	j.must(target(protocol.EventReacted, "lobby", "bob", "r", 1, `{"emoji":"👍"}`))
	j.must(target(protocol.EventDeleted, "lobby", "ann", "d", 1, "{}"))

	page, err := j.ReadAfter(context.Background(), "lobby", 0, 10)
	if err != nil || len(page) != 6 {
		t.Fatalf("%d entries, %v; want 6", len(page), err)
	}
	for i, want := range []string{`{"deleted":true}`, `{"content":"stays"}`, `{}`, `{"content":"stays, too"}`, `{"emoji":"👍"}`, `{}`} {
		if got := page[i]; string(got.Body) != want || got.Seq != uint64(i+1) || len(got.Private) != 0 {
			t.Errorf("entry %d is %+v, want the body %s", i+1, got, want)
		}
	}
	if o, err := j.put(message("lobby", "ann", "a", "secret")); err != nil || o != (journal.Outcome{Seq: 1, Duplicate: true}) {
		t.Errorf("the erased message again: %+v, %v; want a duplicate", o, err)
	}
}

func erasesACopy(t *testing.T, j *watched) {
	j.must(message("lobby", "ann", "a", "hello"))
	before, err := j.ReadAfter(context.Background(), "lobby", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	j.must(target(protocol.EventDeleted, "lobby", "ann", "d", 1, "{}"))
	if got := string(before[0].Body); got != `{"content":"hello"}` {
		t.Errorf("a page that was read before the erasure has changed to %s", got)
	}
}

func repeatsFirst(t *testing.T, j *watched) {
	j.must(message("lobby", "ann", "a", "hello"))
	edit := target(protocol.EventEdited, "lobby", "ann", "e", 1, `{"content":"x"}`)
	edit.If = []journal.Condition{{Key: "locked"}}
	edit.State = []journal.Change{{Key: "locked", Value: []byte("1")}}
	j.must(edit)
	j.must(target(protocol.EventDeleted, "lobby", "ann", "d", 1, "{}"))
	if o, err := j.put(edit); err != nil || o != (journal.Outcome{Seq: 2, Duplicate: true}) {
		t.Errorf("got %+v, %v; want a duplicate", o, err)
	}
}

func dedupBody(t *testing.T, j *watched) {
	d := message("lobby", "ann", "a", "there is a password from 10:00")
	d.DedupBody = []byte("one")
	j.must(d)
	d.Event.Body = protocol.MessageBody{Content: "there is a password from 10:01"}.Encode()
	if o, err := j.put(d); err != nil || !o.Duplicate {
		t.Errorf("the same again: %+v, %v; want a duplicate", o, err)
	}
	d.DedupBody = []byte("two")
	if o, err := j.put(d); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("with another one: %+v, %v; want ErrConflict", o, err)
	}
}

func erasedAgain(t *testing.T, j *watched) {
	claim := message("lobby", "ann", "claim", "mine")
	claim.If = []journal.Condition{{Key: "owner"}}
	claim.State = []journal.Change{{Key: "owner", Value: []byte("ann")}}
	j.must(claim)
	j.must(message("lobby", "ann", "a", "secret"))
	j.must(target(protocol.EventEdited, "lobby", "ann", "e", 2, `{"content":"secret, too"}`))
	j.must(target(protocol.EventDeleted, "lobby", "ann", "d", 2, "{}"))
	for range 2 {
		j.reopen()
		for _, e := range j.up("lobby", 1) {
			if bytes.Contains(e.Body, []byte("secret")) {
				t.Errorf("entry %d is back: %s", e.Seq, e.Body)
			}
		}
		if o, err := j.put(target(protocol.EventReacted, "lobby", "bob", "r", 2, `{"emoji":"👍"}`)); !errors.Is(err, journal.ErrGone) {
			t.Errorf("a reaction to what is erased: %+v, %v", o, err)
		}
		other := claim
		other.Event.ID = "claim too"
		if o, err := j.put(other); !errors.Is(err, journal.ErrChanged) {
			t.Errorf("a second claim: %+v, %v", o, err)
		}
	}
}
