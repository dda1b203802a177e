package peers

import (
	"context"
	"errors"
	"time"
)

const (
	// renewEvery is how often all leases are checked, which writes their nicks again so
	// that the stream doesn't expire them.
	renewEvery = 10 * time.Minute
	// probeEvery is how often the store is probed, for Ready.
	probeEvery = 5 * time.Second
	// retryAfter is when the keeper tries again after an error.
	retryAfter = time.Second
	// returnTimeout bounds how long Close waits for nicks to be returned.
	returnTimeout = time.Second
)

// keep makes the store agree with the leases: it acquires the nicks of members that are
// shown, and returns the others. It runs until done is closed or ctx ends.
func (n *nickLeases) keep() {
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	retry := time.NewTimer(retryAfter)
	defer retry.Stop()
	probe := time.NewTicker(probeEvery)
	defer probe.Stop()
	for ending := false; !ending; {
		var err error
		select {
		case <-n.wake:
		case <-retry.C:
			err = n.probeStore() // that it can be opened doesn't say that it can be written
		case <-renew.C:
			n.checkAll()
		case <-probe.C:
			err = n.probeStore()
		case <-n.probe:
			err = n.probeStore()
		case <-n.done:
			ending = true
		}
		if err == nil {
			err = n.checkPending()
		}
		if err != nil {
			retry.Reset(retryAfter)
		}
		if !ending {
			n.report(err)
		}
	}
	n.cancel()
}

func (n *nickLeases) probeStore() error {
	ctx, cancel := context.WithTimeout(n.ctx, openTimeout+claimTimeout)
	defer cancel()
	err := n.store.Probe(ctx)
	if errors.Is(err, errStoreLost) {
		n.checkAll()
	}
	return err
}

// report notes whether the store can be used, and logs when that changes.
func (n *nickLeases) report(err error) {
	n.mu.Lock()
	was := n.failing
	n.failing = err
	n.mu.Unlock()
	switch {
	case err != nil && (was == nil || errors.Is(was, errUnknown)):
		n.log.Error("nicks can't be given out: too few servers of the cluster can be reached", "err", err)
	case err == nil && was != nil && !errors.Is(was, errUnknown):
		n.log.Info("nicks can be given out again")
	}
}

// checkPending checks all pending leases, until the store fails.
func (n *nickLeases) checkPending() error {
	if err := n.store.Open(n.ctx); err != nil {
		return err
	}
	for {
		l, more := n.nextPending()
		switch {
		case l == nil && !more:
			return nil
		case l == nil:
			continue
		}
		if err := n.checkLease(l); err != nil {
			n.mu.Lock()
			n.pending[l.key] = true
			n.mu.Unlock()
			if errors.Is(err, errStoreLost) {
				n.checkAll()
			}
			return err
		}
	}
}

// nextPending takes a key out of pending and returns its lease, or nil if that has been
// returned. It reports whether there are more keys.
func (n *nickLeases) nextPending() (l *nickLease, more bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for key := range n.pending {
		delete(n.pending, key)
		l = n.leases[key]
		break
	}
	return l, len(n.pending) > 0
}

// checkLease makes the store agree with a lease, or gives the lease up if the nick is
// another member's.
func (n *nickLeases) checkLease(l *nickLease) error {
	ctx, cancel := context.WithTimeout(n.ctx, claimTimeout)
	defer cancel()
	n.mu.Lock()
	referenced := l.refs > 0
	n.mu.Unlock()
	if !referenced {
		return n.giveBack(ctx, l)
	}
	granted, err := n.acquire(ctx, l, true)
	if err != nil || granted {
		return err
	}
	n.mu.Lock()
	onLost, member := l.onLost, l.member
	n.mu.Unlock()
	if onLost != nil {
		onLost(member, l.key.nick)
	}
	return nil
}
