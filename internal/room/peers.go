package room

import (
	"context"

	"snug/protocol"
)

// Peers are the other nodes that share the journal: how a registry's rooms learn
// who is in the same room over there, and tell who is here. Messages and what is
// moderated come by the journal; this is for the roster, where only the latest
// matters.
type Peers interface {
	// Open ties a room that has nobody in it yet to the same room on the other
	// nodes. It waits for nobody. The caller closes the link.
	Open(code Code) Link
}

// Link is one room's tie to the other nodes. Its methods are safe for concurrent
// use, and none but Claim waits.
type Link interface {
	// Ready is closed when the nodes that were there when the link was opened have
	// said who is in the room, and Take has it, or when it was waited for long enough.
	Ready() <-chan struct{}
	// Wake yields a value when there may be something to take.
	Wake() <-chan struct{}
	// Take returns what has come since the last Take, of one node in its order.
	Take() []News

	// Show tells the others that a member is here, and as what; it replaces what was
	// shown of that member. As long as it is shown its nick is held for it: where
	// that turns out to be another's after all, Take says so. The link keeps p.
	Show(p Present)
	// Hide tells the others that a member that was shown is no longer here.
	Hide(member string)
	// Typing tells the others that a member types.
	Typing(member string)

	// Claim asks for a nick for a member, and reports whether it is that member's now,
	// and nobody else's on any node; a member may claim what it has. It waits for the
	// nodes to agree, until ctx ends. If they can't, that is the error. Of a claim that
	// was granted the caller lets go by drop, once: then it holds only as far as the
	// member is shown by it.
	Claim(ctx context.Context, nick Nick, member string) (drop func(), granted bool, err error)

	// Close hides who is shown and ends the link.
	Close()
}

// Present is a member as it is on one node. It isn't changed once it is handed on.
type Present struct {
	Member    string
	Nick      Nick
	Stamp     uint64        // which of two nicks of one member is the later: the higher
	Role      protocol.Role // the highest that its tokens give it there; empty for none
	Guest     bool
	Addresses []string // that it came from there, keyed
}

// News is what a link has heard from one node.
type News struct {
	Node   string
	All    bool      // Here is everyone that the node has: who isn't in it has gone from there
	Here   []Present // who came there, or changed
	Gone   []string  // members whose last connection there has gone
	Typing []string  // members

	// Lost is a member shown here whose nick is another's, and LostKey the Nick.Key of
	// that nick.
	Lost, LostKey string
}
