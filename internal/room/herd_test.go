package room

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func TestAHerdAsksOnce(t *testing.T) {
	var h herd[string, int]
	var calls atomic.Int64
	var askers sync.WaitGroup
	for range 100 {
		askers.Go(func() {
			v, err := h.do("page", func() (int, error) { return int(calls.Add(1)), nil })
			if v != 1 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
		})
	}
	askers.Wait()
	if n := calls.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestOthersAskWhileOneIsWaitedFor(t *testing.T) {
	var h herd[string, int]
	other := make(chan struct{})
	var slow sync.WaitGroup
	slow.Go(func() {
		if v, err := h.do("slow", func() (int, error) { <-other; return 1, nil }); v != 1 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	})
	if v, err := h.do("quick", func() (int, error) { return 2, nil }); v != 2 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	h.forget()
	close(other)
	slow.Wait()
}

func TestAnErrorIsNotRemembered(t *testing.T) {
	var h herd[string, int]
	failed := errors.New("failed")
	for range 3 {
		if _, err := h.do("page", func() (int, error) { return 0, failed }); !errors.Is(err, failed) {
			t.Fatalf("got %v", err)
		}
		if len(h.calls) != 0 || len(h.recent) != 0 {
			t.Fatalf("%d calls and %d keys are left of it", len(h.calls), len(h.recent))
		}
	}
	if v, err := h.do("page", func() (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("then got %d, %v", v, err)
	}
}

// Half an answer would be taken for a whole one.
func TestAPanicIsNoAnswer(t *testing.T) {
	var h herd[string, int]
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, err := h.do("page", func() (int, error) { panic("hostile") })
		t.Errorf("got an answer, %v", err)
	}()
	v, err := h.do("page", func() (int, error) { return 1, nil })
	if err == nil && v != 1 {
		t.Errorf("the next one got %d for an answer", v)
	}
	if v, err := h.do("page", func() (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("and then %d, %v", v, err)
	}
}

func TestAHerdRemembersFewAndForgets(t *testing.T) {
	var h herd[int, int]
	calls := 0
	ask := func(key int) {
		if v, err := h.do(key, func() (int, error) { calls++; return key, nil }); v != key || err != nil {
			t.Errorf("%d: got %d, %v", key, v, err)
		}
	}
	for key := range 100 {
		ask(key)
	}
	if len(h.calls) != herdRemembers || len(h.recent) != herdRemembers {
		t.Errorf("%d calls and %d keys are remembered of 100", len(h.calls), len(h.recent))
	}
	if ask(99); calls != 100 {
		t.Error("what was just answered was asked again")
	}
	if ask(0); calls != 101 {
		t.Error("what is long past was remembered")
	}
	h.forget()
	if ask(0); calls != 102 || len(h.calls) != 1 {
		t.Error("what was forgotten was remembered")
	}
}
