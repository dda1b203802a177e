package search

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
)

// readCounter counts the pages that are read of a journal.
type readCounter struct {
	Journal
	pages *atomic.Int64
}

func (c readCounter) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	c.pages.Add(1)
	return c.Journal.ReadAfter(ctx, room, after, limit)
}

// However many messages come, each room is read once in a round.
func TestRoomsAreIndexedInRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pages atomic.Int64
		b := openAt(t, filepath.Join(t.TempDir(), "log.snug"), func(o *Options) {
			o.Gather, o.Journal = time.Second, readCounter{o.Journal, &pages}
		})
		const seconds = 5
		for range seconds * 20 {
			b.say("one", "tea")
			b.say("two", "tea")
			time.Sleep(time.Second / 20)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		// One or two pages in each second, of which the last two are quiet.
		if n := pages.Load(); n < seconds || n > 2*(seconds+1) {
			t.Errorf("%d pages were read for two rooms in %d s", n, seconds)
		}
		if n := b.rows(); n != 2*seconds*20 {
			t.Errorf("%d messages of %d are in the file", n, 2*seconds*20)
		}
		b.close()
	})
}
