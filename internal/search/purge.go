package search

import (
	"context"
	"fmt"
	"time"
)

// purge rewrites FTS5's lists, after which they have nothing that was only marked as removed.
// It goes step by step, so that others can write in between.
//
// Many rows are removed at once when a room is closed or when much is pruned. FTS5's
// secure-delete would take milliseconds for each, and a purge takes microseconds for each row
// that there is.
type purge struct {
	due         bool
	stage       stage
	pages       int       // about how many pages one step writes; lists that have no more are built anew in one step
	began, next time.Time // of the one that is running; when another one may begin
}

// A stage is how far a purge is. FTS5 keeps its lists in segments, which are on levels: new
// ones on the lowest level, and those that were merged on a higher one. When FTS5 moves all
// segments to a new highest level and merges them there, it drops the markers and what they
// mark. But if all segments are on one level, or are being merged already, it doesn't move
// them, and keeps the markers. So there have to be segments on two levels, and no merge under
// way, when that begins.
type stage int

const (
	idle     stage = iota
	settling       // merges that are under way end; then a small segment is added
	lifting        // the segments of the lowest level are merged into a higher one; then a small segment is alone there
	merging        // all segments are merged
)

// The column about.purge has these bits.
const (
	purgeDue     = 1 // rows were marked as removed since the last purge began
	purgeRunning = 2
)

// purgePages is what pages is set to. Tests set less.
const purgePages = 500

// load reads what is to be done. A purge that was interrupted begins again.
func (p *purge) load(ctx context.Context, s *store) error {
	var bits int
	err := s.conn.QueryRowContext(ctx, "SELECT purge FROM about").Scan(&bits)
	*p = purge{due: bits != 0, pages: purgePages}
	return err
}

// wait returns how long it takes until there is something to do.
func (p *purge) wait() time.Duration {
	switch {
	case p.stage != idle:
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
	if p.stage == idle {
		p.began = time.Now()
	}
	if err := s.transact(ctx, func() error { return p.advance(ctx, s) }); err != nil {
		return false, err
	}
	if p.stage == idle {
		p.next = time.Now().Add(time.Duration(rest) * time.Since(p.began))
	}
	return true, nil
}

// advance does one step, and notes how far it came. After an error, p has to be loaded again.
func (p *purge) advance(ctx context.Context, s *store) error {
	if p.stage == idle {
		if short, err := s.fits(ctx, p.pages); err != nil {
			return err
		} else if short {
			p.due = false
			return s.exec(ctx, "INSERT INTO texts (texts) VALUES ('rebuild'); UPDATE about SET purge = 0")
		}
		p.stage = settling
	}
	if more, err := s.merge(ctx, p.pages); more || err != nil {
		return err
	}
	switch p.stage {
	case settling:
		p.stage = lifting
		return s.addSegment(ctx)
	case lifting:
		p.stage, p.due = merging, false
		if err := s.addSegment(ctx); err != nil {
			return err
		}
		if _, err := s.merge(ctx, -p.pages); err != nil { // FTS5: begins to merge everything
			return err
		}
		return s.exec(ctx, fmt.Sprint("UPDATE about SET purge = ", purgeRunning))
	default:
		p.stage = idle
		return s.exec(ctx, fmt.Sprint("UPDATE about SET purge = purge & ", purgeDue))
	}
}

// fits reports whether FTS5's lists have at most this many pages.
func (s *store) fits(ctx context.Context, pages int) (ok bool, err error) {
	err = s.conn.QueryRowContext(ctx, "SELECT count(*) <= ?1 FROM (SELECT 1 FROM texts_data LIMIT ?1 + 1)", pages).Scan(&ok)
	return ok, err
}

// addSegment adds a segment to FTS5's lists, which FTS5 writes at the next commit or merge. Its
// row belongs to no room.
func (s *store) addSegment(ctx context.Context) error {
	return s.exec(ctx, `INSERT INTO texts (texts, rank) VALUES ('secure-delete', 0);
		REPLACE INTO texts (rowid, text, marks) VALUES (0, 'snug', '')`)
}

// merge has FTS5 merge some pages of its lists, and reports whether there was anything to
// merge. With usermerge as in the schema, there isn't if no level has two segments.
func (s *store) merge(ctx context.Context, pages int) (more bool, err error) {
	before, err := s.written(ctx)
	if err != nil {
		return false, err
	}
	if err := s.exec(ctx, fmt.Sprintf("INSERT INTO texts (texts, rank) VALUES ('merge', %d)", pages)); err != nil {
		return false, err
	}
	after, err := s.written(ctx)
	return after-before > 1, err // as FTS5's documentation says
}

// written returns how many rows were written by this connection.
func (s *store) written(ctx context.Context) (n int64, err error) {
	err = s.conn.QueryRowContext(ctx, "SELECT total_changes()").Scan(&n)
	return n, err
}
