package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"snug/protocol"
)

var errAnotherLog = errors.New("the room got another log while the log was read")

// audit reads the log and compares it with what the clients received. It starts again
// if the server restarts meanwhile.
func (r *run) audit(ctx context.Context) error {
	for began, failures := r.now(), 0; ; failures++ {
		err := r.auditOnce(ctx)
		var no *refused
		switch {
		case err == nil, ctx.Err() != nil, errors.As(err, &no) && no.final:
			return err
		case r.now()-began > r.patience():
			return fmt.Errorf("the log can't be read: %w", err)
		}
		sleep(ctx, pause(err, failures))
	}
}

func (r *run) auditOnce(ctx context.Context) error {
	shown := r.ledger.top() // before the head is read
	s, err := r.connect(ctx, auditor, r.nick(auditor), "")
	if err != nil {
		return err
	}
	defer s.leave(errDone)
	r.catchUp(ctx, s.Head)
	if err := r.readLog(s); err != nil {
		return err
	}
	// The server may prune events while they are read, so the oldest event that it
	// keeps is only known afterwards.
	after, err := r.connect(ctx, auditor, r.nick(auditor), "")
	if err != nil {
		return err
	}
	after.leave(errDone)
	if after.Epoch != s.Epoch {
		return errAnotherLog
	}
	r.ledger.closeLog(after.First, s.Head, shown, r.now())
	return nil
}

// catchUp waits until all clients have received the events up to head. A client that
// doesn't receive them resumes; events that it doesn't receive then are lost.
func (r *run) catchUp(ctx context.Context, head uint64) {
	r.wait(ctx, grace, func() bool {
		return r.every(func(c *client) bool {
			there, whole := r.ledger.reached(c.number, head)
			return there && whole
		})
	})
	there := func(c *client) bool {
		there, _ := r.ledger.reached(c.number, head)
		return there
	}
	for _, c := range r.clients {
		if !there(c) && c.cutStalled() {
			r.ledger.stalled(c.number, head, r.now())
		}
	}
	r.wait(ctx, r.patience(), func() bool { return r.every(there) })
}

// pageWithin bounds the time to read a page of the log.
const pageWithin = 30 * time.Second

// readLog reads the log from the check's beginning to the session's head.
func (r *run) readLog(s *session) error {
	after, limit := r.ledger.openLog(), protocol.MaxPage
	for after < s.Head {
		ask := protocol.Command{Type: protocol.CommandHistory, Ref: fmt.Sprint("after ", after), After: &after, Limit: &limit}
		page, err := s.page(ask)
		if err != nil {
			return fmt.Errorf("read the log after event %d: %w", after, err)
		}
		if len(page.Events) == 0 {
			return nil
		}
		for i := range page.Events {
			if e := &page.Events[i]; e.Seq <= s.Head {
				r.ledger.logged(r.stamps.observe(e), r.now())
			}
		}
		last := page.Events[len(page.Events)-1].Seq
		if last <= after {
			return fmt.Errorf("the page of the log after event %d ends with event %d", after, last)
		}
		after = last
	}
	return nil
}

// page reads a page of the log.
func (s *session) page(ask protocol.Command) (*protocol.History, error) {
	ctx, cancel := context.WithTimeoutCause(s.ctx, pageWithin, errors.New("no answer within 30 s"))
	defer cancel()
	defer context.AfterFunc(ctx, func() { s.end(context.Cause(ctx)) })()
	e, err := s.write(ctx, ask)
	for {
		if e == nil && err == nil {
			e, err = s.read(ctx)
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		switch e := e.(type) {
		case *protocol.History:
			if e.Ref == ask.Ref {
				return e, nil
			}
		case *protocol.Error:
			if e.Ref == ask.Ref {
				return nil, e
			}
		}
		e = nil
	}
}
