package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// statement is a prepared one of the writer's that changes the file. It is the
// driver's own: what database/sql does to an argument, and around a call, is a tenth
// of a message's CPU. It isn't safe for concurrent use.
type statement struct {
	driver driver.Stmt
	args   []driver.NamedValue // of the last call
}

// prepare sets s up. That the driver's connection is used outside of Raw is sound
// because conn is the writer's alone from its opening to its close.
func (s *statement) prepare(ctx context.Context, conn *sql.Conn, text string) error {
	return conn.Raw(func(c any) (err error) {
		s.driver, err = c.(driver.ConnPrepareContext).PrepareContext(ctx, text)
		return err
	})
}

// exec returns how many rows the statement has inserted, changed or deleted. Nobody
// converts its arguments: they are int64, bool, string, []byte or nil.
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
	if s.driver == nil { // opening failed before it
		return nil
	}
	return s.driver.Close()
}
