package client

import "snug/protocol"

// maxQueued is how many events may wait for the consumer.
const maxQueued = 1024

// queue holds the events that wait for the consumer. Events that don't fit are
// dropped. Dropped log events are found by their seqs, and read from the server later.
// For others the queue remembers that a substitute is needed.
type queue struct {
	events        []Event
	missedStatus  Event            // the last *Connected or *Disconnected that was dropped
	missedMembers bool             // an event about members was dropped
	missedPruned  *protocol.Pruned // the last one that was dropped
}

func (q *queue) clear() { *q = queue{} }

func (q *queue) pop() Event {
	e := q.events[0]
	q.events[0] = nil
	q.events = q.events[1:]
	return e
}

// markMissed remembers an event that was dropped.
func (q *queue) markMissed(e Event) {
	switch e := e.(type) {
	case *protocol.Event, *protocol.Gap, *protocol.Typing: // found by their seqs, or obsolete soon
	case *Connected:
		q.missedStatus, q.missedMembers = e, true
	case *Disconnected:
		q.missedStatus = e
	case *protocol.Pruned:
		q.missedPruned = e
	case *protocol.Knock, *protocol.Seen: // the Room has their state
	default:
		q.missedMembers = true
	}
}

// push adds an event to the queue, or drops it. The caller holds mu.
func (r *Room) push(e Event) {
	q := &r.queue
	const substitutes = 3 // that substituteMissed adds at most
	if len(q.events)+substitutes < maxQueued {
		r.substituteMissed()
	}
	if len(q.events) < maxQueued {
		q.events = append(q.events, e)
	} else {
		q.markMissed(e)
	}
	signal(r.more)
}

// substituteMissed adds events that stand for those that were dropped. Events that
// are pushed later continue from there.
func (r *Room) substituteMissed() {
	q := &r.queue
	if q.missedStatus != nil {
		q.events = append(q.events, q.missedStatus)
	}
	if q.missedMembers {
		if here := r.roster.snapshot(); r.roster.crowd() {
			q.events = append(q.events, &protocol.Crowd{Count: here.Count})
		} else {
			q.events = append(q.events, &here)
		}
	}
	if q.missedPruned != nil {
		q.events = append(q.events, q.missedPruned)
	}
	q.missedStatus, q.missedMembers, q.missedPruned = nil, false, nil
}
