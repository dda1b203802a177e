package bench

import (
	"context"
	"time"

	"snug/protocol"
)

const (
	callEvery    = 100 * time.Millisecond
	gatherWithin = 2 * time.Second
)

// gather returns when all members are in their rooms, which those of plain aren't
// told: there, a connection that is open may still have to be given its seat. So a
// sender of each room calls until everyone has heard it. Who doesn't is counted.
func (r *run) gather(ctx context.Context) {
	if r.options.Dialect == protocol.V1 {
		return // the welcome has said it
	}
	callers := make(map[string]*sender)
	for _, s := range r.senders {
		callers[s.member.code] = s
	}
	for end := time.Now().Add(gatherWithin); time.Now().Before(end); {
		calling := make(map[string]bool)
		for _, m := range r.members {
			if caller := callers[m.code]; caller != nil && !m.gathered.Load() && !calling[m.code] {
				calling[m.code] = true
				_ = caller.member.conn.SetWriteDeadline(end)
				_, _ = caller.member.conn.Write(caller.message.append(nil, call, 0)) // its receiver says why it fails
				_ = caller.member.conn.SetWriteDeadline(time.Time{})
			}
		}
		if len(calling) == 0 || !sleep(ctx, callEvery) {
			return
		}
	}
	for _, m := range r.members {
		if !m.gathered.Load() {
			r.faults.add("connected, and in no room")
		}
	}
}

// call is when a message is due that only asks who hears it.
const call = 0
