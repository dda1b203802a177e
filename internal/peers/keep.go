package peers

import (
	"context"
	"errors"
	"time"

	"snug/internal/room"
)

// keep sees to it that nicks which are shown are held, and others given back, until
// Close.
func (n *nicks) keep() {
	refresh := time.NewTicker(refreshEvery)
	defer refresh.Stop()
	again := time.NewTimer(keepAgain)
	defer again.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for finishing := false; !finishing; {
		var err error
		select {
		case <-n.wake:
		case <-again.C:
		case <-refresh.C:
			n.recheck()
		case <-look.C:
			err = n.try(n.ctx)
		case <-n.probe:
			err = n.try(n.ctx)
		case <-n.done:
			finishing = true
		}
		if err == nil {
			err = n.work(n.ctx)
		}
		if err != nil {
			again.Reset(keepAgain)
		}
		if !finishing {
			n.turned(err)
		}
	}
	n.cancel()
}

// turned notes whether nicks can be given.
func (n *nicks) turned(err error) {
	n.mu.Lock()
	was := n.failing
	n.failing = err
	n.mu.Unlock()
	switch {
	case err != nil && (was == nil || errors.Is(was, errNotYet)):
		n.mesh.log.Error("nicks can't be given, held or given back now: too few servers can be reached", "err", err)
	case err == nil && was != nil && !errors.Is(was, errNotYet):
		n.mesh.log.Info("nicks can be given again")
	}
}

// errUnsure is why it isn't known whether a majority is there.
var errUnsure = errors.New("a node has gone silent")

// errNotYet is why nicks can't be given before it was tried.
var errNotYet = errors.New("the node has just started")

// work looks at all that is to be looked at, as far as the stream answers.
func (n *nicks) work(ctx context.Context) error {
	if err := n.open(ctx); err != nil {
		return err
	}
	for {
		n.mu.Lock()
		var h *hold
		for at := range n.todo {
			h = n.holds[at]
			delete(n.todo, at)
			break
		}
		left := len(n.todo)
		n.mu.Unlock()
		switch {
		case h == nil && left == 0:
			return nil
		case h == nil:
			continue
		}
		if err := n.attend(ctx, h); err != nil {
			n.mu.Lock()
			n.todo[h.place] = true
			n.mu.Unlock()
			return err
		}
	}
}

// attend makes the stream have what is so here.
func (n *nicks) attend(ctx context.Context, h *hold) error {
	ctx, cancel := context.WithTimeout(ctx, claimWithin)
	defer cancel()
	n.mu.Lock()
	wanted := h.refs > 0
	n.mu.Unlock()
	if wanted {
		granted, err := n.settle(ctx, h, true)
		if err != nil || granted {
			return err
		}
		n.mu.Lock()
		l, member := h.link, h.member
		n.mu.Unlock()
		if l != nil {
			l.push(room.News{Node: n.mesh.self, Lost: member, LostKey: h.place.key})
		}
		return nil
	}
	return n.giveBack(ctx, h)
}

// settle makes a nick its member's in the stream, unless it is another's. Where it
// is known to be the member's that is asked again only if it is doubted.
func (n *nicks) settle(ctx context.Context, h *hold, doubted bool) (granted bool, err error) {
	if err := h.begin(ctx); err != nil {
		return false, err
	}
	defer h.end()
	n.mu.Lock()
	member, placed := h.member, h.placed
	n.mu.Unlock()
	if placed && !doubted {
		return true, nil
	}
	granted, err = n.take(ctx, h.place, member, doubted)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil {
		h.placed = granted
	}
	return granted, err
}

// giveBack lets others have a nick.
func (n *nicks) giveBack(ctx context.Context, h *hold) error {
	if err := h.begin(ctx); err != nil {
		return err
	}
	defer h.end()
	n.mu.Lock()
	member, kept := h.member, h.refs > 0
	if !kept {
		h.placed = false // whoever claims it meanwhile waits, and asks again
	}
	n.mu.Unlock()
	if kept {
		return nil
	}
	if err := n.give(ctx, h.place, member); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if h.refs == 0 {
		delete(n.holds, h.place)
	}
	return nil
}
