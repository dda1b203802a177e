package room

// Passed says that the client has been written what its cursor has handed out. It is
// for the cursor's goroutine.
func (p *Participant) Passed() {
	c := &p.Cursor
	passed := c.seq << 1
	if c.seq < c.upto {
		passed |= inLog
	}
	p.passed.Store(passed)
}

// inLog is the bit of Participant.passed that says that the cursor reads the journal.
const inLog = 1

// Delivered returns how many log events the client has come past: those that it was
// written, and any between that its dialect doesn't show.
func (p *Participant) Delivered() uint64 { return p.passed.Load()>>1 - p.began }

// Lag is how far a connection is behind its room.
type Lag struct {
	Events uint64 // of the log
	InLog  bool   // it reads them from the journal, since its wire has let go of them
}

// Lag returns how far the client is behind what it could have been written. It asks
// nobody: the room and the writer go on meanwhile, so it is a moment's.
func (p *Participant) Lag() Lag {
	passed := p.passed.Load()
	seq, shown := passed>>1, p.Cursor.wire.newest()
	if seq >= shown {
		return Lag{}
	}
	return Lag{shown - seq, passed&inLog != 0}
}

// Head returns the seq of the newest log event in the participant's room.
func (p *Participant) Head() uint64 { return p.room.Head() }

// Messages returns how many messages rooms have shown.
func (g *Registry) Messages() uint64 { return g.messages.Load() }
