package client

import "time"

// lasts tells the renewer how long the token is good for; 0 is for good.
func (c *conn) lasts(ms int64) {
	select {
	case <-c.token: // what it hasn't heard is no longer so
	default:
	}
	c.token <- time.Duration(ms) * time.Millisecond
}

// soonest is how soon a token is renewed, however short they are.
const soonest = time.Second

// renew sees to it that there is a fresh token before the one that was given ends.
// If the server refuses it, the connection ends in its time, and the next one
// begins with another. It ends with the connection.
func (r *Room) renew(c *conn) {
	due := time.NewTimer(0)
	due.Stop()
	defer due.Stop()
	for {
		select {
		case d := <-c.token:
			if due.Stop(); d > 0 {
				due.Reset(max(d*3/4, soonest))
			}
		case <-due.C:
			token, err := r.dialer.token(c.ctx)
			if err != nil {
				r.log.Info("there is no fresh token", "err", err)
				due.Reset(soonest)
				continue
			}
			r.mu.Lock()
			r.outgoing.token = token
			r.mu.Unlock()
			signal(r.write)
		case <-c.ctx.Done():
			return
		}
	}
}
