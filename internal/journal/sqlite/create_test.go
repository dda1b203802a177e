package sqlite

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

func TestTheFilesOfAnInterruptedStartAreRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	for _, left := range []string{".new", ".new-journal", ".new-wal", ".new-shm"} {
		write(t, path+left, []byte("half of it"))
	}
	f := openFile(t, path)
	f.must(t, drafts("lobby", "", 1))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left := slices.Collect(maps.Keys(files(t, path))); !slices.Equal(left, []string{"log.snug"}) {
		t.Errorf("the directory has %v", left)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v; want 0600", info.Mode(), err)
	}
}

func TestOddNamesAreNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "a%20b", "a%", "ünï🦭", "a&b=c;d", "'\"", ":memory:", "file:x", "a\nb", "-wal"} {
		path := filepath.Join(dir, name)
		for want := range 2 {
			f := openFile(t, path)
			page, err := f.ReadAfter(t.Context(), "lobby", 0, 10)
			if err != nil || len(page) != want {
				t.Errorf("%q has %d entries, %v; want %d", name, len(page), err, want)
			}
			f.must(t, drafts("lobby", string(rune('a'+want)), 1))
			if err := f.Close(); err != nil {
				t.Errorf("close %q: %v", name, err)
			}
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Each older version is made by the migrations up to it.
func TestEveryOlderSchemaIsUpgraded(t *testing.T) {
	for from := 1; from < version(); from++ {
		path := filepath.Join(t.TempDir(), "log.snug")
		raw(t, path, append(slices.Clone(migrations[:from]), "INSERT INTO log (one, secret, incarnation, session, position, at) VALUES (1, zeroblob(32), zeroblob(16), zeroblob(16), 200, 1000)",
			"INSERT INTO rooms (id, code, generation, first, head) VALUES (1, 'lobby', 0, 2, 6), (2, 'empty', 0, 1, 0), (3, 'hall', 0, 5, 40)",
			`WITH RECURSIVE seqs (seq) AS (SELECT 5 UNION ALL SELECT seq + 1 FROM seqs WHERE seq < 40)
				INSERT INTO entries (position, room, seq, at, type, id, member, nick, role, guest, body) SELECT 100 + seq, 3, seq, 1000, 'joined', '', '', '', '', 0, x'' FROM seqs`)...)
		for seq, e := range [][3]string{2: {"message", `{"content":"hi"}`, ""}, 3: {"message", string(protocol.ErasedBody(protocol.EventMessage)), ""}, 4: {"edited", "{}", "private"}, 5: {"deleted", "{}", ""}, 6: {"reacted", "{}", ""}} {
			if seq >= 2 {
				raw(t, path, fmt.Sprintf("INSERT INTO entries (position, room, seq, at, type, id, member, nick, role, guest, body, private) VALUES (%[1]d, 1, %[1]d, %[1]d, '%[2]s', '', '', '', '', 0, CAST('%[3]s' AS BLOB), nullif('%[4]s', ''))", seq, e[0], e[1], e[2]))
			}
		}
		stamp(t, path, from)
		f := openFile(t, path)
		f.must(t, drafts("attic", "", 1))
		f.must(t, drafts("hall", "", 10))
		if page, err := f.ReadAfter(t.Context(), "hall", 0, 100); err != nil || len(page) != 46 || page[0].Seq != 5 || page[45].Seq != 50 {
			t.Errorf("from version %d: there are %d entries, %v; want 5 to 50", from, len(page), err)
		}
		if from < 3 { // from then on, what was written had statistics
			upgraded(t, f, from)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	// An empty file with a header, as create makes it, goes through all migrations.
	path := filepath.Join(t.TempDir(), "log.snug")
	stamp(t, path, 0)
	f := openFile(t, path)
	defer f.Close()
	if got := f.must(t, drafts("lobby", "", 1)); got[0].Seq != 1 {
		t.Errorf("the first seq is %d", got[0].Seq)
	}
}

func stamp(t *testing.T, path string, schema int) {
	t.Helper()
	raw(t, path, fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", schema))
}

// upgraded checks the statistics that an upgrade has made.
func upgraded(t *testing.T, f *File, from int) {
	t.Helper()
	page, err := f.List(t.Context(), journal.ListQuery{Order: journal.ByCode, Limit: 10})
	if err != nil || len(page) != 3 {
		t.Fatalf("from version %d: %v, %v; want three rooms", from, page, err)
	}
	lobby := page[2]
	if lobby.Room != "lobby" || lobby.Messages != 1 || lobby.Bytes != 16+16+2+7+2+2 || lobby.Said.UnixMilli() != 3 {
		t.Errorf("from version %d: %+v", from, lobby)
	}
	if last, err := f.LastErasure(t.Context()); err != nil || last != 5 {
		t.Errorf("from version %d: the last erasure is %d, %v; want 5", from, last, err)
	}
}
