package fanout

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func TestManyCallersShareOneRead(t *testing.T) {
	var s sharedReads[string, int]
	var calls atomic.Int64
	var callers sync.WaitGroup
	for range 100 {
		callers.Go(func() {
			v, err := s.do("page", func() (int, error) { return int(calls.Add(1)), nil })
			if v != 1 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
		})
	}
	callers.Wait()
	if n := calls.Load(); n != 1 {
		t.Errorf("read %d times", n)
	}
}

func TestOtherReadsGoOnWhileOneIsWaitedFor(t *testing.T) {
	var s sharedReads[string, int]
	other := make(chan struct{})
	var slow sync.WaitGroup
	slow.Go(func() {
		if v, err := s.do("slow", func() (int, error) { <-other; return 1, nil }); v != 1 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	})
	if v, err := s.do("quick", func() (int, error) { return 2, nil }); v != 2 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	s.forget()
	close(other)
	slow.Wait()
}

func TestAnErrorIsNotRemembered(t *testing.T) {
	var s sharedReads[string, int]
	failed := errors.New("failed")
	for range 3 {
		if _, err := s.do("page", func() (int, error) { return 0, failed }); !errors.Is(err, failed) {
			t.Fatalf("got %v", err)
		}
		if len(s.reads) != 0 || len(s.recent) != 0 {
			t.Fatalf("%d reads and %d keys are left of it", len(s.reads), len(s.recent))
		}
	}
	if v, err := s.do("page", func() (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("then got %d, %v", v, err)
	}
}

// A half-made result would be taken for a whole one.
func TestAPanicIsNoResult(t *testing.T) {
	var s sharedReads[string, int]
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, err := s.do("page", func() (int, error) { panic("hostile") })
		t.Errorf("got a result, %v", err)
	}()
	v, err := s.do("page", func() (int, error) { return 1, nil })
	if err == nil && v != 1 {
		t.Errorf("the next caller got %d", v)
	}
	if v, err := s.do("page", func() (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Errorf("and then %d, %v", v, err)
	}
}

func TestFewReadsAreRememberedUntilForgotten(t *testing.T) {
	var s sharedReads[int, int]
	calls := 0
	ask := func(key int) {
		if v, err := s.do(key, func() (int, error) { calls++; return key, nil }); v != key || err != nil {
			t.Errorf("%d: got %d, %v", key, v, err)
		}
	}
	for key := range 100 {
		ask(key)
	}
	if len(s.reads) != readsRemembered || len(s.recent) != readsRemembered {
		t.Errorf("%d reads and %d keys are remembered of 100", len(s.reads), len(s.recent))
	}
	if ask(99); calls != 100 {
		t.Error("a result that is remembered was read again")
	}
	if ask(0); calls != 101 {
		t.Error("an old result was remembered")
	}
	s.forget()
	if ask(0); calls != 102 || len(s.reads) != 1 {
		t.Error("a forgotten result was remembered")
	}
}
