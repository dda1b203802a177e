package chat

import (
	"sync"
	"sync/atomic"

	"snug/internal/room"
)

// outbox is what waits for one client alone: answers to what it asked. It is
// bounded by its filler: the connection's reader takes no further command while
// it is not ready, and each draft in flight puts at most one small frame in.
type outbox struct {
	clear atomic.Pointer[room.Participant] // seat, if nothing comes before what is for all; nil otherwise

	mu       sync.Mutex
	seat     *room.Participant // what is for all is read from; nil before it has joined
	frames   []byte
	last     *ending
	inFlight int // drafts whose outcome is still to come

	rouse func()        // there is something to write
	freed chan struct{} // one slot: it may be ready again
	most  int           // bytes of answers that wait
}

// draftsFlying bounds the drafts that wait for the journal.
const draftsFlying = 64

func newOutbox(most int, rouse func()) outbox {
	return outbox{rouse: rouse, freed: make(chan struct{}, 1), most: most}
}

// put adds a frame. It doesn't wait, and copies. It is for answers, which ready
// and the drafts in flight bound.
func (o *outbox) put(frame []byte) {
	o.mu.Lock()
	o.frames = append(o.frames, frame...)
	o.note()
	o.mu.Unlock()
	o.rouse()
}

// offer adds a frame that the client hasn't asked for, if there is room.
func (o *outbox) offer(frame []byte) {
	o.mu.Lock()
	if len(o.frames) < o.most {
		o.frames = append(o.frames, frame...)
		o.note()
	}
	o.mu.Unlock()
	o.rouse()
}

// sit says what is for all is read from p, after welcome.
func (o *outbox) sit(p *room.Participant, welcome []byte) {
	o.mu.Lock()
	o.frames = append(o.frames, welcome...)
	o.seat = p
	o.note()
	o.mu.Unlock()
	o.rouse()
}

// fly counts a draft that is handed to the journal, and land one whose outcome
// is there.
func (o *outbox) fly() {
	o.mu.Lock()
	o.inFlight++
	o.mu.Unlock()
}

func (o *outbox) land() {
	o.mu.Lock()
	o.inFlight--
	o.mu.Unlock()
	signal(o.freed)
}

// ready reports whether another command may be taken; if not, freed says when
// to look again.
func (o *outbox) ready() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.frames) < o.most && o.inFlight < draftsFlying
}

// settled reports whether the outcome of every draft is there.
func (o *outbox) settled() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.inFlight == 0
}

// end says that nothing comes after e.
func (o *outbox) end(e *ending) {
	o.mu.Lock()
	o.last = e
	o.note()
	o.mu.Unlock()
	o.rouse()
}

// take returns the frames that wait, and what comes after them: what is for all,
// if the client has joined, and the end, if that has come.
func (o *outbox) take() (frames []byte, seat *room.Participant, last *ending) {
	o.mu.Lock()
	frames, seat, last = o.frames, o.seat, o.last
	o.frames = nil
	o.note()
	o.mu.Unlock()
	if len(frames) > 0 {
		signal(o.freed)
	}
	return frames, seat, last
}

// note sets clear. It needs o.mu.
func (o *outbox) note() {
	if len(o.frames) > 0 || o.last != nil {
		o.clear.Store(nil)
		return
	}
	o.clear.Store(o.seat)
}

// seated returns what sit was called with; nil if it hasn't been.
func (o *outbox) seated() *room.Participant {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seat
}

// signal fills a one-slot channel; one signal is enough for all who look after
// it.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
