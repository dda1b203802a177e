package chat

import (
	"sync"
	"testing"
)

func TestALatchFreesWhoWaitsBeforeAndAfterwards(t *testing.T) {
	var before latch
	wait := before.wait()
	select {
	case <-wait:
		t.Error("a latch that wasn't opened is open")
	default:
	}
	before.open()
	<-wait
	<-before.wait()

	var after latch
	after.open()
	<-after.wait()

	for range 1000 {
		var l latch
		var waiting sync.WaitGroup
		for range 2 {
			waiting.Go(func() { <-l.wait() })
		}
		l.open()
		waiting.Wait()
	}
}
