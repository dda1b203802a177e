package chat

import "sync"

// transfers counts the files under way, by network: each has an open file and a goroutine, for
// as long as its client takes. It is safe for concurrent use.
type transfers struct {
	most, mostEach int // at once, in all and of a network

	mu    sync.Mutex
	all   int
	count map[string]int
}

func newTransfers(most, mostEach int) *transfers {
	return &transfers{most: most, mostEach: mostEach, count: make(map[string]int)}
}

// begin counts a file, unless there are too many. If it returns true, the caller calls end.
func (t *transfers) begin(network string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= t.most || t.count[network] >= t.mostEach {
		return false
	}
	t.all++
	t.count[network]++
	return true
}

func (t *transfers) end(network string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.count[network]--; t.count[network] == 0 {
		delete(t.count, network)
	}
}
