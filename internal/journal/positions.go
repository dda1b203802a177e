package journal

import (
	"context"
	"sync"
	"time"
)

// storeTimeout bounds how long the journal may take to store a position.
const storeTimeout = 3 * time.Second

// Positions stores in the journal how far cursors have come. It is safe for concurrent use.
type Positions struct {
	ctx     context.Context
	journal Journal
	storing sync.WaitGroup
}

// NewPositions returns a Positions that stores in j. What ctx carries goes with each draft, but a
// position is also stored after ctx has ended.
func NewPositions(ctx context.Context, j Journal) *Positions {
	return &Positions{ctx: context.WithoutCancel(ctx), journal: j}
}

// Store commits a draft with a cursor's position, and doesn't block. When the draft is committed, has
// failed, or has taken 3 s, it calls done with the error of [Commit].
//
// That is in a goroutine of its own, because the journal's queue may be full, and an engine may call its
// observers before Append returns: the caller of Store may hold a lock that they need.
func (p *Positions) Store(draft Draft, done func(error)) {
	p.storing.Go(func() {
		ctx, cancel := context.WithTimeout(p.ctx, storeTimeout)
		defer cancel()
		_, err := Commit(ctx, p.journal, draft)
		done(err)
	})
}

// Wait blocks until done was called for each draft. Nobody may call Store meanwhile.
func (p *Positions) Wait() { p.storing.Wait() }
