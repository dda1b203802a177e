package room

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"snug/internal/journal/memory"
)

// A wake that is lost is a reader that waits for good: the bubble would find all of
// its goroutines blocked.
func TestNoWakeIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const messages = 2000
		g := open(t, Options{Journal: kept(t, memory.Options{Keep: messages})})
		ann := enter(t, g, v1("ann"))
		var reading sync.WaitGroup
		for i := range 8 {
			c := enter(t, g, v1(fmt.Sprint("n", i)))
			reading.Go(func() { c.collect(messages) })
		}
		for range messages {
			ann.says("hi")
		}
		reading.Wait()
	})
}
