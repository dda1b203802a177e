package room

import (
	"context"

	"snug/protocol"
)

// Peers are the other nodes that share the journal: through them, the rooms of a registry
// learn who is in the same room on other nodes, and tell who is here. Log events come by
// the journal. Peers are for the roster, of which only the newest state matters.
type Peers interface {
	// Open links a room, in which nobody is yet, to the same room on the other nodes. It
	// doesn't block. The caller closes the link.
	Open(code Code) Link
}

// Link connects one room with the same room on the other nodes. Its methods are safe for
// concurrent use; only Claim blocks.
type Link interface {
	// Ready is closed when Take has the members of all nodes that were there when the
	// link was opened, or when it has waited for them long enough.
	Ready() <-chan struct{}
	// Wake yields a value when Take may have news.
	Wake() <-chan struct{}
	// Take returns the news since the last Take. News of one node are in order.
	Take() []News

	// Show tells the other nodes that a member is here, and replaces what they were told
	// of it before. While a member is shown, its nick stays granted to it; if it turns
	// out to belong to another member, Take says so. The link keeps p.
	Show(p Present)
	// Hide tells the other nodes that a member that was shown is no longer here.
	Hide(member string)
	// Typing tells the other nodes that a member is typing.
	Typing(member string)

	// Claim asks for a nick for a member, and reports whether the nick now belongs to
	// that member, and to nobody else on any node. A member may claim the nick that it
	// has. Claim waits until the nodes agree or ctx ends; if they can't agree, it returns
	// an error. After a granted claim the caller calls drop, once; from then on, the nick
	// is granted only as long as the member is shown with it.
	Claim(ctx context.Context, nick Nick, member string) (drop func(), granted bool, err error)

	// Close hides all members that are shown, and ends the link.
	Close()
}

// Present is a member as it is on one node. It must not be changed after it was handed
// over.
type Present struct {
	Member    string
	Nick      Nick
	Stamp     uint64        // of two nicks of one member, the one with the higher stamp is newer
	Role      protocol.Role // the highest role of its tokens there; empty for none
	Guest     bool
	Addresses []string // that it came from there, keyed
}

// News is what one node has told.
type News struct {
	Node   string
	All    bool      // Here has all members of the node: others are no longer there
	Here   []Present // members who joined there, or changed
	Gone   []string  // members whose last connection there has ended
	Typing []string  // members who are typing

	// Lost is a member that is shown here and whose nick belongs to another member; LostKey
	// is the Nick.Key of that nick.
	Lost, LostKey string
}
