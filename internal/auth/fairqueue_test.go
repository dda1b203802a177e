package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"snug/protocol"
)

// queueTest is a queue whose only slot is taken until serve.
type queueTest struct {
	*fairQueue
	release func()
	all     sync.WaitGroup

	mu      sync.Mutex
	served  []string
	refused []string
}

func withQueue(t *testing.T, maxWaiting int, test func(t *testing.T, q *queueTest)) {
	synctest.Test(t, func(t *testing.T) {
		q := &queueTest{fairQueue: newFairQueue(1, maxWaiting)}
		var err error
		if q.release, err = q.acquire(t.Context(), Requester{"first", "first"}); err != nil {
			t.Fatal(err)
		}
		test(t, q)
	})
}

// ask adds a request, and waits until it is in the queue.
func (q *queueTest) ask(name string, from Requester) {
	q.all.Go(func() {
		release, err := q.acquire(context.Background(), from)
		q.mu.Lock()
		if err != nil {
			q.refused = append(q.refused, name)
		} else {
			q.served = append(q.served, name)
		}
		q.mu.Unlock()
		if err == nil {
			release()
		}
	})
	synctest.Wait()
}

// serve serves all requests, and returns the order.
func (q *queueTest) serve() string {
	q.release()
	q.all.Wait()
	return strings.Join(q.served, " ")
}

func TestStrangersWaitForOneOfAManysRequests(t *testing.T) {
	for name, many := range map[string]func(i int) Requester{
		"from one address, for many rooms":  func(i int) Requester { return Requester{"troll", fmt.Sprint("room", i)} },
		"from many addresses, for one room": func(i int) Requester { return Requester{fmt.Sprint("address", i), "trolls"} },
	} {
		t.Run(name, func(t *testing.T) {
			withQueue(t, 100, func(t *testing.T, q *queueTest) {
				for i := range 24 {
					q.ask(fmt.Sprint(i), many(i))
				}
				q.ask("ann", Requester{"ann", "lobby"})
				q.ask("bob", Requester{"bob", "kitchen"})
				q.ask("cat", Requester{"cat", "lobby"})
				if got, want := q.serve(), "0 ann bob 1 cat 2 3 4"; !strings.HasPrefix(got, want) {
					t.Errorf("served in the order %s, want %s…", got, want)
				}
			})
		})
	}
}

func TestEqualRequestsAreServedAsTheyCome(t *testing.T) {
	withQueue(t, 100, func(t *testing.T, q *queueTest) {
		for i := range 5 {
			q.ask(fmt.Sprint(i), Requester{fmt.Sprint("address", i), fmt.Sprint("room", i)})
		}
		if got := q.serve(); got != "0 1 2 3 4" {
			t.Errorf("served in the order %s", got)
		}
	})
}

// Whoever asks most is refused, and not who comes last.
func TestAFullQueueRefusesItsGreatestUser(t *testing.T) {
	withQueue(t, 8, func(t *testing.T, q *queueTest) {
		for i := range 12 {
			q.ask(fmt.Sprint(i), Requester{"troll", fmt.Sprint("room", i)})
		}
		if want := []string{"8", "9", "10", "11"}; !slices.Equal(q.refused, want) {
			t.Errorf("refused %v, want %v", q.refused, want)
		}
		q.ask("ann", Requester{"ann", "lobby"})
		if got := q.refused[4:]; !slices.Equal(got, []string{"7"}) {
			t.Errorf("refused %v, want 7, the troll's last", got)
		}
		if got := q.serve(); got != "0 ann 1 2 3 4 5 6" {
			t.Errorf("served in the order %s", got)
		}
	})
	var e *protocol.Error
	if !errors.As(errBusy(), &e) || e.Code != protocol.Unavailable || e.RetryAfter <= 0 {
		t.Errorf("refused with %v", errBusy())
	}
}

func TestARequestThatIsAbandonedTakesNoSlot(t *testing.T) {
	withQueue(t, 8, func(t *testing.T, q *queueTest) {
		ctx, cancel := context.WithCancel(t.Context())
		q.all.Go(func() {
			if _, err := q.acquire(ctx, Requester{"ann", "lobby"}); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		q.ask("bob", Requester{"bob", "lobby"})
		cancel()
		synctest.Wait()
		if got := q.serve(); got != "bob" {
			t.Errorf("served %s", got)
		}
		if q.free != 1 || len(q.waiting) != 0 || len(q.ranks) != 0 {
			t.Errorf("%d slots are free, %d wait, %d ranks are kept; want 1, 0, 0", q.free, len(q.waiting), len(q.ranks))
		}
		// One that is given a slot at the moment at which it gives up passes it on.
		w := q.enqueue(Requester{"cat", "lobby"})
		q.abandon(w)
		if q.free != 1 {
			t.Errorf("%d slots are free, want 1", q.free)
		}
	})
}

// The ranks of those who have been served are forgotten while the queue is never empty.
func TestRanksAreBounded(t *testing.T) {
	withQueue(t, 4, func(t *testing.T, q *queueTest) {
		for i := range 1000 {
			w := q.enqueue(Requester{fmt.Sprint("address", i), fmt.Sprint("room", i)})
			q.fairQueue.release() // the slot goes to w, which has it until the next round
			if err := <-w.turn; err != nil {
				t.Fatal(err)
			}
		}
		if n := len(q.ranks); n > 4*4+2 {
			t.Errorf("%d ranks are kept", n)
		}
	})
}

func TestAPasswordThatWasRightIsNotHashedAgain(t *testing.T) {
	p := NewPasswords([]byte("key"))
	ann := Requester{"ann", "lobby"}
	hash, err := p.Hash(t.Context(), ann, "secret", "1")
	if err != nil {
		t.Fatal(err)
	}
	if right, err := p.Check(t.Context(), ann, hash, "secret"); !right || err != nil {
		t.Fatal(right, err)
	}
	// From now on no slot is free, so that whatever is hashed waits until its context ends.
	p.queue.free = 0
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if right, err := p.Check(ended, ann, hash, "secret"); !right || err != nil {
		t.Errorf("the right password: %t, %v", right, err)
	}
	for _, wrong := range []string{"Secret", "", "secret\x00", "secret "} {
		if right, err := p.Check(ended, ann, hash, wrong); right || !errors.Is(err, context.Canceled) {
			t.Errorf("%q wasn't hashed: %t, %v", wrong, right, err)
		}
	}
	if right, err := p.Check(ended, ann, hash+"x", "secret"); right || !errors.Is(err, context.Canceled) {
		t.Errorf("another hash wasn't checked: %t, %v", right, err)
	}
}

func TestProvenPasswordsAreBounded(t *testing.T) {
	p := newProven()
	for i := range maxProven + 100 {
		p.add(fmt.Sprint(i), "secret")
	}
	if len(p.right) != maxProven {
		t.Errorf("%d are remembered, want %d", len(p.right), maxProven)
	}
}
