package peers

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go"

	"snug/internal/room"
)

const (
	visibleSubject = subjectPrefix + "visible"
	// visibleTimeout bounds how long the other nodes are waited for.
	visibleTimeout = time.Second
)

// visibleQuestion asks a node which of some members of a room see it there.
type visibleQuestion struct {
	Node    string    `json:"n"` // who asks; the first field, see isFrom
	Room    room.Code `json:"r"`
	Members []string  `json:"m"`
}

// visibleAnswer has those of the question's members.
type visibleAnswer struct {
	Node    string   `json:"n"`
	Visible []string `json:"v,omitempty"`
}

// AnswerVisible has this node answer which of some members of a room see it here, as here
// says, which is called by one goroutine at a time. It is called once, before others may ask.
func (n *Network) AnswerVisible(here func(ctx context.Context, code room.Code, members []string) []string) {
	sub, err := n.nc.Subscribe(visibleSubject, func(msg *nats.Msg) {
		var q visibleQuestion
		if isFrom(msg.Data, n.self) || json.Unmarshal(msg.Data, &q) != nil || len(q.Members) > maxPacketMembers {
			return
		}
		ctx, cancel := context.WithTimeout(n.ctx, visibleTimeout)
		defer cancel()
		if answer, err := json.Marshal(visibleAnswer{n.self, here(ctx, q.Room, q.Members)}); err == nil {
			_ = msg.Respond(answer) // without an answer nobody is seen here
		}
	})
	if err != nil { // the connection is closed, and the node ends
		n.log.Warn("the other nodes can't ask who sees a room here", "err", err)
		return
	}
	n.subs = append(n.subs, sub)
}

// Visible returns those of some members of a room who see it on another node. It waits up to a
// second for the nodes that are alive, and until ctx ends. On a node that doesn't answer, nobody
// sees it.
func (n *Network) Visible(ctx context.Context, code room.Code, members []string) (visible []string) {
	ctx, cancel := context.WithTimeout(ctx, visibleTimeout)
	defer cancel()
	for len(members) > 0 {
		count := min(len(members), maxPacketMembers)
		visible = append(visible, n.askVisible(ctx, code, members[:count])...)
		members = members[count:]
	}
	return visible
}

func (n *Network) askVisible(ctx context.Context, code room.Code, members []string) (visible []string) {
	missing := make(map[string]bool)
	for _, other := range n.others() {
		missing[other.id] = true
	}
	if len(missing) == 0 {
		return nil
	}
	question, err := json.Marshal(visibleQuestion{n.self, code, members})
	if err != nil {
		return nil
	}
	inbox := n.nc.NewRespInbox()
	answers := make(chan *nats.Msg, len(missing))
	sub, err := n.nc.ChanSubscribe(inbox, answers)
	if err != nil {
		return nil // the connection is closed
	}
	defer func() { _ = sub.Unsubscribe() }()
	if n.nc.PublishRequest(visibleSubject, inbox, question) != nil {
		return nil
	}
	for len(missing) > 0 {
		select {
		case msg := <-answers:
			var a visibleAnswer
			if json.Unmarshal(msg.Data, &a) == nil && missing[a.Node] {
				delete(missing, a.Node)
				visible = append(visible, a.Visible...)
			}
		case <-ctx.Done():
			return visible
		}
	}
	return visible
}
