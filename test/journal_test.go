package test

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestSecondServerOnAFileEndsAtOnce(t *testing.T) {
	s := newSite(t, "--limits=off")
	first := s.start()
	c := s.client("room", "first in")
	session, err := c.connect(within(t))
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "another-name.db")
	if err := os.Symlink(s.file, link); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{s.file, link} {
		cmd := s.command()
		cmd.Args = append(withoutFlag(cmd.Args, "--journal"), "--journal=sqlite:"+file)
		second := launch(t, cmd)
		if status := second.wait(t); status != 1 {
			t.Errorf("exit status %d", status)
		}
		oneLine(t, second.err.String(), file, fmt.Sprintf("process %d", first.cmd.Process.Pid))
		if second.out.Len() > 0 {
			t.Errorf("it has greeted: %s", second.out.String())
		}
		if err := session.say(within(t)); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the first server goes on", func() bool { return len(c.waiting()) == 0 })
	}
}

func TestJournalInMemoryIsForgotten(t *testing.T) {
	s := newSite(t, "--limits=off", "--journal=memory:")
	var before event
	for run := range 2 {
		p := s.start()
		ctx := within(t)
		l, err := s.dial(ctx, "room")
		if err != nil {
			t.Fatal(err)
		}
		join := fields{"type": "join", "nick": "back again"}
		if run > 0 {
			join["seat"], join["since"] = before.You.Seat, fields{"epoch": before.Epoch, "seq": 1}
		}
		if err := l.send(ctx, join); err != nil {
			t.Fatal(err)
		}
		welcome, err := l.await(ctx, "welcome")
		if err != nil {
			t.Fatal(err)
		}
		if welcome.Epoch == before.Epoch || welcome.Resumed || welcome.Head != 1 {
			t.Errorf("run %d: epoch %s, then %s; resumed %v, head %d", run, before.Epoch, welcome.Epoch, welcome.Resumed, welcome.Head)
		}
		before = welcome
		if err := l.send(ctx, fields{"type": "send", "id": "1", "content": contents}); err != nil {
			t.Fatal(err)
		}
		if e, err := l.await(ctx, "message"); err != nil || e.Seq != 2 {
			t.Errorf("run %d: %+v, %v", run, e, err)
		}
		p.signal(t, syscall.SIGTERM)
		if status := p.wait(t); status != 0 {
			t.Errorf("exit status %d", status)
		}
	}
	if _, err := os.Stat(s.file); err == nil {
		t.Error("there is a file")
	}
}

func TestJournalThatCannotBeOpenedIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, file string)
		file    string // if not snug.db
		says    string
	}{
		{"noise", func(t *testing.T, file string) {
			noise := make([]byte, 8192)
			rand.Read(noise)
			write(t, file, noise)
		}, "", "damaged"},
		{"text", func(t *testing.T, file string) { write(t, file, []byte("my shopping list\n")) }, "", "damaged"},
		{"empty", func(t *testing.T, file string) { write(t, file, nil) }, "", "damaged"},
		{"another program's", func(t *testing.T, file string) { execute(t, file, "CREATE TABLE cats (name)") }, "", "no log of Snug's"},
		{"newer", func(t *testing.T, file string) {
			begin(t, file)
			execute(t, file, "PRAGMA user_version = 99")
		}, "", "newer version"},
		{"cut short", func(t *testing.T, file string) {
			begin(t, file)
			if err := os.Truncate(file, 8192); err != nil {
				t.Fatal(err)
			}
		}, "", "damaged"},
		{"gone but its -wal", func(t *testing.T, file string) { write(t, file+"-wal", make([]byte, 100)) }, "", "-wal"},
		{"no directory", func(*testing.T, string) {}, "gone/snug.db", "its directory isn't there"},
		{"a home that no shell has put in", func(*testing.T, string) {}, "~/snug.db", "there is no directory ~"},
		{"a directory", func(t *testing.T, file string) {
			if err := os.Mkdir(file, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "", "directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.file == "" {
				c.file = "snug.db"
			}
			file := filepath.Join(dir, c.file)
			c.prepare(t, file)
			refused(t, newSite(t, "--journal=sqlite:"+file).command(), dir, file, c.says)
		})
	}
}

// refused runs a server on a file in dir that it must refuse, and checks that
// the directory is as it was.
func refused(t *testing.T, server *exec.Cmd, dir, file, says string) {
	t.Helper()
	before := files(t, dir)
	p := launch(t, server)
	if status := p.wait(t); status != 1 {
		t.Errorf("exit status %d", status)
	}
	oneLine(t, p.err.String(), file, says)
	t.Log(strings.TrimSpace(p.err.String()))
	after := files(t, dir)
	delete(after, filepath.Base(file)+".lock") // what a server leaves beside any journal
	delete(before, filepath.Base(file)+".lock")
	if !maps.Equal(before, after) {
		t.Errorf("there were %v, now %v, or what is in them has changed", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
	}
}

// begin makes a journal with a message in it.
func begin(t *testing.T, file string) {
	t.Helper()
	s := newSite(t, "--limits=off", "--journal=sqlite:"+file)
	p := s.start()
	c := s.client("room", "the first")
	session, err := c.connect(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := session.say(within(t)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the message is confirmed", func() bool { return len(c.waiting()) == 0 })
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 {
		t.Fatalf("exit status %d", status)
	}
}

func execute(t *testing.T, file, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// files is what a directory holds, by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	held := make(map[string]string)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		held[e.Name()] = "a directory"
		if !e.IsDir() {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			held[e.Name()] = string(data)
		}
	}
	return held
}
