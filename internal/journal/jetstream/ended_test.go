package jetstream_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal"
)

// ended waits until a journal says that it can't continue, and returns why.
func ended(t *testing.T, j *stored) error {
	t.Helper()
	err := <-j.Ended()
	if probed := j.Probe(); !errors.Is(probed, journal.ErrUnavailable) {
		t.Errorf("Probe: %v, want ErrUnavailable", probed)
	}
	if _, err := put(j, message("lobby", "ann", "late", "hello")); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("append: %v, want ErrUnavailable", err)
	}
	return err
}

func TestAStreamThatIsCreatedAgainEndsTheJournal(t *testing.T) {
	t.Parallel()
	n := alone(t)
	j := open(t, n, newStream(), filepath.Join(t.TempDir(), "log.snug"))
	must(t, j, message("lobby", "ann", "a", "hello"))
	js, err := natsjs.New(n.Conn())
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), j.stream); err != nil {
		t.Fatal(err)
	}
	other := openAs(t, n, "n2", j.stream, filepath.Join(t.TempDir(), "log.snug"))
	for i := range 5 {
		must(t, other, message("lobby", "ann", fmt.Sprint(i), "of another log"))
	}
	if err := ended(t, j); err == nil {
		t.Error("it doesn't say why")
	}
	if all := read(t, j, "lobby"); len(all) != 1 {
		t.Errorf("it has %d entries, want its 1", len(all))
	}
	closeAll(t, j, other)
}

// Another process locks a node's file for so long that the stream is purged beyond it. The
// node ends. When it is started again it has everything.
func TestAHoleEndsTheJournalAndASnapshotFillsIt(t *testing.T) {
	t.Parallel()
	n := alone(t)
	j := open(t, n, newStream(), filepath.Join(t.TempDir(), "log.snug"))
	other := openWithTimeout(t, n, "n2", j.stream, filepath.Join(t.TempDir(), "log.snug"), time.Hour)
	must(t, j, message("lobby", "ann", "a", "hello"))
	agree(t, rooms, j, other)

	shell, err := sql.Open("sqlite", j.path)
	if err != nil {
		t.Fatal(err)
	}
	defer shell.Close()
	shell.SetMaxOpenConns(1)
	for _, s := range []string{"PRAGMA busy_timeout = 5000", "BEGIN IMMEDIATE"} {
		if _, err := shell.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	// More than are fetched ahead, so that some must still be fetched afterwards.
	const meanwhile = 3000
	answers := make(chan error, meanwhile)
	for i := range meanwhile {
		err := other.Append(t.Context(), message("lobby", "bob", fmt.Sprint(i), "meanwhile"), func(_ journal.Outcome, err error) { answers <- err })
		if err != nil {
			t.Fatal(err)
		}
	}
	for range meanwhile {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	if err := other.purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := shell.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	t.Log(ended(t, j))
	closeAll(t, j)
	j = open(t, n, j.stream, j.path)
	agree(t, rooms, j, other)
	if all := read(t, j, "lobby"); len(all) != 1+meanwhile {
		t.Errorf("there are %d entries, want %d", len(all), 1+meanwhile)
	}
	closeAll(t, j, other)
}
