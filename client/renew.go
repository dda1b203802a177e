package client

import (
	"context"
	"errors"
	"time"
)

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

// renew is the renewer's loop: it presents a fresh token before the last one expires. If
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
			if !c.link.duplex() {
				r.replace(c, token)
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

// replace opens another connection with a fresh token, which takes the place of c. Other
// members don't notice: this member is present all the time.
func (r *Room) replace(c *conn, token string) {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, func() {
		if !errors.Is(context.Cause(c.ctx), errNewer) {
			cancel()
		}
	})()
	if _, err := r.connectWith(ctx, token, c); err != nil {
		r.log.Info("no connection with a fresh token", "err", err)
	}
}
