package ratelimit

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestEachKeyHasItsOwnRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewByKey(10, 3)
		for i := range 3 {
			if wait := r.Take("a"); wait > 0 {
				t.Errorf("the burst's %d. has to wait %v", i+1, wait)
			}
		}
		if wait := r.Take("a"); wait != 100*time.Millisecond {
			t.Errorf("after the burst, the wait is %v", wait)
		}
		if wait := r.Take("b"); wait > 0 {
			t.Errorf("another has to wait %v", wait)
		}
		time.Sleep(100 * time.Millisecond)
		if wait := r.Take("a"); wait > 0 {
			t.Errorf("after the wait, it is %v more", wait)
		}
	})
}

func TestKeysAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewByKey(10, 1)
		r.Take("used")
		for i := range 3 * maxKeys {
			if i%maxKeys == 0 {
				time.Sleep(time.Second) // what was taken is there again
				r.Take("used")
			}
			r.Take(strconv.Itoa(i))
			if len(r.all) > maxKeys {
				t.Fatalf("%d keys are remembered", len(r.all))
			}
		}
	})
}

func TestNoRateIsNoLimit(t *testing.T) {
	r := NewByKey(0, 0)
	for range 1000 {
		if wait := r.Take("a"); wait > 0 {
			t.Fatalf("the wait is %v", wait)
		}
	}
}
