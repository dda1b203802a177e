package search

import (
	"context"
	"time"
)

// purge rewrites FTS5's lists, after which they have nothing that was only marked as removed.
// It goes step by step, so that others can write in between.
//
// Many rows are removed at once when a room is closed or when much is pruned. FTS5's
// secure-delete would take milliseconds for each, and a purge takes microseconds for each row
// that there is.
type purge struct {
	due, running bool
	began, next  time.Time // of the one that is running; when another one may begin
}

// The column about.purge has these bits.
const (
	purgeDue     = 1 // rows were marked as removed since the last purge began
	purgeRunning = 2
)

// purgePages is about how many pages of the file one step writes.
const purgePages = 500

// load reads what is to be done. A purge that was interrupted begins again.
func (p *purge) load(ctx context.Context, s *store) error {
	var bits int
	err := s.conn.QueryRowContext(ctx, "SELECT purge FROM about").Scan(&bits)
	*p = purge{due: bits != 0}
	return err
}

// wait returns how long it takes until there is something to do.
func (p *purge) wait() time.Duration {
	switch {
	case p.running:
		return 0
	case p.due:
		return max(0, time.Until(p.next))
	}
	return time.Hour
}

// step does some of a purge if one is due, and reports whether it did. rest is as in Options.
func (p *purge) step(ctx context.Context, s *store, rest int) (bool, error) {
	if p.wait() > 0 {
		return false, nil
	}
	pages := purgePages
	if !p.running {
		p.began = time.Now()
		pages = -purgePages // FTS5: begins to merge everything
	}
	if _, err := s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return false, err
	}
	more, err := p.merge(ctx, s, pages)
	if err == nil {
		_, err = s.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = s.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // there may be no transaction left
		return false, err
	}
	if !p.running {
		p.due = false
	}
	p.running = more
	if !more {
		p.next = time.Now().Add(time.Duration(rest) * time.Since(p.began))
	}
	return true, nil
}

// merge merges some pages, notes that, and reports whether there is more.
func (p *purge) merge(ctx context.Context, s *store, pages int) (more bool, err error) {
	before, err := s.written(ctx)
	if err != nil {
		return false, err
	}
	if _, err := s.conn.ExecContext(ctx, "INSERT INTO texts (texts, rank) VALUES ('merge', ?)", pages); err != nil {
		return false, err
	}
	after, err := s.written(ctx)
	if err != nil {
		return false, err
	}
	more = after-before > 1 // as FTS5's documentation says
	note := "UPDATE about SET purge = purge & 1"
	switch {
	case more && !p.running:
		note = "UPDATE about SET purge = 2"
	case !more && !p.running:
		note = "UPDATE about SET purge = 0"
	case more:
		return more, nil
	}
	_, err = s.conn.ExecContext(ctx, note)
	return more, err
}

// written returns how many rows were written by this connection.
func (s *store) written(ctx context.Context) (n int64, err error) {
	err = s.conn.QueryRowContext(ctx, "SELECT total_changes()").Scan(&n)
	return n, err
}
