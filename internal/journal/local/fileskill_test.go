package local_test

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	process "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/local"
)

// victim, if it is set, makes this process store and erase files in the log of that name
// until it is killed.
const victim = "SNUG_FILES_VICTIM"

func TestMainOfAVictim(t *testing.T) {
	path := os.Getenv(victim)
	if path == "" {
		t.Skip("it is for TestAKillLeavesNoFileWithoutItsMessage")
	}
	j, err := local.Open(t.Context(), path, local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for writer := range 4 {
		go func() {
			for i := 0; ; i++ {
				f, err := store(j, "lobby", random(rand.N(500_000)))
				if err != nil {
					fmt.Println("failed", err)
					return
				}
				fmt.Printf("stored %s %x\n", f.ID, f.Digest)
				id := fmt.Sprint(os.Getpid(), ".", writer, ".", i)
				o, err := put(t, j, using("lobby", id, f.ID))
				if err != nil {
					fmt.Println("failed", err)
					return
				}
				if i%2 == 0 {
					continue
				}
				fmt.Println("erasing", f.ID)
				if _, err := put(t, j, deletion("lobby", id+"d", o.Seq)); err != nil {
					fmt.Println("failed", err)
					return
				}
				fmt.Println("erased", f.ID)
			}
		}()
	}
	select {}
}

// Files are stored, sent and erased until the process is killed. What was confirmed is then
// there, what was erased is gone, and nothing else is left.
func TestAKillLeavesNoFileWithoutItsMessage(t *testing.T) {
	rounds := 5
	if os.Getenv("SNUG_SOAK") != "" {
		rounds = 50
	}
	path := filepath.Join(t.TempDir(), "log.snug")
	stored, erased, unfinished := 0, 0, 0
	digests := map[string]string{} // of files that are to be there
	for range rounds {
		gone := map[string]bool{}
		cmd := process.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMainOfAVictim$", "-test.v")
		cmd.Env = append(os.Environ(), victim+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			what := strings.Fields(lines.Text())
			switch {
			case len(what) == 3 && what[0] == "stored":
				if stored++; len(digests) == 0 || stored%7 == 1 {
					time.AfterFunc(50*time.Millisecond+rand.N(300*time.Millisecond), func() { _ = cmd.Process.Kill() })
				}
				digests[what[1]] = what[2]
			case len(what) == 2 && what[0] == "erasing":
				delete(digests, what[1])
			case len(what) == 2 && what[0] == "erased":
				gone[what[1]] = true
				erased++
			case len(what) > 0 && what[0] == "failed":
				t.Error(lines.Text())
			}
		}
		_ = cmd.Wait() // it was killed
		halves, err := filepath.Glob(path + "-files/new/*")
		if err != nil {
			t.Fatal(err)
		}
		unfinished += len(halves)

		j := open(t, path)
		for id, digest := range digests {
			r, _, err := j.OpenFile(t.Context(), "lobby", id)
			if err != nil {
				t.Errorf("a file that was stored: %v", err)
				continue
			}
			content, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || fmt.Sprintf("%x", sha256.Sum256(content)) != digest {
				t.Errorf("a file that was stored has %d bytes, which are others, or %v", len(content), err)
			}
		}
		for id := range gone {
			if _, err := j.StatFile(t.Context(), "lobby", id); !errors.Is(err, journal.ErrGone) {
				t.Errorf("a file that was erased: %v", err)
			}
		}
		for len(onDisk(t, path)) != count(t, path) { // the time limit of the test run ends it
			time.Sleep(time.Millisecond)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		agrees(t, path)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d kills: %d files stored, %d erased, %d cut off while they were written; none lost, none left", rounds, stored, erased, unfinished)
	if stored < rounds || erased == 0 {
		t.Error("there was hardly anything to kill")
	}
}

// count returns how many files an open log has.
func count(t *testing.T, path string) (n int) {
	t.Helper()
	db := shell(t, path)
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM files").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
