package room

// Passed says that the client has been written what its cursor has handed out, and
// returns how many log events that were since it was last called. It is for the
// cursor's goroutine.
func (p *Participant) Passed() (events uint64) {
	c := &p.Cursor
	at := c.at
	if c.seq < c.upto {
		at = inLog
	}
	p.passedAt.Store(at)
	return c.seq - p.passed.Swap(c.seq)
}

// inLog is where a cursor is on its wire while it reads the journal.
const inLog = -1

// Lag is how far a connection is behind its room.
type Lag struct {
	Events uint64 // of the log
	InLog  bool   // it reads them from the journal, since its wire has let go of them
}

// Lag returns how far the client is behind what it could have been written. It asks
// nobody: the room and the writer go on meanwhile, so it is a moment's.
func (p *Participant) Lag() Lag {
	at, seq := p.passedAt.Load(), p.passed.Load()
	end, head := p.Cursor.wire.place()
	if at == end || head < seq { // what its dialect doesn't show isn't waited for
		return Lag{}
	}
	return Lag{max(head-seq, 1), at == inLog}
}

// Head returns the seq of the newest log event in the participant's room.
func (p *Participant) Head() uint64 { return p.room.Head() }

// Messages returns how many messages rooms have shown.
func (g *Registry) Messages() uint64 { return g.messages.Load() }
