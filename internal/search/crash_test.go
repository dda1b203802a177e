package search

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/local"
)

// indexUntilKilled is another process, which indexes the log at path and goes on writing it. It
// prints a line when it begins.
func indexUntilKilled(path string) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	j, err := local.Open(context.Background(), path, local.Options{Log: log})
	if err != nil {
		log.Error("open", "err", err)
		os.Exit(1)
	}
	go New(Options{Journal: j, Path: path + "-search", Log: log, Gather: time.Millisecond}).Run(context.Background())
	fmt.Println("begun")
	for i := 0; ; i++ {
		d := draft("room", "Ann", fmt.Sprint("needle ", i))
		switch {
		case i%50 == 49:
			d = draft(fmt.Sprint("short-lived-", i/50), "Ann", "needle")
		case i%10 == 9:
			d.Event.Type, d.Event.Target, d.Event.Body = "deleted", uint64(1+rand.IntN(5+i/2)), nil
		}
		done := make(chan struct{})
		if err := j.Append(context.Background(), d, func(journal.Outcome, error) { close(done) }); err != nil { // what is to be deleted may be gone
			os.Exit(1)
		}
		<-done
	}
}

// killSoon runs the other process, and kills it after a while.
func killSoon(t *testing.T, path string, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SNUG_TEST_INDEX="+path)
	var says strings.Builder
	cmd.Stderr = &says
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "begun\n" {
		t.Fatalf("the other process says %q, %v; log:\n%s", line, err, says.String())
	}
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if strings.Contains(says.String(), "level=ERROR") {
		t.Errorf("the other process logged:\n%s", says.String())
	}
}

// findsAll checks that exactly the messages of the room are found that have a needle.
func (b *bench) findsAll() {
	b.Helper()
	b.indexed("room")
	var want []uint64
	for last := b.log("room").Head; last > 0; {
		page, err := b.ReadMessages(b.Context(), "room", 1, last)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range page {
			want = append(want, e.Seq)
		}
		if last = 0; len(page) > 0 {
			last = page[len(page)-1].Seq - 1
		}
	}
	if got := b.finds("room", "needle"); !slices.Equal(got, want) {
		b.Errorf("%d are found, and there are %d", len(got), len(want))
	}
}

func TestAKillLosesNothing(t *testing.T) {
	rounds := 3
	if os.Getenv("SNUG_SOAK") != "" {
		rounds = 100
	}
	path := filepath.Join(t.TempDir(), "log.snug")
	for round := range rounds {
		if round%2 == 1 { // the next one builds the index anew
			if err := removeStore(path + "-search"); err != nil {
				t.Fatal(err)
			}
		}
		killSoon(t, path, time.Duration(rand.IntN(400))*time.Millisecond)
		b := openAt(t, path)
		if round%2 == 0 || round == rounds-1 {
			b.findsAll()
		} // otherwise it is cut off again
		b.close()
	}
	b := openAt(t, path)
	b.findsAll()
	b.check()
	t.Attr("figure", fmt.Sprintf("kill -9 while indexing and building\t%d\tnothing lost", rounds))
}

func TestAFileThatIsNoGoodIsBegunAnew(t *testing.T) {
	for what, harm := range map[string]func(t *testing.T, file string){
		"Deleted": func(t *testing.T, file string) { must(t, removeStore(file)) },
		"DeletedWithoutItsWal": func(t *testing.T, file string) {
			must(t, os.WriteFile(file+"-wal", []byte("left"), 0o600))
			must(t, os.Remove(file))
		},
		"Empty":     func(t *testing.T, file string) { must(t, os.Truncate(file, 0)) },
		"Truncated": func(t *testing.T, file string) { must(t, os.Truncate(file, 12_000)) },
		"Text":      func(t *testing.T, file string) { must(t, os.WriteFile(file, []byte("this is no index\n"), 0o600)) },
		"Overwritten": func(t *testing.T, file string) {
			info, err := os.Stat(file)
			must(t, err)
			f, err := os.OpenFile(file, os.O_RDWR, 0)
			must(t, err)
			defer func() { _ = f.Close() }()
			for at := int64(4096); at < info.Size(); at += 4096 {
				_, err := f.WriteAt([]byte(strings.Repeat("\xA5", 600)), at)
				must(t, err)
			}
		},
		"OfAnotherVersion": func(t *testing.T, file string) {
			s, err := connect(t.Context(), file)
			must(t, err)
			_, err = s.conn.ExecContext(t.Context(), "PRAGMA user_version = 99")
			must(t, err)
			must(t, s.close())
		},
		"AnotherDatabase": func(t *testing.T, file string) {
			must(t, removeStore(file))
			must(t, os.WriteFile(file, nil, 0o600))
			s, err := connect(t.Context(), file)
			must(t, err)
			_, err = s.conn.ExecContext(t.Context(), "CREATE TABLE about (log)")
			must(t, err)
			must(t, s.close())
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "log.snug")
			b := openAt(t, path)
			b.fill("room", 500, func(i int) string { return fmt.Sprint("needle ", i) })
			b.findsAll()
			b.stop()
			s, _, err := openStore(t.Context(), path+"-search", b.log(dropped).Epoch)
			must(t, err)
			_, err = s.writeBack(t.Context()) // so that everything is in the one file
			must(t, errors.Join(err, s.close()))
			b.close()
			harm(t, path+"-search")
			b = openAt(t, path)
			if what == "Overwritten" || what == "Truncated" { // it is noticed when it is used
				b.fill("room", 50, func(i int) string { return fmt.Sprint("needle ", i) })
				b.until("begun anew", func() bool {
					b.search("room", "needle", 400, 200)
					return strings.Contains(b.logs.String(), "begun anew")
				})
			}
			b.findsAll()
			if !strings.Contains(b.logs.String(), "begun anew") {
				t.Errorf("the log has nothing of it:\n%s", b.logs.String())
			}
			b.check()
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An index of another log has text that isn't this one's.
func TestAnIndexOfAnotherLogIsNotUsed(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "log.snug"), filepath.Join(t.TempDir(), "log.snug")
	b := openAt(t, one)
	b.fill("room", 300, func(int) string { return "a needle of the other log" })
	b.indexed("room")
	b.close()
	held, err := os.ReadFile(one + "-search")
	must(t, err)
	must(t, os.WriteFile(two+"-search", held, 0o600))
	b = openAt(t, two)
	seq := b.say("room", "a needle of this one")
	b.indexed("room")
	if got := b.finds("room", "needle"); !slices.Equal(got, []uint64{seq}) || b.rows() != 1 {
		t.Errorf("found %v, rows %d", got, b.rows())
	}
	if held, err := os.ReadFile(two + "-search"); err != nil || strings.Contains(string(held), "other log") {
		t.Errorf("the other log's text is still there, %v", err)
	}
}

// A backup that is restored has other epochs, so the index is begun anew.
func TestARestoredBackupIsIndexedAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	b := openAt(t, path)
	kept := b.say("room", "needle before the backup")
	b.indexed("room")
	backup, _, err := b.Journal.(journal.Copier).Copy(t.Context())
	must(t, err)
	held, err := os.Create(path + ".backup")
	must(t, err)
	_, err = held.ReadFrom(backup)
	must(t, err)
	must(t, backup.Close())
	must(t, held.Close())
	for range 5 {
		b.say("room", "needle after the backup")
	}
	b.indexed("room")
	b.close()
	must(t, os.Rename(path+".backup", path))
	b = openAt(t, path)
	b.indexed("room")
	if got := b.finds("room", "needle"); !slices.Equal(got, []uint64{kept}) || b.rows() != 1 {
		t.Errorf("found %v, rows %d", got, b.rows())
	}
}

// A room that was closed while nobody indexed, and another one with its code.
func TestARoomIsTakenForNoOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	b := openAt(t, path)
	b.fill("room", 500, func(int) string { return "needle of the closed room" })
	b.indexed("room")
	b.stop()
	b.closeRoom("room")
	b.fill("else", 10, saying)
	if got := b.finds("room", "needle"); got != nil {
		t.Errorf("found %v", got)
	}
	b.run()
	b.until("the closed room is gone from the index", func() bool { return b.rows() == 10 })
}

// A file that can't be opened delays nothing and is tried again.
func TestAFileThatCannotBeWrittenIsTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	must(t, os.Mkdir(path+"-search", 0o700))
	b := openAt(t, path)
	seq := b.say("room", "a needle")
	b.until("it is logged", func() bool { return strings.Contains(b.logs.String(), "can't be written") })
	if found := b.search("room", "needle", 100, 10); len(found.Events) != 1 || found.Incomplete {
		t.Errorf("found %+v", found)
	}
	must(t, os.Remove(path+"-search"))
	b.indexed("room")
	b.until("it is logged", func() bool { return strings.Contains(b.logs.String(), "is written again") })
	if got := b.finds("room", "needle"); !slices.Equal(got, []uint64{seq}) {
		t.Errorf("found %v", got)
	}
}

// While the index is built, the newest messages are found, and the answer says that it isn't
// everything.
func TestABuildIsIncomplete(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	b := openAt(t, path, func(o *Options) { o.Stretch = 100 })
	b.stop()
	b.fill("room", 1000, func(i int) string { return fmt.Sprint("needle ", i%100) })
	found := b.search("room", "needle", 1e6, 200)
	if !found.Incomplete || len(found.Events) != 100 || !found.More || found.Next != 901 {
		t.Errorf("found %d, incomplete: %v, more: %v before %d", len(found.Events), found.Incomplete, found.More, found.Next)
	}
	if got := b.finds("room", `"needle 77"`); len(got) != 10 {
		t.Errorf("over all pages, %d are found", len(got))
	}
	b.run()
	b.indexed("room")
	if found := b.search("room", "needle 99", 1e6, 200); found.Incomplete || found.More || len(found.Events) != 10 {
		t.Errorf("afterwards %d are found, incomplete: %v, more: %v", len(found.Events), found.Incomplete, found.More)
	}
	b.stop()
	b.fill("room", 500, func(i int) string { return fmt.Sprint("needle ", i%100) })
	b.Index.store, _, _ = openStore(t.Context(), b.options.Path, b.log(dropped).Epoch) // as it is while it is behind
	found = b.search("room", `"needle 99"`, 1e6, 200)
	if !found.Incomplete || found.More || len(found.Events) != 11 {
		t.Errorf("while it is behind %d are found, incomplete: %v, more: %v", len(found.Events), found.Incomplete, found.More)
	}
	must(t, b.Index.store.close())
	b.Index.store = nil
}
