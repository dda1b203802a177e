package sqlite

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"snug/internal/journal"
)

const (
	// mendEvery is the pause between attempts to reopen a file that failed…
	mendEvery = time.Second
	// …and between two times that the -wal is emptied of what was erased.
	scrubEvery = time.Second
)

// Mender is what an engine commits to its file with: it shows what was committed to
// those who follow, opens the file again after a failure, and empties the -wal of
// what was erased. It is for the goroutine that commits, but for Broken and Metrics.
type Mender struct {
	File *File
	// Again yields when there is something to try again: Tick.
	Again *time.Timer

	log       *slog.Logger
	followers *journal.Followers
	trouble   journal.Trouble
	commits   prometheus.Histogram
	broken    atomic.Bool // the file has to be reopened
	tried     time.Time   // when that was last tried
	erased    bool        // text that was erased is still in the -wal
	scrubbed  time.Time   // when that was last so, and mended
}

// NewMender returns the one of an open file. Who has it calls Close.
func NewMender(f *File, followers *journal.Followers, log *slog.Logger) *Mender {
	return &Mender{
		File: f, Again: time.NewTimer(mendEvery), log: log, followers: followers, commits: newCommits(),
		trouble: journal.Trouble{Log: log, Began: "the journal takes no messages", Over: "the journal takes messages again"},
	}
}

// newCommits counts transactions by how long they took, most of it the disk's fsync.
func newCommits() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "snug_journal_commit_duration_seconds",
		Help:    "How long a commit of messages, of all rooms that had some, took to be on disk.",
		Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5},
	})
}

// Broken reports whether the file has to be reopened before it takes anything.
func (m *Mender) Broken() bool { return m.broken.Load() }

// Commit makes drafts durable and shows what came of them. The error is
// ErrUnavailable: why is for the log, where it is said once, and once that it is
// over. Then, and after whoever waits for the drafts has been told, comes Tend.
func (m *Mender) Commit(drafts []Placed) ([]Result, error) {
	if m.broken.Load() && !m.Mend() {
		return nil, journal.ErrUnavailable
	}
	// Not with a context: a commit is never cut short by who waits for it.
	began := time.Now()
	results, err := m.File.Commit(context.Background(), drafts)
	m.commits.Observe(time.Since(began).Seconds())
	if err != nil {
		return nil, m.fail(err)
	}
	if m.trouble.Succeed() {
		m.Again.Reset(mendEvery)
	}
	m.show(drafts, results)
	return results, nil
}

// Prune makes cuts between two commits, where they have no position. Otherwise it is
// as Commit.
func (m *Mender) Prune(cuts []Cut) error {
	if m.broken.Load() && !m.Mend() {
		return journal.ErrUnavailable
	}
	if err := m.File.Prune(context.Background(), cuts); err != nil {
		return m.fail(err)
	}
	m.cut(cuts)
	m.erased = true
	return nil
}

func (m *Mender) fail(err error) error {
	m.trouble.Fail(err)
	m.broken.Store(true)
	return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
}

// show hands committed entries to the rooms that follow, a run of one room's at
// a time.
func (m *Mender) show(drafts []Placed, results []Result) {
	run := make([]*journal.Entry, 0, len(results))
	for i, r := range results {
		if c := drafts[i].Control; c != nil {
			m.cut(c.Cuts)
		}
		if r.Erased != 0 {
			m.erased = true
		}
		if r.Entry != nil {
			run = append(run, r.Entry)
		}
		if i+1 == len(results) || drafts[i+1].Draft.Room != drafts[i].Draft.Room {
			if len(run) > 0 {
				m.followers.Push(drafts[i].Draft.Room, run...)
			}
			run = run[:0]
		}
	}
}

func (m *Mender) cut(cuts []Cut) {
	for _, c := range cuts {
		m.followers.SetFirst(c.Room, c.First)
	}
}

// Tend does what is due after a commit. It may take its time.
func (m *Mender) Tend() {
	if m.broken.Load() {
		m.Mend()
		return
	}
	m.scrub()
}

// Tick does what Again has yielded for.
func (m *Mender) Tick() {
	if m.broken.Load() {
		m.Mend()
	} else if m.trouble.Look() {
		m.Again.Reset(mendEvery)
	}
	m.scrub()
}

// Mend reopens the file after a failure and hands on what is found there of a
// commit whose outcome was unknown. It is tried once in mendEvery; the result says
// whether it has succeeded.
func (m *Mender) Mend() bool {
	if rest := mendEvery - time.Since(m.tried); rest > 0 {
		m.Again.Reset(rest)
		return false
	}
	m.tried = time.Now()
	m.Again.Reset(mendEvery)
	found, err := m.File.Reopen(context.Background())
	if err != nil {
		m.log.Debug("the journal can't be opened again yet", "err", err)
		return false
	}
	for i := range found {
		m.followers.Push(found[i].Room, &found[i].Entry)
	}
	m.broken.Store(false)
	m.erased = false
	return true
}

// scrub empties the -wal of what was erased: only then is it gone. It costs two
// fsyncs, so it is done once in scrubEvery for all that was erased meanwhile.
func (m *Mender) scrub() {
	if !m.erased || m.broken.Load() { // to reopen the file empties it too
		return
	}
	if rest := scrubEvery - time.Since(m.scrubbed); rest > 0 {
		m.Again.Reset(rest)
		return
	}
	m.scrubbed = time.Now()
	if err := m.File.WriteBack(context.Background()); err != nil {
		m.log.Warn("what was erased is still in the journal's -wal, and will be tried again", "err", err)
		m.Again.Reset(scrubEvery)
		return
	}
	m.erased = false
}

// Close closes the file.
func (m *Mender) Close() error {
	m.Again.Stop()
	return m.File.Close()
}

// Metrics are those of what was committed, and of what p has pruned.
func (m *Mender) Metrics(p *Pruner) []prometheus.Collector {
	return []prometheus.Collector{
		m.commits,
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "snug_journal_pruned_entries_total",
			Help: "Entries that were removed because they were no longer to be kept.",
		}, func() float64 { return float64(p.pruned.Load()) }),
	}
}
