package jetstream

import (
	"encoding/json"
	"sync"
	"time"
)

const (
	// announceEvery is how often a node says how far it is.
	announceEvery = time.Second
	// aliveFor is how long a node counts as alive after it was heard.
	aliveFor = 3 * announceEvery
	// awaitedFor is how long the stream keeps messages for a node after it was heard. A
	// node that was away for longer may need a snapshot.
	awaitedFor = 10 * time.Minute
)

// nodes is how far the nodes' files are, by what they have announced. It is safe for
// concurrent use.
type nodes struct {
	mu  sync.Mutex
	all map[string]heard // by the node's name
}

type heard struct {
	position uint64
	at       time.Time
}

func newNodes() *nodes { return &nodes{all: make(map[string]heard)} }

// announcement is what a node sends to all once a second, on SNUG.node.position.
type announcement struct {
	Node     string `json:"node"`
	Position uint64 `json:"position"`
}

// hear notes an announcement.
func (n *nodes) hear(data []byte) {
	var a announcement
	if json.Unmarshal(data, &a) != nil {
		return // it is none of Snug's
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all[a.Node] = heard{a.Position, time.Now()}
}

// alive returns how many nodes are alive. node is the caller.
func (n *nodes) alive(node string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	alive := 1
	for name, h := range n.all {
		if name != node && time.Since(h.at) < aliveFor {
			alive++
		}
	}
	return alive
}

// floor returns the position that every node has come to that was heard recently, and the
// first by name of the nodes that are alive. node, at position, is the caller.
func (n *nodes) floor(node string, position uint64) (floor uint64, first string) {
	floor, first = position, node
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, h := range n.all {
		age := time.Since(h.at)
		if age > awaitedFor {
			delete(n.all, name)
			continue
		}
		floor = min(floor, h.position)
		if age < aliveFor && name < first {
			first = name
		}
	}
	return floor, first
}
