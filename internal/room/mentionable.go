package room

import (
	"slices"
	"sync"

	"snug/internal/room/mention"
)

// mentionable is whom messages can mention: members by their nicks, as mentions are compared. The
// room's goroutine changes it, and senders read it.
type mentionable struct {
	mu      sync.RWMutex
	present map[string][]string // members who are here; two nicks may differ in a room and be one here
	hooks   map[string][]string
	devices map[string][]string // members with devices, who may be away
}

// named returns the members who go by a nick, by its fold. It is a [mention.Named].
func (n *mentionable) named(folded []byte) []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if members := n.present[string(folded)]; members != nil {
		return members
	}
	if members := n.hooks[string(folded)]; members != nil {
		return members
	}
	return n.devices[string(folded)]
}

// add notes that a member goes by a nick.
func (n *mentionable) add(member, nick string) {
	folded := mention.Fold(nick)
	n.mu.Lock()
	defer n.mu.Unlock()
	members := n.present[folded]
	n.present[folded] = append(members[:len(members):len(members)], member) // a copy: senders have the old one
}

// remove notes that a member no longer goes by a nick.
func (n *mentionable) remove(member, nick string) {
	folded := mention.Fold(nick)
	n.mu.Lock()
	defer n.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(n.present[folded]), func(m string) bool { return m == member })
	if len(left) == 0 {
		delete(n.present, folded)
		return
	}
	n.present[folded] = left
}

// setHooks replaces the hooks, by their names.
func (n *mentionable) setHooks(members map[string][]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hooks = members
}

// setDevices replaces the members with devices, by the nicks that the devices were registered with.
func (n *mentionable) setDevices(members map[string][]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.devices = members
}
