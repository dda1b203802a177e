package sqlite

import (
	"context"
	"fmt"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/logfile"
	"snug/protocol"
)

// run is the committer: it takes all drafts that wait, of all rooms, into one
// transaction, and when that is durable hands the entries on. While it syncs,
// the next batch gathers. It ends when the queue is closed and empty.
func (j *Journal) run() {
	defer close(j.done)
	batch := make([]request, 0, batchMax)
	for {
		select {
		case first, open := <-j.queue:
			if !open {
				return
			}
			batch = j.gather(append(batch[:0], first))
			j.take(batch)
			clear(batch) // or an idle journal would keep what it held
		case p := <-j.prunings:
			p.done <- j.prune(p.cuts)
		case <-j.again.C:
			if j.broken.Load() {
				j.mend()
			} else if j.taking {
				j.tellIfOver()
			}
			j.scrub()
		}
	}
}

// take commits a batch, shows what came of it, and tells whoever waits.
func (j *Journal) take(batch []request) {
	results, err := j.commit(batch)
	if err != nil {
		for _, r := range batch {
			r.done(journal.Outcome{}, err)
		}
		j.mend() // after they have been told: it may take its time
		return
	}
	j.show(batch, results)
	for i, r := range batch {
		r.done(results[i].Outcome, results[i].Err)
		if e := results[i].Entry; e != nil && e.Type == protocol.EventDeleted {
			j.erased = true
		}
	}
	j.scrub()
}

// scrub empties the -wal of what was erased: only then is it gone. It costs two
// fsyncs, so it is done once in scrubEvery for all that was erased meanwhile.
func (j *Journal) scrub() {
	if !j.erased || j.broken.Load() { // to reopen the file empties it too
		return
	}
	if rest := scrubEvery - time.Since(j.scrubbed); rest > 0 {
		j.again.Reset(rest)
		return
	}
	j.scrubbed = time.Now()
	if err := j.file.WriteBack(context.Background()); err != nil {
		j.log.Warn("what was erased is still in the journal's -wal, and will be tried again", "err", err)
		j.again.Reset(scrubEvery)
		return
	}
	j.erased = false
}

// gather adds what waits already. It doesn't wait for more.
func (j *Journal) gather(batch []request) []request {
	for len(batch) < batchMax {
		select {
		case r, open := <-j.queue:
			if !open {
				return batch
			}
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// commit makes the drafts durable. The error is ErrUnavailable: why is for the
// log, where it is said once, and once that it is over.
func (j *Journal) commit(batch []request) ([]logfile.Result, error) {
	if j.broken.Load() && !j.mend() {
		return nil, journal.ErrUnavailable
	}
	drafts := make([]logfile.Placed, len(batch))
	at := logfile.Position{Position: j.file.Position().Position, At: time.Now()}
	for i, r := range batch {
		at.Position++
		drafts[i] = logfile.Placed{Position: at, Draft: r.draft}
	}
	// Not with a context: a commit is never cut short by who waits for it.
	began := time.Now()
	results, err := j.file.Commit(context.Background(), drafts)
	j.commits.Observe(time.Since(began).Seconds())
	if err != nil {
		j.fail(err)
		return nil, fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	if j.failing && !j.taking {
		j.taking = true
		j.again.Reset(mendEvery)
	}
	return results, nil
}

// fail notes that a commit has failed, and says so unless that is known.
func (j *Journal) fail(err error) {
	now := time.Now()
	if !j.failing {
		if now.Sub(j.failed) < wellAtMost {
			j.well = min(2*j.well, wellAtMost)
		} else {
			j.well = wellAfter
		}
		j.log.Error("the journal takes no messages", "err", err)
	}
	j.failing, j.taking, j.failed = true, false, now
	j.broken.Store(true)
}

// tellIfOver says that a failure is over once none has come for a while.
func (j *Journal) tellIfOver() {
	if time.Since(j.failed) < j.well {
		j.again.Reset(mendEvery)
		return
	}
	j.failing, j.taking = false, false
	j.log.Info("the journal takes messages again")
}

// mend reopens the file after a failure and hands on what is found there of a
// commit whose outcome was unknown. It is tried once in mendEvery; the result says
// whether it has succeeded.
func (j *Journal) mend() bool {
	if rest := mendEvery - time.Since(j.tried); rest > 0 {
		j.again.Reset(rest)
		return false
	}
	j.tried = time.Now()
	j.again.Reset(mendEvery)
	found, err := j.file.Reopen(context.Background())
	if err != nil {
		j.log.Debug("the journal can't be opened again yet", "err", err)
		return false
	}
	for _, f := range found {
		j.followers.Push(f.Room, f.Entry)
	}
	j.broken.Store(false)
	j.erased = false
	return true
}

// show hands committed entries to the rooms that follow, a run of one room's at
// a time.
func (j *Journal) show(batch []request, results []logfile.Result) {
	run := make([]journal.Entry, 0, len(results))
	for i, r := range results {
		if r.Entry != nil {
			run = append(run, *r.Entry)
		}
		if i+1 == len(results) || batch[i+1].draft.Room != batch[i].draft.Room {
			if len(run) > 0 {
				j.followers.Push(batch[i].draft.Room, run...)
			}
			run = run[:0]
		}
	}
}
