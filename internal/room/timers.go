package room

import "time"

// timer is one of a room's timers.
type timer int

const (
	idleTimer    timer = iota // end the room, as nobody is in it
	trimTimer                 // release the memory of what was delivered
	flushTimer                // deliver presence events
	crowdTimer                // broadcast the number of members
	readersTimer              // broadcast the number of readers
	prunedTimer               // broadcast which events are kept
	knockTimer                // tell that somebody has waited for too long
	eraseTimer                // release the memory of what was erased
	timerCount
)

// timers are the timers of one room. They share one runtime timer, the alarm, which is
// set for the first of them. When that one is put off, as in a busy room with each
// message, the alarm rings for nothing and is set again, which is cheaper than to reset
// it each time. The methods are for the room's goroutine; the alarm calls ring.
type timers struct {
	ring     func()
	alarm    *time.Timer           // nil before it is first set, and when it has rung for the last timer
	alarmAt  time.Time             // zero if it isn't set
	deadline [timerCount]time.Time // zero for timers that don't run
}

// set starts a timer, or puts it off.
func (t *timers) set(which timer, after time.Duration) {
	t.deadline[which] = time.Now().Add(after)
	t.setAlarm(t.deadline[which])
}

func (t *timers) stop(which timer) { t.deadline[which] = time.Time{} }

// setAlarm sets the alarm, unless it rings before.
func (t *timers) setAlarm(at time.Time) {
	switch {
	case !t.alarmAt.IsZero() && !at.Before(t.alarmAt):
		return
	case t.alarm == nil:
		t.alarm = time.AfterFunc(time.Until(at), t.ring)
	default:
		t.alarm.Reset(time.Until(at))
	}
	t.alarmAt = at
}

// close stops the alarm.
func (t *timers) close() {
	if t.alarm != nil {
		t.alarm.Stop()
	}
}

// due stops the timers that are due and returns them. It is called when the alarm has
// rung.
func (t *timers) due() (due []timer) {
	t.alarmAt = time.Time{}
	for which, at := range t.deadline {
		switch {
		case at.IsZero():
		case time.Now().Before(at):
			t.setAlarm(at)
		default:
			t.deadline[which] = time.Time{}
			due = append(due, timer(which))
		}
	}
	if t.alarmAt.IsZero() {
		t.alarm = nil // a quiet room needs none
	}
	return due
}
