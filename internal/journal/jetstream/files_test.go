package jetstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/jetstream"
	"snug/protocol"
)

// store stores a file of ann, again while the outcome is unknown.
func store(t *testing.T, j journal.Files, room string, content []byte) journal.File {
	t.Helper()
	for {
		f, err := tryStore(j, room, content)
		if err == nil {
			return f
		}
		if !errors.Is(err, journal.ErrUnavailable) || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

func tryStore(j journal.Files, room string, content []byte) (journal.File, error) {
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

// random returns n bytes that no two calls have in common.
func random(n int) []byte {
	content := make([]byte, n)
	source := rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%032d", rand.Uint64()))))
	_, _ = source.Read(content) // it never fails
	return content
}

func readFile(j journal.Files, id string) ([]byte, error) {
	r, _, err := j.OpenFile(context.Background(), "lobby", id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// bytesOf returns the name of a file's bytes on a node.
func (s *stored) bytesOf(id string) string {
	return filepath.Join(s.path+"-files", id[:2], id)
}

func (s *stored) has(id string) bool {
	_, err := os.Stat(s.bytesOf(id))
	return err == nil
}

// everywhere waits until all nodes have the bytes of a file, or none has.
func everywhere(t *testing.T, want bool, id string, nodes ...*stored) {
	t.Helper()
	wait(t, fmt.Sprintf("all nodes have the bytes: %v", want), func() bool {
		for _, n := range nodes {
			if n.has(id) != want {
				return false
			}
		}
		return true
	})
}

// using returns a message of ann's in the lobby with files.
func using(id string, files ...journal.File) journal.Draft {
	d := message("lobby", "ann", id, "with files")
	for _, f := range files {
		d.Files = append(d.Files, f.ID)
	}
	return d
}

func TestFilesAreOnEveryNodeUntilTheyAreErased(t *testing.T) {
	t.Parallel()
	c := three(t)
	nodes := c.openThree(newStream())
	defer closeAll(t, nodes...)
	content := random(3_000_000)
	f := store(t, nodes[0], "lobby", content)
	for i, n := range nodes {
		// Also while its node doesn't have it yet.
		wait(t, "the file is in the log", func() bool { _, err := n.StatFile(t.Context(), "lobby", f.ID); return err == nil })
		if got, err := readFile(n, f.ID); err != nil || !bytes.Equal(got, content) {
			t.Errorf("node %d reads %d bytes, %v", i, len(got), err)
		}
	}
	everywhere(t, true, f.ID, nodes...)
	seq := must(t, nodes[1], using("m", f)).Seq
	if _, err := put(nodes[2], using("again", f)); !errors.Is(err, journal.ErrGone) {
		t.Errorf("it is used twice: %v", err)
	}
	must(t, nodes[2], about(protocol.EventDeleted, "lobby", "ann", "d", seq))
	everywhere(t, false, f.ID, nodes...)

	inRoom := store(t, nodes[1], "attic", random(10_000))
	d := message("attic", "ann", "close", "")
	d.Event.Type, d.Close = protocol.EventModerated, true
	must(t, nodes[0], d)
	everywhere(t, false, inRoom.ID, nodes...)
	for i, n := range nodes {
		if sum, err := n.FileBytes(t.Context(), ""); err != nil || sum != 0 {
			t.Errorf("node %d has %d bytes of files, %v", i, sum, err)
		}
	}
}

// Also a node that was away for so long that it takes another node's log.
func TestANodeThatWasAwayHasTheFilesOfTheLog(t *testing.T) {
	t.Parallel()
	t.Run("by the stream", func(t *testing.T) { t.Parallel(); away(t, false) })
	t.Run("by a snapshot", func(t *testing.T) { t.Parallel(); away(t, true) })
}

func away(t *testing.T, long bool) {
	c := three(t)
	stream := newStream()
	nodes := c.openThree(stream)
	before, erased := store(t, nodes[0], "lobby", random(300_000)), store(t, nodes[0], "lobby", random(1000))
	seq := must(t, nodes[0], using("m", erased)).Seq
	everywhere(t, true, before.ID, nodes...)
	everywhere(t, true, erased.ID, nodes...)
	wait(t, "the node that will be away has found the file in the log", func() bool {
		info, err := os.Stat(nodes[2].bytesOf(erased.ID))
		return err == nil && info.ModTime().Unix() == 0
	})
	closeAll(t, nodes[2])
	content := random(700_000)
	meanwhile := store(t, nodes[0], "lobby", content)
	must(t, nodes[1], about(protocol.EventDeleted, "lobby", "ann", "d", seq))
	everywhere(t, false, erased.ID, nodes[:2]...)
	if long {
		if err := nodes[0].purge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Dir(nodes[2].bytesOf(before.ID))); err != nil { // as a disk might
		t.Fatal(err)
	}
	nodes[2] = openAs(t, c.nodes[2], "n3", stream, nodes[2].path)
	defer closeAll(t, nodes...)
	everywhere(t, true, meanwhile.ID, nodes...)
	everywhere(t, true, before.ID, nodes...)
	everywhere(t, false, erased.ID, nodes...)
	if got, err := readFile(nodes[2], meanwhile.ID); err != nil || !bytes.Equal(got, content) {
		t.Errorf("it reads %d bytes, %v", len(got), err)
	}
}

// Nothing is in the log whose bytes aren't on as many nodes as they should be.
func TestAFileIsRecordedWhenAMajorityHasIt(t *testing.T) {
	t.Parallel()
	c := three(t)
	stream := newStream()
	j, err := jetstream.Open(t.Context(), c.nodes[0].Conn(), c.path(0), jetstream.Options{
		Log: quiet(), Stream: stream, Node: "n1", Replicas: 3, Keep: 24 * time.Hour, Copies: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	first := &stored{j, c.nodes[0], c.path(0), stream}
	defer closeAll(t, first)
	if _, err := tryStore(first, "lobby", []byte("alone")); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("store on one node: %v, want ErrUnavailable", err)
	}
	left, err := filepath.Glob(first.path + "-files/*/*")
	if err != nil || len(left) != 0 {
		t.Errorf("it has left %v, %v", left, err)
	}
	if n, err := first.FileBytes(t.Context(), ""); err != nil || n != 0 {
		t.Errorf("%d bytes are in the log, %v", n, err)
	}
	second := open(t, c.nodes[1], stream, c.path(1))
	defer closeAll(t, second)
	f := store(t, first, "lobby", []byte("in company"))
	everywhere(t, true, f.ID, first, second)
}

// Two nodes store, send, erase and prune at once, and end with the same files.
func TestFilesAgreeOnTwoNodesUnderLoad(t *testing.T) {
	t.Parallel()
	n, dir := aloneIn(t)
	stream := newStream()
	first := openAs(t, n, "n1", stream, filepath.Join(dir, "first.snug"))
	second := openAs(t, n, "n2", stream, filepath.Join(dir, "second.snug"))
	nodes := []*stored{first, second}
	wait(t, "both know each other", func() bool { return first.Alive() == 2 && second.Alive() == 2 })
	var sent, erased atomic.Int64
	var writers, pruner sync.WaitGroup
	stop := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			for i := range 15 {
				f := store(t, nodes[w%2], "lobby", random(rand.N(400_000)))
				seq := must(t, nodes[(w+i)%2], using(fmt.Sprint("m", w, ".", i), f)).Seq
				sent.Add(1)
				if i%3 != 0 {
					continue
				}
				if _, err := put(nodes[i%2], about(protocol.EventDeleted, "lobby", "ann", fmt.Sprint("d", w, ".", i), seq)); err == nil {
					erased.Add(1)
				}
			}
		})
	}
	pruner.Go(func() {
		for i := 0; ; i++ {
			if _, err := nodes[i%2].Prune(context.Background(), journal.Retention{Last: 20}); err != nil && !errors.Is(err, journal.ErrUnavailable) {
				t.Error(err)
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	writers.Wait()
	close(stop)
	pruner.Wait()
	agree(t, []string{"lobby"}, first, second)
	names := func(s *stored) (ids []string) {
		all, err := filepath.Glob(s.path + "-files/*/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			ids = append(ids, filepath.Base(name))
		}
		return ids
	}
	wait(t, "both have the same files", func() bool {
		for _, id := range names(first) {
			if _, err := first.StatFile(t.Context(), "lobby", id); err != nil {
				return false
			}
		}
		return slices.Equal(names(first), names(second))
	})
	of := func(s *stored) int64 {
		sum, err := s.FileBytes(t.Context(), "")
		if err != nil {
			t.Error(err)
		}
		return sum
	}
	if of(first) != of(second) || of(first) == 0 || sent.Load() != 60 || erased.Load() == 0 {
		t.Errorf("%d and %d bytes, %d sent, %d erased", of(first), of(second), sent.Load(), erased.Load())
	}
	t.Logf("%d messages with files, %d erased, %d files left on both nodes", sent.Load(), erased.Load(), len(names(first)))
	closeAll(t, nodes...)
}

// A node whose copy is damaged gives it to nobody who would take it for the file.
func TestADamagedFileIsNotFetched(t *testing.T) {
	t.Parallel()
	n, dir := aloneIn(t)
	stream := newStream()
	first := openAs(t, n, "n1", stream, filepath.Join(dir, "first.snug"))
	second := openAs(t, n, "n2", stream, filepath.Join(dir, "second.snug"))
	defer closeAll(t, first, second)
	content := random(600_000)
	f := store(t, first, "lobby", content)
	everywhere(t, true, f.ID, first, second)
	wait(t, "the file is in both logs", func() bool { _, err := second.StatFile(t.Context(), "lobby", f.ID); return err == nil })
	damaged := bytes.Clone(content)
	damaged[400_000]++
	for name, bad := range map[string][]byte{"other bytes": damaged, "fewer bytes": content[:500_000], "more bytes": append(bytes.Clone(content), 0)} {
		if err := errors.Join(os.WriteFile(first.bytesOf(f.ID), bad, 0o600), os.Remove(second.bytesOf(f.ID))); err != nil {
			t.Fatal(err)
		}
		if got, err := readFile(second, f.ID); !errors.Is(err, journal.ErrUnavailable) || second.has(f.ID) {
			t.Errorf("%s: it reads %d bytes, %v; want ErrUnavailable", name, len(got), err)
		}
		if err := os.WriteFile(first.bytesOf(f.ID), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := readFile(second, f.ID); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s, repaired: it reads %d bytes, %v", name, len(got), err)
		}
	}
}
