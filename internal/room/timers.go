package room

import "time"

// timer is one of those that a room has.
type timer int

const (
	idleTimer   timer = iota // to end, with nobody in it
	trimTimer                // to let go of what the wires hold
	spreadTimer              // to have what is on the wires written
	crowdTimer               // to tell the count
	eraseTimer               // to let go of what was erased
	timerCount
)

// timers are what a room waits for beside its members and its log. They have one
// alarm of the runtime's, which is set for the first of them; when that is put off, as
// in a busy room with each message, the alarm rings for nothing, and is set anew.
// But for ring, which the alarm calls, they are the room's goroutine's.
type timers struct {
	ring  func()
	alarm *time.Timer           // nil before it is first set
	rings time.Time             // when; zero if it isn't set
	due   [timerCount]time.Time // zero for those that don't run
}

// set starts a timer, or puts it off.
func (t *timers) set(which timer, after time.Duration) {
	t.due[which] = time.Now().Add(after)
	t.wind(t.due[which])
}

func (t *timers) stop(which timer) { t.due[which] = time.Time{} }

// wind sets the alarm, unless it rings before.
func (t *timers) wind(at time.Time) {
	switch {
	case !t.rings.IsZero() && !at.Before(t.rings):
		return
	case t.alarm == nil:
		t.alarm = time.AfterFunc(time.Until(at), t.ring)
	default:
		t.alarm.Reset(time.Until(at))
	}
	t.rings = at
}

// close lets go of the alarm.
func (t *timers) close() {
	if t.alarm != nil {
		t.alarm.Stop()
	}
}

// rang returns which timers are due, and stops those, after the alarm has rung.
func (t *timers) rang() (due []timer) {
	t.rings = time.Time{}
	for which, at := range t.due {
		switch {
		case at.IsZero():
		case time.Now().Before(at):
			t.wind(at)
		default:
			t.due[which] = time.Time{}
			due = append(due, timer(which))
		}
	}
	return due
}
