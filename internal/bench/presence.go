package bench

import (
	"context"
	"time"

	"snug/protocol"
)

const (
	probeEvery    = 100 * time.Millisecond
	presentWithin = 2 * time.Second
)

// awaitPresence returns when all members are present in their rooms, or after two
// seconds. The welcome of v1 says when a member is, and so does the response that is a
// stream; plain has nothing like them, so one sender of each room sends probes until every
// member of the room has received one. Members that don't receive any are counted as faults.
func (r *run) awaitPresence(ctx context.Context) {
	if r.options.Dialect != protocol.Plain {
		return
	}
	senders := make(map[string]*sender) // one of each room
	for _, s := range r.senders {
		senders[s.member.code] = s
	}
	for end := time.Now().Add(presentWithin); time.Now().Before(end); {
		probing := make(map[string]bool)
		for _, m := range r.members {
			if s := senders[m.code]; s != nil && !m.present.Load() && !probing[m.code] {
				probing[m.code] = true
				_ = s.member.conn.SetWriteDeadline(end)
				_, _ = s.member.conn.Write(s.message.append(nil, probeDue, 0)) // the receiver reports what is wrong
				_ = s.member.conn.SetWriteDeadline(time.Time{})
			}
		}
		if len(probing) == 0 || !sleep(ctx, probeEvery) {
			return
		}
	}
	for _, m := range r.members {
		if !m.present.Load() {
			r.faults.add("connected, and in no room")
		}
	}
}

// probeDue is the due time in the stamp of a probe. Probes aren't counted as
// deliveries.
const probeDue = 0
