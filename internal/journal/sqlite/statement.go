package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// statement is a prepared statement of the writer that changes the file. It calls the
// driver directly, because the conversions and locks of database/sql are a tenth of a
// message's CPU time. It isn't safe for concurrent use.
type statement struct {
	driver driver.Stmt
	args   []driver.NamedValue // reused by each call
}

// prepare initialises s. It is safe to use the driver's connection outside of Raw,
// because only the writer uses conn, as long as it is open.
func (s *statement) prepare(ctx context.Context, conn *sql.Conn, text string) error {
	return conn.Raw(func(c any) (err error) {
		s.driver, err = c.(driver.ConnPrepareContext).PrepareContext(ctx, text)
		return err
	})
}

// exec returns how many rows the statement has inserted, changed or deleted. Its
// arguments aren't converted: they must be int64, bool, string, []byte or nil.
func (s *statement) exec(ctx context.Context, args ...driver.Value) (int64, error) {
	s.args = s.args[:0]
	for i, v := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	result, err := s.driver.(driver.StmtExecContext).ExecContext(ctx, s.args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *statement) close() error {
	if s.driver == nil { // an earlier statement failed to prepare
		return nil
	}
	return s.driver.Close()
}
