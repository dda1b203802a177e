package client

import "snug/protocol"

// mostQueued is how many events wait for the consumer at most.
const mostQueued = 1024

// queue is what waits for the consumer. What doesn't fit is left out: of the log
// the numbers tell, and the consumer reads it from the server; of the rest it is
// noted that something is to be made good.
type queue struct {
	events []Event
	status Event // the last *Connected or *Disconnected that was left out
	beside bool  // something about members was left out
}

func (q *queue) clear() { *q = queue{} }

func (q *queue) pop() Event {
	e := q.events[0]
	q.events[0] = nil
	q.events = q.events[1:]
	return e
}

// miss notes what is left out.
func (q *queue) miss(e Event) {
	switch e := e.(type) {
	case *protocol.Event, *protocol.Gap, *protocol.Typing: // found by their numbers, or past before long
	case *Connected:
		q.status, q.beside = e, true
	case *Disconnected:
		q.status = e
	default:
		q.beside = true
	}
}

// push puts an event in the queue, or leaves it out. It is called under mu.
func (r *Room) push(e Event) {
	q := &r.queue
	const madeGood = 2 // what makeGood adds
	if len(q.events)+madeGood < mostQueued {
		r.makeGood()
	}
	if len(q.events) < mostQueued {
		q.events = append(q.events, e)
	} else {
		q.miss(e)
	}
	signal(r.more)
}

// makeGood puts into the queue what stands for the events that were left out of
// it. What is pushed later goes on from there.
func (r *Room) makeGood() {
	q := &r.queue
	if q.status != nil {
		q.events = append(q.events, q.status)
	}
	if q.beside {
		if here := r.roster.snapshot(); r.roster.crowd() {
			q.events = append(q.events, &protocol.Crowd{Count: here.Count})
		} else {
			q.events = append(q.events, &here)
		}
	}
	q.status, q.beside = nil, false
}
