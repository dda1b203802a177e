package chat

import (
	"sync"
	"sync/atomic"

	"snug/internal/room"
)

// outbox holds the frames for one client alone, such as answers to its commands. Its
// filler bounds it: the connection's reader executes no further command while the outbox isn't
// ready, and each draft in flight adds at most one small frame.
type outbox struct {
	// idle is the participant if nothing in the outbox must be written before the
	// room's frames; nil otherwise.
	idle atomic.Pointer[room.Participant]

	mu          sync.Mutex
	participant *room.Participant // whose cursor is read next; nil before the client has joined
	frames      []byte
	early       []byte // what was offered before the client has joined: it follows the welcome
	last        *ending
	drafts      int // in flight: their outcome is still unknown

	scheduleWrite func()        // called when there is something to write
	freed         chan struct{} // one slot: the outbox may be ready or settled again; nil before it wasn't
	limit         int           // bytes of frames that may wait
}

// maxDrafts bounds the drafts of a connection that wait for the journal.
const maxDrafts = 64

func newOutbox(limit int, scheduleWrite func()) outbox {
	return outbox{scheduleWrite: scheduleWrite, limit: limit}
}

// put adds a copy of frame. It doesn't block. It is for answers, whose number ready and
// the drafts in flight bound.
func (o *outbox) put(frame []byte) {
	o.mu.Lock()
	o.frames = append(o.frames, frame...)
	o.updateIdle()
	o.mu.Unlock()
	o.scheduleWrite()
}

// offer adds a copy of a frame that the client didn't ask for, if there is space. Before attach
// it waits for that.
func (o *outbox) offer(frame []byte) {
	o.mu.Lock()
	if o.participant == nil {
		if len(o.early) < o.limit {
			o.early = append(o.early, frame...)
		}
		o.mu.Unlock()
		return
	}
	if len(o.frames) < o.limit {
		o.frames = append(o.frames, frame...)
		o.updateIdle()
	}
	o.mu.Unlock()
	o.scheduleWrite()
}

// attach makes p's cursor the source of the room's frames, after welcome.
func (o *outbox) attach(p *room.Participant, welcome []byte) {
	o.mu.Lock()
	o.frames = append(append(o.frames, welcome...), o.early...)
	o.participant, o.early = p, nil
	o.updateIdle()
	o.mu.Unlock()
	o.scheduleWrite()
}

// beginDraft counts a draft that is handed to the journal, and endDraft one whose
// outcome is known.
func (o *outbox) beginDraft() {
	o.mu.Lock()
	o.drafts++
	o.mu.Unlock()
}

func (o *outbox) endDraft() {
	o.mu.Lock()
	o.drafts--
	signal(o.freed)
	o.mu.Unlock()
}

// ready reports whether another command may be executed. If not, freed says when to
// ask again.
func (o *outbox) ready() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.freedUnless(len(o.frames) < o.limit && o.drafts < maxDrafts)
}

// settled reports whether the outcome of every draft is known. If not, freed says when to ask
// again.
func (o *outbox) settled() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.freedUnless(o.drafts == 0)
}

// freedUnless returns ok, and makes freed unless it is true: few connections ever wait. The
// caller holds o.mu, and is the reader.
func (o *outbox) freedUnless(ok bool) bool {
	if !ok && o.freed == nil {
		o.freed = make(chan struct{}, 1)
	}
	return ok
}

// end says that nothing follows e.
func (o *outbox) end(e *ending) {
	o.mu.Lock()
	o.last = e
	o.updateIdle()
	o.mu.Unlock()
	o.scheduleWrite()
}

// take returns the waiting frames, and the ending if the connection is ending.
func (o *outbox) take() (frames []byte, last *ending) {
	o.mu.Lock()
	frames, last = o.frames, o.last
	o.frames = nil
	o.updateIdle()
	if len(frames) > 0 {
		signal(o.freed)
	}
	o.mu.Unlock()
	return frames, last
}

// updateIdle sets idle. The caller holds o.mu.
func (o *outbox) updateIdle() {
	if len(o.frames) > 0 || o.last != nil {
		o.idle.Store(nil)
		return
	}
	o.idle.Store(o.participant)
}

// joined returns the participant of attach; nil if it wasn't called yet.
func (o *outbox) joined() *room.Participant {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.participant
}

// signal fills a channel with one slot, if there is one. One signal is enough for everyone
// who looks after it.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
