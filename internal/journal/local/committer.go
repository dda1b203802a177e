package local

import (
	"runtime"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

// run is the committer goroutine. It commits the waiting drafts of all rooms in one
// transaction. While the disk syncs, the next batch gathers in the queue. It ends when
// the queue is closed and empty.
func (j *Journal) run() {
	defer close(j.done)
	batch := make([]request, 0, batchMax)
	for {
		select {
		case first, open := <-j.queue.C:
			if !open {
				return
			}
			// Let other goroutines run first, so that drafts that are about to be appended
			// join this batch. With few processors they had no turn while the outcomes of
			// the last batch were reported, and a quick fsync gives them none either.
			runtime.Gosched()
			batch = j.gather(append(batch[:0], first))
			j.commit(batch)
			clear(batch) // so that an idle journal doesn't retain the drafts
		case p := <-j.prunings:
			err := j.committer.Prune(p.cuts)
			j.committer.Maintain()
			p.done <- err
		case <-j.committer.RetryTimer.C:
			j.committer.Retry()
		}
	}
}

// commit commits a batch, and reports the outcome of each draft to its sender.
func (j *Journal) commit(batch []request) {
	drafts := make([]sqlite.Placed, len(batch))
	now, steady := j.clock.now()
	j.file.SetIDTime(steady)
	at := sqlite.Position{Position: j.file.Position().Position, At: now}
	for i, r := range batch {
		at.Position++
		drafts[i] = sqlite.Placed{Position: at, Draft: r.draft}
		if r.draft.Began != nil {
			r.draft.Began()
		}
	}
	results, err := j.committer.Commit(drafts)
	for i, r := range batch {
		if err != nil {
			r.done(journal.Outcome{}, err)
			continue
		}
		r.done(results[i].Outcome, results[i].Err)
	}
	j.committer.Maintain()
}

// gather adds the drafts that wait already. It doesn't wait for more.
func (j *Journal) gather(batch []request) []request {
	for len(batch) < batchMax {
		select {
		case r, open := <-j.queue.C:
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
