package room

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"snug/internal/journal/memory"
)

// A reader that isn't told would wait for ever, and synctest would find all goroutines of
// the bubble blocked.
func TestNoReaderMissesThatThereIsMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const messages = 2000
		g := newOwnerless(t, Options{Journal: memoryJournal(t, memory.Options{Keep: messages})})
		ann := mustJoin(t, g, v1("ann"))
		var reading sync.WaitGroup
		for i := range 8 {
			c := mustJoin(t, g, v1(fmt.Sprint("n", i)))
			reading.Go(func() { c.collect(messages) })
		}
		for range messages {
			ann.mustSend("hi")
		}
		reading.Wait()
	})
}
