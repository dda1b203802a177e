package search

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// A purge leaves nothing of what was removed before it began its merge, however FTS5 has
// arranged its lists and whatever is written meanwhile.
func TestAPurgeLeavesNothing(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 0))
			path := filepath.Join(t.TempDir(), "index")
			s, _, err := openStore(t.Context(), path, "log")
			must(t, err)
			defer func() { must(t, s.close()) }()
			w := newWriter()
			w.rand = r
			var p purge
			must(t, p.load(t.Context(), s))
			p.pages = 1 + r.IntN(16)
			rows, kept := int64(0), map[int64]string{}
			write := func(put int) {
				b := newBatch()
				for range put {
					rows++
					kept[rows] = fmt.Sprint(secret(rows), " ", w.message())
					b.changes[rows] = &change{row: rows, put: true, text: kept[rows]}
				}
				for row := range kept { // a few, by FTS5's secure-delete
					if r.IntN(2) == 0 {
						break
					}
					b.changes[row] = &change{row: row, remove: true}
					delete(kept, row)
				}
				must(t, s.apply(t.Context(), b, func(context.Context) {}))
			}
			for range 3 {
				for range r.IntN(20) {
					write(1 + r.IntN([]int{3, 100, 400}[r.IntN(3)]))
				}
				write(2 * fewRemoved)
				gone := newBatch()
				for row := range kept {
					if r.IntN(2) == 0 || len(gone.changes) <= fewRemoved {
						gone.changes[row] = &change{row: row, remove: true}
						delete(kept, row)
					}
				}
				must(t, s.apply(t.Context(), gone, func(context.Context) {}))
				p.due = true
				for steps := 0; p.due || p.stage != idle; steps++ {
					if _, err := p.step(t.Context(), s, 0); err != nil {
						t.Fatal(err)
					}
					if r.IntN(3) == 0 && steps < 100 {
						write(1 + r.IntN(20))
					}
				}
				held := s.contents(t)
				for row := range rows {
					row++
					if _, ok := kept[row]; bytes.Contains(held, []byte(secret(row))) != ok {
						t.Fatalf("row %d of %d, kept: %v; it is in FTS5's tables: %v", row, rows, ok, !ok)
					}
				}
			}
		})
	}
}

// contents returns all that FTS5's tables have.
func (s *store) contents(t *testing.T) (all []byte) {
	rows, err := s.conn.QueryContext(t.Context(), "SELECT c0 FROM texts_content UNION ALL SELECT block FROM texts_data UNION ALL SELECT term FROM texts_idx")
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	for rows.Next() {
		var part sql.RawBytes
		must(t, rows.Scan(&part))
		all = append(append(all, part...), 0)
	}
	must(t, rows.Err())
	return all
}

// secret returns three letters that only this row has, and that other texts don't have.
func secret(row int64) string {
	var b strings.Builder
	for range 3 {
		b.WriteRune(rune(0x10a00 + row%128))
		row /= 128
	}
	return b.String()
}
