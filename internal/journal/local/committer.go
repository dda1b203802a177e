package local

import (
	"runtime"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

// run is the committer: it takes all drafts that wait, of all rooms, into one
// transaction, and when that is durable hands the entries on. While it syncs,
// the next batch gathers. It ends when the queue is closed and empty.
func (j *Journal) run() {
	defer close(j.done)
	batch := make([]request, 0, batchMax)
	for {
		select {
		case first, open := <-j.queue.C:
			if !open {
				return
			}
			// Those who are about to say something go first, and it rides along: with few
			// processors they had no turn while the last batch was told, nor do they get
			// one in an fsync that is quicker than the scheduler.
			runtime.Gosched()
			batch = j.gather(append(batch[:0], first))
			j.take(batch)
			clear(batch) // or an idle journal would keep what it held
		case p := <-j.prunings:
			err := j.mender.Prune(p.cuts)
			j.mender.Tend()
			p.done <- err
		case <-j.mender.Again.C:
			j.mender.Tick()
		}
	}
}

// take commits a batch, which shows what came of it, and tells whoever waits.
func (j *Journal) take(batch []request) {
	drafts := make([]sqlite.Placed, len(batch))
	at := sqlite.Position{Position: j.mender.File.Position().Position, At: time.Now()}
	for i, r := range batch {
		at.Position++
		drafts[i] = sqlite.Placed{Position: at, Draft: r.draft}
	}
	results, err := j.mender.Commit(drafts)
	for i, r := range batch {
		if err != nil {
			r.done(journal.Outcome{}, err)
			continue
		}
		r.done(results[i].Outcome, results[i].Err)
	}
	j.mender.Tend()
}

// gather adds what waits already. It doesn't wait for more.
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
