package peers

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"snug/internal/room"
)

// leaders are nodes that may lead. It checks that one at a time does.
type leaders struct {
	t     *testing.T
	nodes []*testNode
	now   atomic.Int64 // one more than the leader's index
}

func (l *leaders) leader() int { return int(l.now.Load()) - 1 }

// begin has a node lead when it may, until the function that it returns is called.
func (l *leaders) begin(i int) (stop func()) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.nodes[i].network.Lead(ctx, "some work", func(ctx context.Context) {
			if !l.now.CompareAndSwap(0, int64(i+1)) {
				l.t.Errorf("%d leads while %d does", i, l.leader())
				return
			}
			<-ctx.Done()
			l.now.Store(0)
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	l.t.Cleanup(stop)
	return stop
}

func TestOneNodeLeads(t *testing.T) {
	t.Parallel()
	n := startThree(t, room.Options{})
	l := &leaders{t: t, nodes: n[:]}
	var stop []func()
	for i := range n {
		stop = append(stop, l.begin(i))
	}
	for range n {
		eventually(t, "a node leads", func() bool { return l.leader() >= 0 })
		stop[l.leader()]() // and lets another one, until none is left
	}
	if i := l.leader(); i >= 0 {
		t.Errorf("%d leads and was stopped", i)
	}
}

func TestALeaderThatIsCutOffStopsAndAnotherOneLeads(t *testing.T) {
	t.Parallel()
	one, other, c := startWithCable(t)
	l := &leaders{t: t, nodes: []*testNode{one, other}}
	l.begin(1)
	eventually(t, "the node behind the cable leads", func() bool { return l.leader() == 1 })
	l.begin(0)
	c.setCut(true)
	eventually(t, "the node that isn't cut off leads", func() bool { return l.leader() == 0 })
	c.setCut(false)
}
