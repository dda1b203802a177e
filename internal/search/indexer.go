package search

import (
	"context"
	"errors"
	"fmt"
	"time"

	"snug/internal/journal"
	"snug/internal/remnants"
)

// indexer is one Run of an Index. Its fields belong to the goroutine of Run.
type indexer struct {
	*Index
	seen  *seen
	rooms map[string]*room // what the file has, by code
	last  int64            // the largest number of a room
	drop  []*room          // rooms that are gone, of which the file still has rows
	round []string         // the rooms that are to be looked at before the next pause
	purge purge
	pacer pacer

	remnants  remnants.Sweep
	overwrote time.Time // when its next step may begin

	unclean bool      // the -wal has what was removed
	cleaned time.Time // when it was last emptied
	failing bool
	fresh   bool // the file is a new one
}

// room is a room in the file.
type room struct {
	id          int64
	code, epoch string
	first, head uint64
	dated       uint64
}

// dropped begins the codes of rooms in the file that are gone: no room has such a code.
const dropped = "-"

// Run keeps the index up to date until ctx ends. It may be called once. It returns at once if
// there is no file.
func (x *Index) Run(ctx context.Context) {
	if x.options.Path == "" {
		return
	}
	r := &indexer{Index: x, seen: newSeen()}
	r.pacer.committed = r.seen.committed
	defer x.journal.Observe(r.seen.observe)() // before the rooms are listed, so that none is missed
	defer x.journal.ObserveFirst(r.seen.observeFirst)()
	for ctx.Err() == nil {
		err := r.run(ctx)
		remove := damaged(err) && ctx.Err() == nil
		closeErr := r.closeStore(ctx, remove)
		switch {
		case ctx.Err() != nil:
			return
		case remove && closeErr == nil:
			x.options.Log.Warn("the search index is damaged", "file", x.options.Path, "err", err)
			continue
		}
		x.metrics.failures.Inc()
		if !r.failing {
			r.failing = true
			x.options.Log.Error("the search index can't be written; will try again. Searches may not find everything meanwhile", "file", x.options.Path, "err", errors.Join(err, closeErr))
		}
		pause(ctx, x.options.Retry)
	}
}

// run opens the file and works until something fails or ctx ends.
func (x *indexer) run(ctx context.Context) error {
	if err := x.open(ctx); err != nil {
		return err
	}
	if err := x.listAll(ctx); err != nil {
		return err
	}
	x.round = x.seen.round()
	x.pacer.begin()
	for ctx.Err() == nil {
		worked, err := x.step(ctx)
		if err != nil {
			return err
		}
		if worked && x.failing {
			x.failing = false
			x.options.Log.Info("the search index is written again")
		}
		switch {
		case x.damaged.Load():
			return errDamaged
		case worked && (len(x.round) > 0 || len(x.drop) > 0 || x.purge.stage != idle):
			x.pacer.yield(ctx)
		default:
			if x.seen.wait(ctx, x.nextDue()) {
				pause(ctx, min(x.options.Gather, x.nextDue()))
			}
			x.round = x.seen.round()
			x.pacer.begin()
		}
	}
	return nil
}

// open opens the file, and begins a new one if there is none that can be continued.
func (x *indexer) open(ctx context.Context) error {
	// The epoch of a room that can't exist changes with the journal's identity.
	s, feed, err := x.journal.Follow(ctx, dropped)
	if err != nil {
		return err
	}
	feed.Close()
	file, fresh, err := openStore(ctx, x.options.Path, s.Epoch)
	if err != nil {
		return fmt.Errorf("open the search index: %w", err)
	}
	if x.fresh = fresh; fresh {
		x.metrics.rebuilt.Inc()
	}
	x.mu.Lock()
	x.store = file
	x.damaged.Store(false)
	x.mu.Unlock()
	all, err := file.rooms(ctx)
	if err != nil {
		return err
	}
	x.rooms, x.drop, x.last = all, nil, 0
	for code, r := range all {
		x.last = max(x.last, r.id)
		if code[:1] == dropped {
			x.drop = append(x.drop, r)
			delete(all, code)
		}
	}
	x.remnants = remnants.Sweep{}
	x.noteRemoved() // perhaps, before this
	return x.purge.load(ctx, file)
}

// closeStore closes the file, and removes it if it is damaged.
func (x *indexer) closeStore(ctx context.Context, remove bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.store == nil {
		return nil
	}
	var err error
	if x.unclean && !remove {
		_, err = x.store.writeBack(context.WithoutCancel(ctx))
	}
	err = errors.Join(err, x.store.close())
	x.store = nil
	if remove {
		err = errors.Join(err, removeStore(x.options.Path))
	}
	return err
}

// listAll has all rooms looked at that the journal or the file has.
func (x *indexer) listAll(ctx context.Context) error {
	const page = 1000
	q := journal.ListQuery{Order: journal.ByCode, Limit: page}
	for {
		infos, err := x.journal.List(ctx, q)
		if err != nil {
			return err
		}
		if len(infos) > 0 && x.fresh {
			x.fresh = false
			x.options.Log.Info("the search index is begun anew", "file", x.options.Path)
		}
		for i := range infos {
			x.seen.check(infos[i].Room, infos[i].Head)
		}
		if len(infos) < page {
			break
		}
		q.After = infos[len(infos)-1].Room
	}
	for code := range x.rooms {
		x.seen.check(code, 0)
	}
	return nil
}

// step does some of what is to be done, in one transaction, and reports whether there was
// anything.
func (x *indexer) step(ctx context.Context) (bool, error) {
	b := newBatch()
	if err := x.fill(ctx, b); err != nil {
		return false, err
	}
	worked := len(b.changes)+len(b.rooms)+len(b.dropped) > 0
	if worked {
		if err := x.store.apply(ctx, b, x.pacer.yield); err != nil {
			return false, fmt.Errorf("write the search index: %w", err)
		}
		if n := b.removed(); n > 0 {
			x.noteRemoved()
			x.purge.due = x.purge.due || n > fewRemoved
		}
	}
	x.metrics.behind.Set(float64(x.behind()))
	purged := false
	if b.removed() <= fewRemoved || x.purge.stage != idle { // otherwise there may be more to mark, which one purge is enough for
		var err error
		if purged, err = x.purge.step(ctx, x.store, x.options.Rest); err != nil {
			return false, fmt.Errorf("purge the search index: %w", err)
		}
	}
	if purged {
		x.noteRemoved()
	}
	if err := x.overwrite(ctx); err != nil {
		return false, err
	}
	if err := x.clean(ctx); err != nil {
		return false, err
	}
	return worked || purged, nil
}

// noteRemoved notes that the file may have left what was removed in its -wal and its pages.
func (x *indexer) noteRemoved() {
	x.unclean = true
	x.remnants.Add()
}

// overwrite overwrites some of the copies of removed text that SQLite has left in the file.
func (x *indexer) overwrite(ctx context.Context) error {
	if !x.remnants.Pending() || time.Now().Before(x.overwrote) {
		return nil
	}
	began := time.Now()
	overwritten, err := x.remnants.Step(ctx, x.store.conn)
	if err != nil {
		return err
	}
	x.unclean = x.unclean || overwritten
	x.overwrote = time.Now().Add(time.Duration(x.options.Rest) * time.Since(began))
	return nil
}

// fill fills b with the rooms in which there is something to do.
func (x *indexer) fill(ctx context.Context, b *batch) error {
	for len(x.drop) > 0 && !b.full() {
		r := x.drop[0]
		more, err := x.addRemovals(ctx, b, row(r.id, 0), row(r.id, maxSeq))
		if err != nil || more {
			return err
		}
		b.dropped = append(b.dropped, r.id)
		x.drop = x.drop[1:]
	}
	for !b.full() && len(x.round) > 0 {
		news := x.seen.news(x.round[0])
		x.round = x.round[1:]
		more, err := x.addRoom(ctx, b, &news)
		if err != nil {
			return err
		}
		if more {
			x.round = append(x.round, news.room)
			if news.check {
				x.seen.checkAgain(news.room)
			}
		}
		x.pacer.yield(ctx)
	}
	return nil
}

// addRoom adds to b what is to be done in one room, and reports whether there may be more.
func (x *indexer) addRoom(ctx context.Context, b *batch, n *news) (more bool, err error) {
	r := x.rooms[n.room]
	if n.check || r == nil {
		if r, err = x.checkRoom(ctx, b, n); err != nil || r == nil {
			return false, err
		}
	}
	b.rooms[r.id] = r
	if n.first > r.first {
		more, err := x.addRemovals(ctx, b, row(r.id, 0), row(r.id, n.first-1))
		if err != nil || more {
			return more, err
		}
		r.first, r.head = n.first, max(r.head, n.first-1)
	}
	for _, seq := range n.erased {
		if err := x.refresh(ctx, b, r, seq); err != nil {
			return false, err
		}
	}
	was := r.head
	defer func() { x.metrics.indexed.Add(float64(r.head - was)) }()
	for r.head < n.head {
		if b.full() {
			return true, nil
		}
		if more, err := x.addPage(ctx, b, r); err != nil || !more {
			return false, err
		}
	}
	return false, nil
}

// checkRoom compares what the file has of a room with the journal, and has it begun anew if
// that is another log. It returns nil if there is nothing to index.
func (x *indexer) checkRoom(ctx context.Context, b *batch, n *news) (*room, error) {
	s, feed, err := x.journal.Follow(ctx, n.room)
	if err != nil {
		return nil, err
	}
	feed.Close()
	n.head = max(n.head, s.Head)
	n.first = s.First // what was observed is in s, or is about an earlier room
	r := x.rooms[n.room]
	if r != nil && r.epoch != s.Epoch {
		gone := *r
		gone.code = fmt.Sprint(dropped, r.id)
		b.rooms[r.id] = &gone
		x.drop = append(x.drop, &gone)
		delete(x.rooms, n.room)
		r, n.erased = nil, nil
	}
	if r != nil || s.Head == 0 {
		return r, nil
	}
	if x.last == maxRoom {
		x.options.Log.Error("there are more rooms than the search index can have: delete its file to have it built anew", "file", x.options.Path)
		return nil, nil
	}
	x.last++
	r = &room{id: x.last, code: n.room, epoch: s.Epoch, first: s.First, head: s.First - 1}
	x.rooms[n.room] = r
	return r, nil
}

// behind returns how many events the index doesn't have yet.
func (x *indexer) behind() (n uint64) { return x.seen.behind(x.rooms, x.round) }

// cleanEvery is how often the -wal is emptied at most.
const cleanEvery = time.Second

// clean empties the -wal if it has what was removed.
func (x *indexer) clean(ctx context.Context) error {
	if !x.unclean || time.Since(x.cleaned) < cleanEvery {
		return nil
	}
	x.cleaned = time.Now()
	done, err := x.store.writeBack(ctx)
	x.unclean = !done
	return err
}

// nextDue returns when there is something to do even if nothing is committed.
func (x *indexer) nextDue() time.Duration {
	due := time.Hour
	if x.unclean {
		due = cleanEvery
	}
	if x.remnants.Pending() {
		due = min(due, max(0, time.Until(x.overwrote)))
	}
	return min(due, x.purge.wait())
}
