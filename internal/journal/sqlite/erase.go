package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"snug/internal/remnants"
	"snug/protocol"
)

// eraseMessage erases a message, its edits and its files. Other connections can read the old text
// until the transaction commits, and the -wal holds it until WriteBack.
func (w *writer) eraseMessage(ctx context.Context, r *room, seq uint64) error {
	position, err := w.position(ctx, r, seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the draft has no target
	}
	if err != nil {
		return err
	}
	was, err := w.messageBytes(ctx, r, seq, position)
	if err != nil {
		return err
	}
	erased, err := w.erase.exec(ctx, []byte(w.erased), position, r.id, int64(seq))
	if err != nil {
		return err
	}
	if _, err := w.eraseEdits.exec(ctx, []byte(protocol.ErasedBody(protocol.EventEdited)), r.id, int64(seq)); err != nil {
		return err
	}
	if err := w.dropFiles(ctx, "room = ? AND seq = ?", r.id, int64(seq)); err != nil {
		return err
	}
	is, err := w.messageBytes(ctx, r, seq, position)
	r.added.messages -= erased
	r.added.bytes += is - was
	return err
}

// messageBytes returns how many bytes a message, which is at a position, and its edits have.
func (w *writer) messageBytes(ctx context.Context, r *room, seq uint64, position int64) (n int64, err error) {
	err = w.conn.QueryRowContext(ctx, `SELECT ifnull(sum(length(body) + ifnull(length(private), 0)), 0) FROM entries
		WHERE position = ?3 OR room = ?1 AND target = ?2 AND type = 'edited'`, r.id, seq, position).Scan(&n)
	return n, err
}

// WriteBack moves the whole -wal into the file and empties it, so that erased text is in
// neither. It is for the goroutine that commits. It waits for reads of this process, but
// not for another process that uses the log: then it fails, and can be tried again.
func (f *File) WriteBack(ctx context.Context) error {
	if f.write == nil {
		return fmt.Errorf("write back log %s: it is not open", f.path)
	}
	if err := f.writeBack(ctx, f.write.conn); err != nil {
		return fmt.Errorf("write back log %s: %w", f.path, err)
	}
	return nil
}

func (f *File) writeBack(ctx context.Context, conn *sql.Conn) error {
	f.reading.Lock()
	defer f.reading.Unlock()
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	var busy, inWAL, moved int
	checkpoint := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &inWAL, &moved)
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout.Milliseconds())); err != nil || checkpoint != nil {
		return errors.Join(checkpoint, err)
	}
	if busy != 0 {
		return errors.New("a backup or another process is reading it, which keeps its -wal from being written back")
	}
	return nil
}

// overwriteRemnants does one step of a sweep, and reports whether it has changed anything. It
// is for the goroutine that commits. After an error the caller must call Reopen, as after
// Commit.
func (f *File) overwriteRemnants(ctx context.Context, s *remnants.Sweep) (overwritten bool, err error) {
	if f.write == nil {
		return false, fmt.Errorf("overwrite what was erased from log %s: it is not open", f.path)
	}
	if overwritten, err = s.Step(ctx, f.write.conn); err != nil {
		return false, fmt.Errorf("log %s: %w", f.path, f.explainFull(err))
	}
	return overwritten, nil
}
