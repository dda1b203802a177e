package local_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/protocol"
)

func message(room, id string) journal.Draft {
	return journal.Draft{Room: room, Once: true, Event: protocol.Event{
		Type: protocol.EventMessage, ID: id, From: protocol.Member{Member: "ann", Nick: "Ann", Role: protocol.RoleMember},
		Body: protocol.MessageBody{Content: "hi"}.Encode(),
	}}
}

func put(t *testing.T, j journal.Journal, d journal.Draft) (o journal.Outcome, err error) {
	t.Helper()
	answered := make(chan struct{})
	refused := j.Append(context.Background(), d, func(got journal.Outcome, failed error) {
		o, err = got, failed
		close(answered)
	})
	if refused != nil {
		t.Fatal(refused)
	}
	<-answered
	return o, err
}

// shell returns another program's connection to the log.
func shell(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	exec(t, db, "PRAGMA busy_timeout = 5000") // the committer may have it locked
	return db
}

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// commits counts the transactions in a -wal (SQLite, "WAL-mode File Format").
func commits(t *testing.T, path string) (n int) {
	t.Helper()
	wal, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if len(wal) < 32 {
		return 0
	}
	page := int(binary.BigEndian.Uint32(wal[8:]))
	for at := 32; at+24+page <= len(wal); at += 24 + page {
		if binary.BigEndian.Uint32(wal[at+4:]) != 0 {
			n++
		}
	}
	return n
}

func TestWaitingDraftsAreCommittedTogether(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "log.snug"))
	defer j.Close()
	if _, err := put(t, j, message("lobby", "first")); err != nil {
		t.Fatal(err)
	}
	before := commits(t, j.path)
	db := shell(t, j.path)
	exec(t, db, "BEGIN IMMEDIATE") // nobody can commit until the rollback
	var pending sync.WaitGroup
	for i := range 300 {
		pending.Add(1)
		err := j.Append(t.Context(), message(fmt.Sprint("room-", i%7), fmt.Sprint(i)), func(_ journal.Outcome, err error) {
			if err != nil {
				t.Errorf("append: %v", err)
			}
			pending.Done()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	exec(t, db, "ROLLBACK")
	pending.Wait()
	// The first has what waited when the committer looked, the second the rest.
	if n := commits(t, j.path) - before; n < 1 || n > 2 {
		t.Errorf("300 entries took %d commits, want 1 or 2", n)
	}
}

// A trigger stands for a disk that fails. Rows that another program inserts stand for a
// commit that succeeded although it was reported to fail.
func TestTheJournalRecoversFromAFailureByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t, filepath.Join(t.TempDir(), "log.snug"))
		defer j.Close()
		_, feed, err := j.Follow(t.Context(), "lobby")
		if err != nil {
			t.Fatal(err)
		}
		defer feed.Close()
		if o, err := put(t, j, message("lobby", "before")); err != nil || o.Seq != 1 {
			t.Fatalf("append: %+v, %v", o, err)
		}
		db := shell(t, j.path)
		exec(t, db,
			"INSERT INTO entries SELECT position+1, room, 2, at, type, 'unknown', member, nick, role, guest, target, body, private, bot FROM entries",
			"UPDATE rooms SET head = 2, recent = json_insert(recent, '$[#]', recent ->> '$[#-1]' + 1)", "UPDATE log SET position = position + 1",
			"CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'disk'); END")

		for i := range 3 {
			if o, err := put(t, j, message("lobby", "failed")); !errors.Is(err, journal.ErrUnavailable) {
				t.Errorf("append %d: %+v, %v; want ErrUnavailable", i, o, err)
			}
			if page, err := j.ReadAfter(t.Context(), "lobby", 0, 10); err != nil || len(page) != 2 {
				t.Errorf("meanwhile %d entries can be read, %v; want 2", len(page), err)
			}
		}
		exec(t, db, "DROP TRIGGER broken")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // the pause between two attempts
		if o, err := put(t, j, message("lobby", "failed")); err != nil || o.Duplicate || o.Seq != 3 {
			t.Errorf("when the disk works again: %+v, %v; want seq 3", o, err)
		}
		var ids []string
		for _, e := range feed.Take() {
			ids = append(ids, fmt.Sprint(e.Seq, " ", e.ID))
		}
		if got, want := fmt.Sprint(ids), "[1 before 2 unknown 3 failed]"; got != want {
			t.Errorf("the follower got %s, want %s", got, want)
		}
	})
}

// A disk fails every second, and then every ten seconds. Each time it works again at once.
func TestADiskThatOftenFailsIsLoggedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder // only the committer writes to it while it runs
		path := filepath.Join(t.TempDir(), "log.snug")
		j, err := local.Open(t.Context(), path, local.Options{Log: slog.New(slog.NewTextHandler(&out, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		if _, err := put(t, j, message("lobby", "first")); err != nil {
			t.Fatal(err)
		}
		db := shell(t, path)
		n := 0
		for _, every := range []time.Duration{time.Second, 10 * time.Second} {
			for range 100 {
				n++
				exec(t, db, "CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'disk'); END")
				if _, err := put(t, j, message("lobby", fmt.Sprint(n))); !errors.Is(err, journal.ErrUnavailable) {
					t.Fatalf("append: %v", err)
				}
				exec(t, db, "DROP TRIGGER broken")
				time.Sleep(every)
				if _, err := put(t, j, message("lobby", fmt.Sprint(n))); err != nil {
					t.Fatalf("append: %v", err)
				}
			}
			time.Sleep(20 * time.Minute)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) > 8 || !strings.Contains(lines[0], "takes no messages") || !strings.Contains(lines[len(lines)-1], "takes messages again") {
			t.Errorf("200 failures are logged in %d lines:\n%s", len(lines), out.String())
		}
	})
}
