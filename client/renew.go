package client

import "time"

// setTokenLifetime tells the renewer how long the token is valid; 0 for ever.
func (c *conn) setTokenLifetime(ms int64) {
	select {
	case <-c.token: // a lifetime that is obsolete now
	default:
	}
	c.token <- time.Duration(ms) * time.Millisecond
}

// minRenewal is the least time between two renewals.
const minRenewal = time.Second

// renew is the renewer's loop: it sends a fresh token before the last one expires. If
// the server refuses it, the connection ends when the last one expires, and the next
// connection starts with another token. It ends with the connection.
func (r *Room) renew(c *conn) {
	due := time.NewTimer(0)
	due.Stop()
	defer due.Stop()
	for {
		select {
		case d := <-c.token:
			if due.Stop(); d > 0 {
				due.Reset(max(d*3/4, minRenewal))
			}
		case <-due.C:
			token, err := r.dialer.token(c.ctx)
			if err != nil {
				r.log.Info("no fresh token", "err", err)
				due.Reset(minRenewal)
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
