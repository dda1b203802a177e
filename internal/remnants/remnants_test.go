package remnants_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"snug/internal/remnants"
)

// A row of the test's table, and whether it was deleted.
type row struct {
	mark string
	gone bool
}

// open opens a database with secure_delete.
func open(t *testing.T, path string, mode string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=secure_delete(1)&_pragma=journal_mode("+mode+")")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), db.Close() })
	return conn
}

func TestNoRemnantIsLeft(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "db")
			conn := open(t, path, []string{"wal", "delete"}[seed%2])
			exec := func(query string, args ...any) {
				t.Helper()
				if _, err := conn.ExecContext(t.Context(), query, args...); err != nil {
					t.Fatal(err)
				}
			}
			r := rand.New(rand.NewPCG(seed, 0))
			exec("CREATE TABLE texts (id INTEGER PRIMARY KEY, room INTEGER, text TEXT)")
			exec("CREATE INDEX by_text ON texts (room, text)")
			exec("CREATE TABLE others (text TEXT PRIMARY KEY) WITHOUT ROWID")
			var rows []*row
			insert := func() {
				mark := fmt.Sprintf("<%d %d>", len(rows), r.Uint64())
				text := mark + strings.Repeat("x", r.IntN([]int{10, 100, 1000, 9000}[r.IntN(4)]))
				exec("INSERT INTO texts VALUES (?, ?, ?)", len(rows), r.IntN(30), text)
				exec("INSERT INTO others VALUES (?)", mark)
				rows = append(rows, &row{mark: mark})
			}
			var sweep remnants.Sweep
			exec("BEGIN")
			for range 1000 {
				insert()
			}
			exec("COMMIT")
			for range 3 {
				exec("BEGIN")
				for range 300 {
					if r.IntN(3) == 0 {
						insert()
						continue
					}
					i := r.IntN(len(rows))
					if r.IntN(2) == 0 {
						exec("UPDATE texts SET text = '' WHERE id = ?", i)
					} else {
						exec("DELETE FROM texts WHERE id = ?", i)
					}
					exec("DELETE FROM others WHERE text = ?", rows[i].mark)
					rows[i].gone = true
				}
				exec("COMMIT")
				sweep.Add()
				for sweep.Pending() {
					if _, err := sweep.Step(t.Context(), conn); err != nil {
						t.Fatal(err)
					}
					if r.IntN(4) == 0 {
						insert()
					}
				}
				exec("PRAGMA wal_checkpoint(TRUNCATE)")
				held, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				for i, row := range rows {
					if has := bytes.Contains(held, []byte(row.mark)); has == row.gone {
						t.Errorf("row %d of %d, deleted: %v; the file has it: %v", i, len(rows), row.gone, has)
					}
				}
				var says string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&says); err != nil || says != "ok" {
					t.Errorf("the database: %s, %v", says, err)
				}
			}
		})
	}
}

// Where nothing was deleted, nothing is written.
func TestNothingIsWrittenWithoutRemnants(t *testing.T) {
	conn := open(t, filepath.Join(t.TempDir(), "db"), "wal")
	if _, err := conn.ExecContext(t.Context(), "CREATE TABLE texts (text TEXT); INSERT INTO texts VALUES ('one')"); err != nil {
		t.Fatal(err)
	}
	var sweep remnants.Sweep
	if overwritten, err := sweep.Step(t.Context(), conn); overwritten || err != nil {
		t.Errorf("before Add it has overwritten something: %v, %v", overwritten, err)
	}
	sweep.Add()
	if overwritten, err := sweep.Step(t.Context(), conn); overwritten || err != nil || sweep.Pending() {
		t.Errorf("it has overwritten something: %v, %v; pending: %v", overwritten, err, sweep.Pending())
	}
}

func BenchmarkSweep(b *testing.B) {
	path := filepath.Join(b.TempDir(), "db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	const pages = 1 << 14
	if _, err := conn.ExecContext(b.Context(), `CREATE TABLE texts (text TEXT);
		WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
		INSERT INTO texts SELECT printf('%.*c', 3000, 'x') FROM numbers`, pages); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var sweep remnants.Sweep
		sweep.Add()
		for sweep.Pending() {
			if _, err := sweep.Step(b.Context(), conn); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/pages, "µs/page")
}
