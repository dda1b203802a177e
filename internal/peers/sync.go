package peers

import (
	"maps"
	"slices"
	"time"

	"snug/internal/room"
)

// This file is the part of a link that belongs to run: it publishes this node's members
// of the room, and keeps the link up to date with those of the other nodes.

// remote is what a link knows of the room on another node.
type remote struct {
	synced  bool // the link has the members as of version
	version uint64
	asked   time.Time // when a list was requested; zero if none is awaited
	parts   []present // the parts of an incomplete list
	next    int       // the number of the next part
}

// answerOverdue is when a list that hasn't arrived is requested again.
const answerOverdue = time.Second

// publish starts the link, publishes what is unsent, and ends the link if it is closed.
func (l *link) publish() {
	l.mu.Lock()
	l.scheduled = false
	closed := l.closed
	here := make([]present, 0, len(l.unsent))
	var gone []string
	for member := range l.unsent {
		if p, there := l.here[member]; there {
			here = append(here, encodePresent(&p.Present))
		} else {
			gone = append(gone, member)
		}
	}
	typing := slices.Collect(maps.Keys(l.typing))
	clear(l.unsent)
	clear(l.typing)
	l.mu.Unlock()

	if !l.started && !closed {
		l.start()
	}
	for len(here)+len(gone) > 0 {
		h, g := min(len(here), maxPacketMembers), min(len(gone), maxPacketMembers)
		l.publishChange(&change{Here: here[:h], Gone: gone[:g]})
		here, gone = here[h:], gone[g:]
	}
	for part := range slices.Chunk(typing, maxPacketMembers) {
		l.network.send(roomSubject(l.code), &packet{Change: &change{Room: l.code, Typing: part}})
	}
	if closed {
		l.end()
	}
}

func (l *link) publishChange(c *change) {
	l.network.version++
	c.Room, c.After, c.Version = l.code, l.version, l.network.version
	l.version = c.Version
	l.network.changed[l.code] = c.Version
	l.network.send(roomSubject(l.code), &packet{Change: c})
}

// start subscribes to the room's subject and asks the other nodes for their members.
// The link is ready when they have answered, or after answerTimeout.
func (l *link) start() {
	sub, err := l.network.nc.ChanSubscribe(roomSubject(l.code), l.network.messages)
	if err != nil {
		l.network.log.Warn("can't subscribe to a room's changes on the other nodes", "room", string(l.code), "err", err)
	}
	l.sub, l.started = sub, true
	for _, other := range l.network.others() {
		l.network.request(other.id, []*link{l})
	}
	if l.answered(""); !l.isReady() {
		l.timeout = time.AfterFunc(answerTimeout, l.makeReady)
	}
}

func (l *link) end() {
	if l.timeout != nil {
		l.timeout.Stop()
	}
	if l.sub != nil {
		_ = l.sub.Unsubscribe() // fails only if the connection is closed
	}
}

func (l *link) makeReady() { l.readyOnce.Do(func() { close(l.ready) }) }

func (l *link) isReady() bool {
	select {
	case <-l.ready:
		return true
	default:
		return false
	}
}

// answered notes that a node has answered or is gone, and makes the link ready when no
// answer is missing.
func (l *link) answered(id string) {
	delete(l.awaited, id)
	l.network.mu.Lock()
	settled := l.network.settled
	l.network.mu.Unlock()
	if settled && l.started && len(l.awaited) == 0 {
		l.makeReady()
	}
}

func (l *link) remote(id string) *remote {
	r := l.remotes[id]
	if r == nil {
		r = new(remote)
		l.remotes[id] = r
	}
	return r
}

// request returns a request to a node for its members of the room.
func (l *link) request(id string) request {
	r := l.remote(id)
	r.asked, r.parts, r.next = time.Now(), nil, 0
	l.awaited[id] = true
	l.network.asking[l] = true
	q := request{Room: l.code}
	if r.synced {
		q.Have = &r.version
	}
	return q
}

// overdue returns the nodes whose answers are overdue, and whether other answers are
// still awaited.
func (l *link) overdue(now time.Time) (nodes []string, waiting bool) {
	for id, r := range l.remotes {
		switch {
		case r.asked.IsZero():
		case now.Sub(r.asked) > answerOverdue:
			nodes = append(nodes, id)
		default:
			waiting = true
		}
	}
	return nodes, waiting
}

// behind reports whether the link lacks what a node published up to version, and hasn't
// asked for it.
func (l *link) behind(id string, version uint64) bool {
	r := l.remote(id)
	return r.asked.IsZero() && (!r.synced || r.version < version)
}

// lists answers a request.
func (l *link) lists(q request) (parts []list) {
	l.publish() // so that here is what version says
	if q.Have != nil && *q.Have == l.version {
		return []list{{Room: l.code, Version: l.version, Same: true}}
	}
	l.mu.Lock()
	here := make([]present, 0, len(l.here))
	for _, p := range l.here {
		here = append(here, encodePresent(&p.Present))
	}
	l.mu.Unlock()
	for {
		n := min(len(here), maxPacketMembers)
		parts = append(parts, list{Room: l.code, Version: l.version, Part: len(parts), More: n < len(here), Here: here[:n]})
		if here = here[n:]; len(here) == 0 {
			return parts
		}
	}
}

// receiveList handles a part of a node's answer.
func (l *link) receiveList(id string, a *list) {
	r := l.remote(id)
	switch {
	case a.Same, a.Version > 0 && r.synced && a.Version < r.version: // the link has that, or more
	case a.Part != r.next, len(r.parts)+len(a.Here) > maxInbox: // a part was lost: the answer will be overdue
		return
	case a.More:
		r.parts, r.next = append(r.parts, a.Here...), r.next+1
		return
	default:
		l.checkNicks(a.Here)
		l.push(room.News{Node: id, All: true, Here: decodeAll(append(r.parts, a.Here...))})
		r.synced, r.version = true, a.Version
	}
	r.asked, r.parts, r.next = time.Time{}, nil, 0
	l.answered(id)
}

// receiveChange handles a change that a node has published.
func (l *link) receiveChange(id string, c *change) {
	if c.Version == 0 {
		l.push(room.News{Node: id, Typing: c.Typing})
		return
	}
	r := l.remote(id)
	switch {
	case r.synced && c.Version <= r.version: // the link has it
	case c.After == 0, r.synced && r.version == c.After:
		l.checkNicks(c.Here)
		l.push(room.News{Node: id, All: c.After == 0, Here: decodeAll(c.Here), Gone: c.Gone})
		r.synced, r.version = true, c.Version
	case l.behind(id, c.Version):
		l.network.request(id, []*link{l})
	}
}

// checkNicks rechecks this node's leases on the nicks that members on another node show.
func (l *link) checkNicks(there []present) {
	for i := range there {
		l.network.nicks.doubt(nickKey{l.code, there[i].nick.Key()}, there[i].Member)
	}
}

// removeNode forgets a node that is gone.
func (l *link) removeNode(id string) {
	if l.remotes[id] != nil {
		delete(l.remotes, id)
		l.push(room.News{Node: id, All: true})
	}
	l.answered(id)
}
