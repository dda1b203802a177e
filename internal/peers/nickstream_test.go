package peers

import (
	"context"
	"errors"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// storesOf returns the nick stores of nodes with these IDs, in one NATS. All nodes count
// as alive except those in dead.
func storesOf(t *testing.T, dead map[string]bool, ids ...string) (all []*nickStream) {
	t.Helper()
	nc, err := nats.Connect(startNATS(t).ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		s := newNickStream(js, id, 1, new(quorum), func(id string) bool { return !dead[id] })
		if err := s.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func acquire(t *testing.T, s *nickStream, member string, verify, want bool) {
	t.Helper()
	if granted, err := s.Acquire(t.Context(), annKey, member, verify); granted != want || err != nil {
		t.Fatalf("%s on %s: %t, %v; want %t", member, s.self, granted, err, want)
	}
}

func TestTheStreamGivesANickToOneMember(t *testing.T) {
	s := storesOf(t, nil, "a.1", "b.1", "c.1")
	release := func(s *nickStream, member string) {
		t.Helper()
		if err := s.Release(t.Context(), annKey, member); err != nil {
			t.Fatal(err)
		}
	}
	for _, verify := range []bool{true, false} {
		acquire(t, s[0], "m1", verify, true)
		acquire(t, s[0], "m1", verify, true)
		acquire(t, s[1], "m2", verify, false)
		acquire(t, s[1], "m1", verify, true) // the same member on another node
		release(s[0], "m1")
		acquire(t, s[2], "m2", verify, false)
		release(s[1], "m1")
		acquire(t, s[2], "m2", verify, true)
		release(s[2], "m1") // it isn't m1's
		acquire(t, s[0], "m1", verify, false)
		acquire(t, s[2], "m3", verify, true) // c.1 gives it to another of its members
		release(s[2], "m3")
	}
	info, err := s[0].stream.Info(t.Context())
	if err != nil || info.State.Msgs != 0 {
		t.Errorf("%d messages are left of nicks that were released, %v", info.State.Msgs, err)
	}
}

// Between a look at a nick's owner and its removal, another node may write it.
func TestARemovalThatComesTooLateIsAConflict(t *testing.T) {
	s := storesOf(t, nil, "a.1", "b.1")
	acquire(t, s[0], "m1", true, true)
	_, last, _, err := s[0].read(t.Context(), s[0].stream, nickSubject(annKey))
	if err != nil {
		t.Fatal(err)
	}
	acquire(t, s[1], "m1", true, true)
	if err := s[0].remove(t.Context(), s[0].stream, last); !errors.Is(err, errConflict) {
		t.Errorf("remove: %v, want errConflict", err)
	}
	acquire(t, s[1], "m2", true, false) // m1 has it still
}

func TestNicksOfDeadNodesAreFree(t *testing.T) {
	dead := map[string]bool{}
	s := storesOf(t, dead, "a.1", "b.1", "c.1")
	acquire(t, s[0], "m1", true, true)
	acquire(t, s[1], "m1", true, true)
	dead["a.1"] = true
	acquire(t, s[2], "m2", true, false) // m1 is on b.1, too
	dead["b.1"] = true
	acquire(t, s[2], "m2", true, true)
}

func TestALostStreamIsReportedAndMadeAgain(t *testing.T) {
	s := storesOf(t, nil, "a.1")[0]
	acquire(t, s, "m1", true, true)
	if err := s.js.DeleteStream(t.Context(), nickStreamName); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Acquire(t.Context(), annKey, "m1", true); !errors.Is(err, errStoreLost) {
		t.Errorf("acquire: %v, want errStoreLost", err)
	}
	if s.quorum.established() || !s.quorum.since.IsZero() {
		t.Error("the quorum is known although the stream is gone")
	}
	if err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	acquire(t, s, "m2", true, true)
	if s.quorum.since.IsZero() {
		t.Error("a write succeeded, and the quorum isn't known")
	}
}

func TestTheStreamIsWaitedFor(t *testing.T) {
	s := newNickStream(nil, "a.1", 1, new(quorum), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Acquire(ctx, annKey, "m1", false); !errors.Is(err, errStoreClosed) {
		t.Errorf("acquire: %v, want errStoreClosed", err)
	}
	if err := s.Release(ctx, annKey, "m1"); !errors.Is(err, errStoreClosed) {
		t.Errorf("release: %v, want errStoreClosed", err)
	}
}
