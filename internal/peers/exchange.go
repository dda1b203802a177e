package peers

import (
	"maps"
	"slices"
	"time"

	"snug/internal/room"
)

// What is here is run's part of a link: what it tells the other nodes, and what it
// has of them.

// tell begins the link, tells the others what is new, and ends the link once it is
// closed.
func (l *link) tell() {
	l.mu.Lock()
	l.due = false
	closed := l.closed
	here := make([]present, 0, len(l.news))
	var gone []string
	for member := range l.news {
		if p, there := l.here[member]; there {
			here = append(here, pack(&p.Present))
		} else {
			gone = append(gone, member)
		}
	}
	typing := slices.Collect(maps.Keys(l.typing))
	clear(l.news)
	clear(l.typing)
	l.mu.Unlock()

	if !l.begun && !closed {
		l.begin()
	}
	for len(here)+len(gone) > 0 {
		h, g := min(len(here), membersAtOnce), min(len(gone), membersAtOnce)
		l.tellDelta(&delta{Here: here[:h], Gone: gone[:g]})
		here, gone = here[h:], gone[g:]
	}
	for part := range slices.Chunk(typing, membersAtOnce) {
		l.mesh.publish(l.mesh.subjectOf(l.code), &packet{Delta: &delta{Room: l.code, Typing: part}})
	}
	if closed {
		l.end()
	}
}

func (l *link) tellDelta(d *delta) {
	l.mesh.version++
	d.Room, d.After, d.Version = l.code, l.version, l.mesh.version
	l.version = d.Version
	l.mesh.changed[l.code] = d.Version
	l.mesh.publish(l.mesh.subjectOf(l.code), &packet{Delta: d})
}

// begin listens to the room's subject, and asks the nodes that are there.
func (l *link) begin() {
	sub, err := l.mesh.nc.ChanSubscribe(l.mesh.subjectOf(l.code), l.mesh.messages)
	if err != nil {
		l.mesh.log.Warn("a room can't hear the other nodes", "room", string(l.code), "err", err)
	}
	l.sub, l.begun = sub, true
	for _, n := range l.mesh.others() {
		l.mesh.want(n.id, []*link{l})
	}
	l.giveUp = time.AfterFunc(answerWithin, l.makeReady)
	l.answered("")
}

func (l *link) end() {
	if l.giveUp != nil {
		l.giveUp.Stop()
	}
	if l.sub != nil {
		_ = l.sub.Unsubscribe() // fails only where the connection is closed
	}
}

func (l *link) makeReady() { l.once.Do(func() { close(l.ready) }) }

// answered notes that a node has said who is in the room there, or won't, and makes
// the link ready when all have.
func (l *link) answered(id string) {
	delete(l.asked, id)
	l.mesh.mu.Lock()
	settled := l.mesh.settled
	l.mesh.mu.Unlock()
	if settled && l.begun && len(l.asked) == 0 {
		l.makeReady()
	}
}

func (l *link) of(id string) *known {
	k := l.known[id]
	if k == nil {
		k = new(known)
		l.known[id] = k
	}
	return k
}

// want returns the question to a node for who is in the room there.
func (l *link) want(id string) want {
	k := l.of(id)
	k.asked, k.parts, k.next = time.Now(), nil, 0
	l.asked[id] = true
	l.mesh.asking[l] = true
	w := want{Room: l.code}
	if k.sure {
		w.Have = &k.version
	}
	return w
}

// overdue returns the nodes whose answers haven't come, and whether there are others
// that may yet.
func (l *link) overdue(now time.Time) (nodes []string, more bool) {
	for id, k := range l.known {
		switch {
		case k.asked.IsZero():
		case now.Sub(k.asked) > askAgain:
			nodes = append(nodes, id)
		default:
			more = true
		}
	}
	return nodes, more
}

// behind reports whether the link lacks what a node has told up to version, and
// hasn't asked for it.
func (l *link) behind(id string, version uint64) bool {
	k := l.of(id)
	return k.asked.IsZero() && (!k.sure || k.version < version)
}

// lists answers a want.
func (l *link) lists(w want) (parts []list) {
	l.tell() // so that version is what is here
	if w.Have != nil && *w.Have == l.version {
		return []list{{Room: l.code, Version: l.version, Same: true}}
	}
	l.mu.Lock()
	here := make([]present, 0, len(l.here))
	for _, p := range l.here {
		here = append(here, pack(&p.Present))
	}
	l.mu.Unlock()
	for {
		n := min(len(here), membersAtOnce)
		parts = append(parts, list{Room: l.code, Version: l.version, Part: len(parts), More: n < len(here), Here: here[:n]})
		if here = here[n:]; len(here) == 0 {
			return parts
		}
	}
}

// listed takes a node's answer.
func (l *link) listed(id string, a *list) {
	k := l.of(id)
	switch {
	case a.Same, a.Version > 0 && k.sure && a.Version < k.version: // that, or more, is here
	case a.Part != k.next, len(k.parts)+len(a.Here) > inboxHolds: // a part was lost: it will be overdue
		return
	case a.More:
		k.parts, k.next = append(k.parts, a.Here...), k.next+1
		return
	default:
		l.doubt(a.Here)
		l.push(room.News{Node: id, All: true, Here: allNews(append(k.parts, a.Here...))})
		k.sure, k.version = true, a.Version
	}
	k.asked, k.parts, k.next = time.Time{}, nil, 0
	l.answered(id)
}

// changed takes what a node tells of itself.
func (l *link) changed(id string, d *delta) {
	if d.Version == 0 {
		l.push(room.News{Node: id, Typing: d.Typing})
		return
	}
	k := l.of(id)
	switch {
	case k.sure && d.Version <= k.version: // known already
	case d.After == 0, k.sure && k.version == d.After:
		l.doubt(d.Here)
		l.push(room.News{Node: id, All: d.After == 0, Here: allNews(d.Here), Gone: d.Gone})
		k.sure, k.version = true, d.Version
	case l.behind(id, d.Version):
		l.mesh.want(id, []*link{l})
	}
}

// doubt sees to it that the nicks of those who are here are looked at, where others
// go by them.
func (l *link) doubt(there []present) {
	for i := range there {
		l.mesh.nicks.doubt(place{l.code, there[i].nick.Key()}, there[i].Member)
	}
}

// lost forgets a node that is gone.
func (l *link) lost(id string) {
	if l.known[id] != nil {
		delete(l.known, id)
		l.push(room.News{Node: id, All: true})
	}
	l.answered(id)
}

// drained reports whether the room has taken what was left of an overflow, so that
// everything is to be asked for.
func (l *link) drained() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.relist || len(l.inbox) > 0 {
		return false
	}
	l.relist = false
	clear(l.known)
	return true
}
