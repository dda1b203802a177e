package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestARefusedFileStaysAsItWas(t *testing.T) {
	fresh := func(t *testing.T) string { return filepath.Join(t.TempDir(), "log.snug") }
	closed := func(t *testing.T) string {
		f := openFile(t, fresh(t))
		f.must(t, drafts("lobby", "", 50))
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		return f.path
	}
	change := func(t *testing.T, path string, change func([]byte) []byte) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, change(b))
		return path
	}
	wrong := func(statements ...string) func(t *testing.T) string {
		return func(t *testing.T) string { p := closed(t); raw(t, p, statements...); return p }
	}
	garbage := func(b []byte) []byte { copy(b, "garbage"); return b }
	half := func(b []byte) []byte { return b[:len(b)/2/4096*4096] }
	none := func([]byte) []byte { return nil }
	newer := fmt.Sprintf("PRAGMA user_version = %d", version()+1)
	for _, c := range []struct {
		name string
		file func(t *testing.T) string
		want error // nil: any error
		says string
	}{
		{"newer", func(t *testing.T) string { p := closed(t); raw(t, p, newer); return p }, ErrNewer, "start the newer"},
		{"newer with a -wal", func(t *testing.T) string {
			p := killed(t)
			return change(t, p, func(b []byte) []byte { b[63]++; return b })
		}, ErrNewer, "start the newer"},
		{"newer by what is in the -wal", func(t *testing.T) string { return killed(t, newer) }, ErrNewer, "start the newer"},
		{"foreign", func(t *testing.T) string { p := fresh(t); raw(t, p, "CREATE TABLE t (x)"); return p }, ErrForeign, "name another"},
		{"foreign in WAL mode", func(t *testing.T) string {
			p := fresh(t)
			raw(t, p, "PRAGMA journal_mode = WAL", "CREATE TABLE t (x)")
			return p
		}, ErrForeign, "name another"},
		{"foreign with a -wal", func(t *testing.T) string {
			return change(t, killed(t), func(b []byte) []byte { b[68]++; return b })
		}, ErrForeign, "name another"},
		{"not SQLite", func(t *testing.T) string { return change(t, closed(t), garbage) }, ErrDamaged, "restore a backup"},
		{"not SQLite, with a -wal", func(t *testing.T) string { return change(t, killed(t), garbage) }, ErrDamaged, "restore a backup"},
		{"empty", func(t *testing.T) string { return change(t, closed(t), none) }, ErrDamaged, "restore a backup"},
		{"empty, with a -wal", func(t *testing.T) string { return change(t, killed(t), none) }, ErrDamaged, "restore a backup"},
		{"half a header", func(t *testing.T) string { return change(t, closed(t), func(b []byte) []byte { return b[:50] }) }, ErrDamaged, "restore a backup"},
		{"half a file", func(t *testing.T) string { return change(t, closed(t), half) }, ErrDamaged, "restore a backup"},
		{"damaged, with a -wal", func(t *testing.T) string {
			return change(t, killed(t), func(b []byte) []byte {
				copy(b[3*4096:], strings.Repeat("x", 4096)) // a page that isn't in the -wal
				return b
			})
		}, ErrDamaged, "restore a backup"},
		{"damaged where it says that it is in WAL mode", func(t *testing.T) string {
			return change(t, killed(t), func(b []byte) []byte { b[19] ^= 1; return b })
		}, ErrDamaged, "restore a backup"},
		{"damaged where it says that it is written in WAL mode", func(t *testing.T) string {
			return change(t, killed(t), func(b []byte) []byte { b[18] ^= 128; return b })
		}, ErrDamaged, "restore a backup"},
		{"damaged where it says that it is in WAL mode, without a -wal", func(t *testing.T) string {
			return change(t, closed(t), func(b []byte) []byte { b[19] = 0; return b })
		}, ErrDamaged, "restore a backup"},
		{"a room that ends before its head", wrong("UPDATE rooms SET head = head + 1"), ErrDamaged, "entries 1 to 51"},
		{"a room that begins later", wrong("UPDATE rooms SET first = 3"), ErrDamaged, "entries 3 to 50"},
		{"a place that is missing", wrong("UPDATE places SET positions = json_remove(positions, '$[3]') WHERE part = 1"), ErrDamaged, "entries 1 to 50"},
		{"a part that is missing", wrong("DELETE FROM places WHERE part = 1"), ErrDamaged, "entries 1 to 50"},
		{"a part with another number", wrong("UPDATE places SET part = 7 WHERE part = 1"), ErrDamaged, "entries 1 to 50"},
		{"a place in another part", wrong("UPDATE places SET positions = json_remove(positions, '$[15]') WHERE part = 1",
			"UPDATE places SET positions = json_insert(positions, '$[#]', 3) WHERE part = 2"), ErrDamaged, "entries 1 to 50"},
		{"a head whose place is another's", wrong("UPDATE rooms SET recent = json_replace(recent, '$[#-1]', 5)"), ErrDamaged, "entries 1 to 50"},
		{"places that are no array", wrong("UPDATE places SET positions = '[17,' WHERE part = 1"), ErrDamaged, "malformed"},
		{"an older schema, and a room that ends before its head", func(t *testing.T) string {
			p := fresh(t)
			raw(t, p, append(slices.Clone(migrations[:withPlaces-1]), "INSERT INTO log (one, secret, incarnation, session, position, at) VALUES (1, zeroblob(32), zeroblob(16), zeroblob(16), 9, 1000)",
				"INSERT INTO rooms (id, code, generation, first, head) VALUES (1, 'lobby', 0, 1, 1)",
				"INSERT INTO entries (position, room, seq, at, type, id, member, nick, role, guest, body) VALUES (1, 1, 1, 1, '', '', '', '', '', 0, ''), (2, 1, 2, 1, '', '', '', '', '', 0, '')")...)
			stamp(t, p, withPlaces-1)
			return p
		}, ErrDamaged, "should end with 1 and has 2"},
		{"a backup next to the -wal of the log in whose place it is", func(t *testing.T) string {
			p := killed(t)
			write(t, p, backup(t))
			return p
		}, nil, "-wal of the log that was there before is still next to it: delete that"},
		{"a -wal without its file", func(t *testing.T) string {
			p := killed(t)
			if err := os.Remove(p); err != nil {
				t.Fatal(err)
			}
			return p
		}, ErrDamaged, "put the file back"},
		{"a link to nothing", func(t *testing.T) string {
			p := fresh(t)
			if err := os.Symlink(p+".elsewhere", p); err != nil {
				t.Fatal(err)
			}
			return p
		}, nil, "remove the link"},
		{"in no directory", func(t *testing.T) string { return filepath.Join(t.TempDir(), "none", "log.snug") }, nil, "its directory"},
		{"in a file", func(t *testing.T) string { return filepath.Join(closed(t), "log.snug") }, nil, "not a directory"},
		{"in a directory that can't be written", func(t *testing.T) string {
			if os.Geteuid() == 0 {
				t.Skip("NOT TESTED: a directory that may not be written: root can write to every one")
			}
			p := fresh(t)
			if err := os.Chmod(filepath.Dir(p), 0o500); err != nil {
				t.Fatal(err)
			}
			return p
		}, nil, "permission denied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.file(t)
			var before map[string][]byte
			_, err := os.ReadDir(filepath.Dir(path))
			if looks := err == nil; looks {
				before = files(t, path)
				defer func() { untouched(t, path, before) }()
			}
			f, err := Open(t.Context(), path)
			if err == nil {
				_ = f.Close()
				t.Fatal("it was opened")
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			for _, word := range []string{path, c.says} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q doesn't say %q", err, word)
				}
			}
		})
	}
}

func TestTheLogOfAKilledProcessOpens(t *testing.T) {
	f := openFile(t, killed(t))
	defer f.Close()
	page, err := f.ReadAfter(t.Context(), "lobby", 0, 100)
	if err != nil || len(page) != 10 {
		t.Errorf("it has %d entries, %v; want 10", len(page), err)
	}
	if got := f.must(t, drafts("lobby", "more-", 1)); got[0].Seq != 11 {
		t.Errorf("the next seq is %d, want 11", got[0].Seq)
	}
}

func TestADirectoryIsNoLog(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(t.Context(), dir)
	if err == nil || errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("opened a directory: %v", err)
	}
}
