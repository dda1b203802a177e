package peers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// memoryStore is a nickStore for tests. Its lost and failing errors are set by tests.
type memoryStore struct {
	mu         sync.Mutex
	owners     map[nickKey]string
	open       bool
	failing    error // of all methods
	unwritable error // of all but Open
}

var _ nickStore = (*memoryStore)(nil)

func (s *memoryStore) Open(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = s.failing == nil
	return s.failing
}

func (s *memoryStore) err() error {
	switch {
	case s.failing != nil:
		return s.failing
	case !s.open:
		return errStoreLost
	}
	return s.unwritable
}

func (s *memoryStore) Acquire(_ context.Context, key nickKey, member string, _ bool) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.err(); err != nil {
		return false, err
	}
	if owner := s.owners[key]; owner != "" && owner != member {
		return false, nil
	}
	s.owners[key] = member
	return true, nil
}

func (s *memoryStore) Release(_ context.Context, key nickKey, member string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.err(); err != nil {
		return err
	}
	if s.owners[key] == member {
		delete(s.owners, key)
	}
	return nil
}

func (s *memoryStore) Probe(ctx context.Context) error {
	if err := s.Open(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err()
}

func (s *memoryStore) set(key nickKey, member string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners[key] = member
}

func (s *memoryStore) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

// lose empties the store, as when all of its servers restart.
func (s *memoryStore) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.owners)
	s.open = false
}

func (s *memoryStore) owner(key nickKey) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owners[key]
}

// withLeases runs a test with the leases of a store, in a bubble in which time is fake.
func withLeases(t *testing.T, test func(t *testing.T, n *nickLeases, s *memoryStore)) {
	synctest.Test(t, func(t *testing.T) {
		s := &memoryStore{owners: make(map[nickKey]string)}
		n := newNickLeases(s, slog.New(slog.DiscardHandler))
		var keeping sync.WaitGroup
		keeping.Go(n.keep)
		n.requestProbe()
		synctest.Wait()
		test(t, n, s)
		close(n.done)
		keeping.Wait()
	})
}

var annKey = nickKey{"lobby", "ann"}

func TestANickIsLeasedToOneMember(t *testing.T) {
	withLeases(t, func(t *testing.T, n *nickLeases, s *memoryStore) {
		drop, granted, err := n.claim(t.Context(), annKey, "m1")
		if !granted || err != nil {
			t.Fatalf("a free nick: %t, %v", granted, err)
		}
		if _, granted, err := n.claim(t.Context(), annKey, "m2"); granted || err != nil {
			t.Errorf("another member of the same node: %t, %v", granted, err)
		}
		s.set(nickKey{"lobby", "bob"}, "elsewhere")
		if _, granted, err := n.claim(t.Context(), nickKey{"lobby", "bob"}, "m2"); granted || err != nil {
			t.Errorf("a nick of another node's member: %t, %v", granted, err)
		}
		if _, granted, _ := n.claim(t.Context(), nickKey{"kitchen", "ann"}, "m2"); !granted {
			t.Error("the same nick in another room is refused")
		}
		lease := n.show(annKey, "m1", nil)
		drop()
		synctest.Wait()
		if got := s.owner(annKey); got != "m1" {
			t.Errorf("the owner of a nick that is shown is %q", got)
		}
		n.release(lease)
		synctest.Wait()
		if got := s.owner(annKey); got != "" || n.leases[annKey] != nil {
			t.Errorf("a nick that was released is still %q's", got)
		}
		if _, granted, _ := n.claim(t.Context(), annKey, "m2"); !granted {
			t.Error("a nick that was released is refused")
		}
	})
}

func TestTheLossOfANickIsReported(t *testing.T) {
	withLeases(t, func(t *testing.T, n *nickLeases, s *memoryStore) {
		var lost []string
		lease := n.show(annKey, "m1", func(member, key string) { lost = append(lost, member+" "+key) })
		synctest.Wait()
		if len(lost) > 0 || s.owner(annKey) != "m1" {
			t.Fatalf("the owner is %q, lost %v", s.owner(annKey), lost)
		}
		s.set(annKey, "elsewhere") // this node was cut off, and the others gave the nick away
		n.doubt(annKey, "m1")
		synctest.Wait()
		if len(lost) > 0 {
			t.Errorf("the nick was checked although only its own member has it on another node")
		}
		n.doubt(annKey, "elsewhere")
		synctest.Wait()
		if len(lost) != 1 || lost[0] != "m1 ann" {
			t.Errorf("lost %v, want m1 ann", lost)
		}
		n.release(lease)
		synctest.Wait()
		if got := s.owner(annKey); got != "elsewhere" {
			t.Errorf("the nick's owner is %q after the loser released it", got)
		}
	})
}

// Of a stream without a leader, everything is known but its messages.
func TestAStoreThatOpensAndCannotBeWrittenIsNotReady(t *testing.T) {
	withLeases(t, func(t *testing.T, n *nickLeases, s *memoryStore) {
		s.mu.Lock()
		s.unwritable = errors.New("no leader")
		s.mu.Unlock()
		time.Sleep(probeEvery)
		for range 5 * probeEvery / retryAfter {
			synctest.Wait()
			if n.err() == nil {
				t.Error("the leases say that nicks can be given out")
			}
			time.Sleep(retryAfter)
		}
		s.mu.Lock()
		s.unwritable = nil
		s.mu.Unlock()
		time.Sleep(retryAfter)
		synctest.Wait()
		if err := n.err(); err != nil {
			t.Errorf("after the end of that, they say %v", err)
		}
	})
}

func TestNicksAreNotGivenOutWhileTheStoreFails(t *testing.T) {
	withLeases(t, func(t *testing.T, n *nickLeases, s *memoryStore) {
		if err := n.err(); err != nil {
			t.Errorf("the store works, and the leases say %v", err)
		}
		failed := errors.New("no majority")
		s.fail(failed)
		lease := n.show(annKey, "m1", nil) // a member that is present stays shown
		if _, granted, err := n.claim(t.Context(), nickKey{"lobby", "bob"}, "m2"); granted || !errors.Is(err, failed) {
			t.Errorf("a claim: %t, %v", granted, err)
		}
		synctest.Wait()
		if err := n.err(); !errors.Is(err, failed) {
			t.Errorf("the leases say %v, want %v", err, failed)
		}
		s.fail(nil)
		time.Sleep(retryAfter)
		synctest.Wait()
		if err := n.err(); err != nil || s.owner(annKey) != "m1" {
			t.Errorf("after the store has recovered: %v, the nick is %q's", err, s.owner(annKey))
		}
		n.release(lease)
	})
}

func TestALostStoreIsFilledAgain(t *testing.T) {
	withLeases(t, func(t *testing.T, n *nickLeases, s *memoryStore) {
		lease := n.show(annKey, "m1", nil)
		synctest.Wait()
		s.lose()
		// The first claim notices it.
		if _, granted, err := n.claim(t.Context(), nickKey{"lobby", "bob"}, "m2"); granted || !errors.Is(err, errStoreLost) {
			t.Errorf("a claim: %t, %v", granted, err)
		}
		synctest.Wait()
		if got := s.owner(annKey); got != "m1" {
			t.Errorf("the nick is %q's", got)
		}
		n.release(lease)
	})
}

func TestClaimsEndWithTheirContext(t *testing.T) {
	withLeases(t, func(t *testing.T, n *nickLeases, _ *memoryStore) {
		drop, _, err := n.claim(t.Context(), annKey, "m1")
		if err != nil {
			t.Fatal(err)
		}
		defer drop()
		l := n.reference(annKey, "m1")
		defer n.release(l)
		_ = l.begin(t.Context()) // another claim of the same nick waits for its answer
		defer l.end()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, granted, err := n.claim(ctx, annKey, "m1"); granted || !errors.Is(err, context.Canceled) {
			t.Errorf("%t, %v", granted, err)
		}
	})
}
