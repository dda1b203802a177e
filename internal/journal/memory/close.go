package memory

import (
	"time"

	"snug/protocol"
)

// maxClosed bounds how many closed rooms the journal remembers.
const maxClosed = 100_000

// closedRooms are the rooms that were closed last. The zero value is ready for use. It is
// guarded by Journal.mu.
//
// The journal forgets rooms, but what was given out for a closed room must never be valid
// for a later one with its code. So the generation of a code that closedRooms doesn't have
// is the largest of those that it no longer has. Until more than maxClosed rooms were
// closed, that is 0. After that, a room may have a generation of more than 0 although its
// code never was closed, and a room that was forgotten may come back with a later one: its
// members are then strangers, as they are to its new log anyway.
type closedRooms struct {
	codes map[string]closedRoom
	order []orderedRoom // the oldest first
	floor uint64        // the largest generation of a code that is no longer in codes
}

type closedRoom struct {
	generation uint64    // of the next room with the code
	until      time.Time // until when there is none
}

type orderedRoom struct {
	code       string
	generation uint64
}

// generation returns the generation of a room that is made now.
func (cs *closedRooms) generation(code string) uint64 {
	if c, there := cs.codes[code]; there {
		return c.generation
	}
	return cs.floor
}

// until returns until when the code can't be used, or the zero Time.
func (cs *closedRooms) until(code string) time.Time { return cs.codes[code].until }

// add adds a closed room, and forgets the oldest one if there are too many.
func (cs *closedRooms) add(code string, c closedRoom) {
	if cs.codes == nil {
		cs.codes = make(map[string]closedRoom)
	}
	cs.codes[code] = c
	cs.order = append(cs.order, orderedRoom{code, c.generation})
	if len(cs.order) <= maxClosed {
		return
	}
	oldest := cs.order[0]
	cs.order = cs.order[1:]
	if cs.codes[oldest.code].generation == oldest.generation { // it wasn't closed again since
		delete(cs.codes, oldest.code)
		cs.floor = max(cs.floor, oldest.generation)
	}
}

// closeRoom removes a room whose last entry was added. The caller holds j.mu.
func (j *Journal) closeRoom(code string, r *room) {
	r.ended = true
	r.forget.Stop()
	j.dropAllFiles(r)
	delete(j.rooms, code)
	j.ended.add(code, closedRoom{r.generation + 1, r.at.Add(protocol.ClosedFor)})
}
