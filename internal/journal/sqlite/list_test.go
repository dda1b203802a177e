package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"

	"snug/internal/journal"
)

// fillRooms makes a log with many rooms, each with a name and three keys more.
func fillRooms(b *testing.B, n int) *File {
	b.Helper()
	f, err := Open(b.Context(), filepath.Join(b.TempDir(), "log.snug"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	const at = 1_700_000_000_000
	for _, s := range []string{
		"WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?1) INSERT INTO rooms (code, generation, first, head, messages, bytes, said) SELECT printf('room-%d-%x', value, value * 7919), 0, 1, 100, value * 7919 % 1000, value * 104729 % 1000000, " +
			fmt.Sprint(at) + " + value * 15485863 % 100000000 FROM numbers",
		"INSERT INTO state SELECT id, 'name', CAST('The ' || id || 'th room of Küche' AS BLOB) FROM rooms WHERE ?1",
		"INSERT INTO state SELECT id, key, x'7b7d' FROM rooms, (SELECT 'role/ann' AS key UNION SELECT 'topic' UNION SELECT 'ban/bob') WHERE ?1",
	} {
		if _, err := f.write.conn.ExecContext(b.Context(), s, n); err != nil {
			b.Fatal(err)
		}
	}
	return f
}

func BenchmarkList(b *testing.B) {
	f := fillRooms(b, 100_000)
	for order, name := range map[journal.Order]string{journal.BySaid: "said", journal.ByCode: "code", journal.ByMessages: "messages", journal.ByBytes: "bytes"} {
		q := journal.ListQuery{Order: order, NameKey: "name", Limit: 50, Spoken: true, Keys: []string{"name", "role/"}}
		first, err := f.List(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		last := first[49]
		next := q
		next.After, next.AfterValue = last.Room, last.Value(order)
		common, rare, umlaut := q, q, q
		common.Search, rare.Search, umlaut.Search = "room OF", "the 99999TH", "kÜCHEN"
		for what, q := range map[string]journal.ListQuery{"first": q, "next": next, "search-common": common, "search-rare": rare, "search-none": umlaut} {
			b.Run(name+"/"+what, func(b *testing.B) {
				for b.Loop() {
					if page, err := f.List(b.Context(), q); err != nil || len(page) == 0 && what != "search-none" {
						b.Fatalf("%d rooms, %v", len(page), err)
					}
				}
			})
		}
	}
}
