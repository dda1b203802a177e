package jetstream_test

import (
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"snug/internal/cluster"
	"snug/internal/journal"
)

// standing starts a NATS server that doesn't belong to Snug.
func standing(t *testing.T, port int, dir string) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, Username: "ann", Password: "secret",
		JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	for !s.ReadyForConnections(time.Second) {
		if t.Context().Err() != nil || !s.Running() {
			t.Fatal("NATS doesn't run")
		}
	}
	return s
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

func TestTheJournalSurvivesARestartOfNATS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	nats := standing(t, server.RANDOM_PORT, dir)
	at := nats.Addr().(*net.TCPAddr)
	n, err := cluster.Connect(t.Context(), cluster.External{URLs: []string{"nats://ann:secret@" + at.String()}, Name: "n1", Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	j := open(t, n, newStream(), filepath.Join(t.TempDir(), "log.snug"))
	must(t, j, message("lobby", "ann", "before", "hello"))
	stop(nats)
	if o, err := put(j, message("lobby", "ann", "meanwhile", "hello")); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("without NATS: %+v, %v; want ErrUnavailable", o, err)
	}
	if err := j.Probe(); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("Probe without NATS: %v", err)
	}
	if all := read(t, j, "lobby"); len(all) != 1 {
		t.Errorf("%d entries are read, want 1", len(all))
	}
	nats = standing(t, at.Port, dir)
	wait(t, "it accepts messages again", func() bool {
		_, err := put(j, message("lobby", "ann", "meanwhile", "hello"))
		return err == nil
	})
	wait(t, "it says that it accepts them", func() bool { return j.Probe() == nil })
	if all := read(t, j, "lobby"); len(all) != 2 {
		t.Errorf("%d entries are read, want 2", len(all))
	}
	closeAll(t, j)
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	stop(nats)
}
