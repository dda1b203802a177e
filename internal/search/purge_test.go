package search

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// A purge leaves nothing of what was removed before it began its merge, however FTS5 has
// arranged its lists and whatever is written meanwhile.
func TestAPurgeLeavesNothing(t *testing.T) {
	for seed := range uint64(30) {
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
			p.pages = 1 + r.IntN(60)
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
				must(t, s.apply(t.Context(), b))
			}
			for range 3 {
				for range r.IntN(20) {
					write(1 + r.IntN([]int{3, 100, 1000}[r.IntN(3)]))
				}
				write(2 * fewRemoved)
				gone := newBatch()
				for row := range kept {
					if r.IntN(2) == 0 || len(gone.changes) <= fewRemoved {
						gone.changes[row] = &change{row: row, remove: true}
						delete(kept, row)
					}
				}
				must(t, s.apply(t.Context(), gone))
				p.due = true
				for steps := 0; p.due || p.stage != idle; steps++ {
					if _, err := p.step(t.Context(), s, 0); err != nil {
						t.Fatal(err)
					}
					if r.IntN(3) == 0 && steps < 100 {
						write(1 + r.IntN(20))
					}
				}
				for row := 1 + r.Int64N(50); row <= rows; row += 50 {
					if _, ok := kept[row]; s.has(t, secret(row)) != ok {
						t.Fatalf("row %d of %d, kept: %v; it is in FTS5's tables: %v", row, rows, ok, !ok)
					}
				}
			}
		})
	}
}

// has reports whether FTS5's tables have this.
func (s *store) has(t *testing.T, secret string) (has bool) {
	const query = `SELECT EXISTS (SELECT 1 FROM texts_content WHERE instr(c0, ?1)) OR EXISTS (SELECT 1 FROM texts_data WHERE instr(block, ?2)) OR
		EXISTS (SELECT 1 FROM texts_idx WHERE instr(term, ?2))`
	must(t, s.conn.QueryRowContext(t.Context(), query, secret, []byte(secret)).Scan(&has))
	return has
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
