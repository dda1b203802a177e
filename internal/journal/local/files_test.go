package local_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/sqlite"
	"snug/protocol"
)

// random returns n bytes that no two calls have in common.
func random(n int) []byte {
	content := make([]byte, n)
	source := rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%032d", rand.Uint64()))))
	_, _ = source.Read(content) // it never fails
	return content
}

func store(j journal.Files, room string, content []byte) (journal.File, error) {
	u, err := j.NewFile(context.Background())
	if err != nil {
		return journal.File{}, err
	}
	defer u.Discard()
	if _, err := u.Write(content); err != nil {
		return journal.File{}, err
	}
	return u.Store(context.Background(), journal.NewFile{Room: room, Uploader: "ann"})
}

// using returns a message of ann's with files.
func using(room, id string, files ...string) journal.Draft {
	d := message(room, id)
	d.Event.From.Member, d.Files = "ann", files
	return d
}

func deletion(room, id string, seq uint64) journal.Draft {
	d := using(room, id)
	d.Event.Type, d.Event.Target, d.Event.Body = protocol.EventDeleted, seq, []byte("{}")
	return d
}

// onDisk returns the names of the files next to a log, in order.
func onDisk(t *testing.T, path string) (ids []string) {
	t.Helper()
	err := filepath.WalkDir(path+"-files", func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !e.IsDir() {
			ids = append(ids, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

// inLog returns the IDs of the files in a log that is closed, in order.
func inLog(t *testing.T, path string) (ids []string) {
	t.Helper()
	db := shell(t, path)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT id FROM files ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// agrees checks that a log that is closed and its directory have the same files.
func agrees(t *testing.T, path string) (count int) {
	t.Helper()
	log, disk := inLog(t, path), onDisk(t, path)
	if !slices.Equal(log, disk) {
		t.Errorf("the log has %d files and the disk %d:\n%v\n%v", len(log), len(disk), log, disk)
	}
	return len(log)
}

func TestAFileThatIsNotUsedIsRemovedAfterAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log.snug")
		j := open(t, path)
		unused, err := store(j, "lobby", []byte("unused"))
		if err != nil {
			t.Fatal(err)
		}
		used, err := store(j, "lobby", []byte("used"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := put(t, j, using("lobby", "m", used.ID)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(journal.UnusedFor - time.Minute)
		synctest.Wait()
		if all := onDisk(t, path); len(all) != 2 {
			t.Errorf("within the hour there are %v", all)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if all := onDisk(t, path); !slices.Equal(all, []string{used.ID}) {
			t.Errorf("after the hour there are %v, want only the one that is used", all)
		}
		if _, err := put(t, j, using("lobby", "late", unused.ID)); !errors.Is(err, journal.ErrGone) {
			t.Errorf("a message with a file that is gone: %v, want ErrGone", err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		agrees(t, path)
	})
}

func TestFilesWithoutTheirLogAreLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	j := open(t, path)
	f, err := store(j, "lobby", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := local.Open(t.Context(), path, local.Options{Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, sqlite.ErrDamaged) {
			t.Errorf("an empty log begins next to another log's files: %v", err)
		}
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	defer j.Close()
	r, _, err := j.OpenFile(t.Context(), "lobby", f.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
}

// While files are stored, sent and read, others are erased and pruned.
func TestFilesAgreeWithTheLogUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	j := open(t, path)
	var sent, erased, pruned, read, goneMeanwhile atomic.Int64
	var newest atomic.Pointer[journal.File]
	stop := make(chan struct{})
	var writers, others sync.WaitGroup
	for w := range 6 {
		room := fmt.Sprint("room", w%2)
		writers.Go(func() {
			for i := range 40 {
				f, err := store(j, room, random(rand.N(60_000)))
				if err != nil {
					t.Error(err)
					return
				}
				o, err := put(t, j, using(room, fmt.Sprint("m", w, ".", i), f.ID))
				if err != nil {
					t.Error(err)
					return
				}
				sent.Add(1)
				newest.Store(&f)
				if i%3 != 0 {
					continue
				}
				if _, err := put(t, j, deletion(room, fmt.Sprint("d", w, ".", i), o.Seq)); err == nil {
					erased.Add(1)
				} else if !errors.Is(err, journal.ErrGone) { // it was pruned
					t.Error(err)
				}
			}
		})
	}
	others.Go(func() {
		for {
			n, err := j.Prune(context.Background(), journal.Retention{Last: 15})
			if err != nil {
				t.Error(err)
				return
			}
			pruned.Add(int64(n))
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	others.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			f := newest.Load()
			if f == nil {
				continue
			}
			r, _, err := j.OpenFile(context.Background(), f.Room, f.ID)
			if errors.Is(err, journal.ErrGone) {
				goneMeanwhile.Add(1)
				continue
			}
			if err != nil {
				t.Error(err)
				return
			}
			content, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || sha256.Sum256(content) != f.Digest {
				t.Errorf("%d bytes of %d are read, or others; %v", len(content), f.Size, err)
				return
			}
			read.Add(1)
		}
	})
	writers.Wait()
	close(stop)
	others.Wait()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	left := agrees(t, path)
	if sent.Load() != 240 || erased.Load() == 0 || pruned.Load() == 0 || read.Load() == 0 || left == 0 || left > 30 {
		t.Errorf("%d sent, %d erased, %d pruned, %d left", sent.Load(), erased.Load(), pruned.Load(), left)
	}
	t.Logf("%d messages with files, %d erased, %d entries pruned meanwhile, %d files read, %d gone meanwhile, %d left", sent.Load(), erased.Load(), pruned.Load(), read.Load(), goneMeanwhile.Load(), left)
}

func TestABackupHasTheFilesOfItsMomentUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	j := open(t, path)
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			var last uint64
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				f, err := store(j, "lobby", random(rand.N(30_000)))
				if err != nil {
					t.Error(err)
					return
				}
				o, err := put(t, j, using("lobby", fmt.Sprint("m", w, ".", i), f.ID))
				if err != nil {
					t.Error(err)
					return
				}
				if last != 0 {
					if _, err := put(t, j, deletion("lobby", fmt.Sprint("d", w, ".", i), last)); err != nil {
						t.Error(err)
					}
				}
				if last = o.Seq; i%4 == 0 {
					last = 0 // this one stays
				}
			}
		})
	}
	for round := range 3 {
		for range 20 {
			if _, err := put(t, j, using("attic", fmt.Sprint(round, rand.Uint64()))); err != nil {
				t.Fatal(err)
			}
		}
		backup, size, err := j.Copy(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(backup)
		if err := errors.Join(err, backup.Close()); err != nil || int64(len(data)) != size {
			t.Fatalf("%d bytes of %d, %v", len(data), size, err)
		}
		restored := filepath.Join(t.TempDir(), "log.snug")
		if err := os.WriteFile(restored, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r := open(t, restored)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if n := agrees(t, restored); n == 0 {
			t.Error("a backup has no files")
		}
	}
	close(stop)
	writers.Wait()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	agrees(t, path)
	if bytes.Contains([]byte(fmt.Sprint(onDisk(t, path))), []byte("kept")) {
		t.Error("something is kept for a backup")
	}
}
