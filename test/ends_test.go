//go:build unix

package test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"snug/protocol"

	talk "snug/client"
)

// members joins a room on each server of a cluster.
func (c *cluster) members(room string) (all []*talk.Room) {
	c.t.Helper()
	for i, s := range c.sites {
		r, err := talk.Join(c.t.Context(), "http://"+s.address(), room, talk.Options{Nick: fmt.Sprint("member", i)})
		if err != nil {
			c.t.Fatal(err)
		}
		c.t.Cleanup(func() { _ = r.Close() }) // the room or its server may be gone
		s.secret(r.Seat())
		all = append(all, r)
	}
	return all
}

// TestClusterClosesARoomInAFlood: members on three servers speak as fast as they can while the
// owner closes the room. All see the same log, with the close at its end, and soon no server's
// file has the text.
func TestClusterClosesARoomInAFlood(t *testing.T) {
	t.Parallel()
	const canary = contents + "-in-the-closed-room"
	c := newCluster(t)
	c.start(0, 1, 2)
	members, other := c.members("lobby"), c.members("attic")
	logs := make([][]protocol.Event, len(members))
	var all sync.WaitGroup
	flooded := make(chan struct{})
	var once sync.Once
	for i, r := range members {
		all.Go(func() {
			for e, err := range r.Events(t.Context()) {
				if err != nil {
					if !talk.IsRoomClosed(err) {
						t.Errorf("member %d: %v", i, err)
					}
					return
				}
				if e, ok := e.(*protocol.Event); ok {
					if logs[i] = append(logs[i], *e); len(logs[i]) > 200 {
						once.Do(func() { close(flooded) })
					}
				}
			}
		})
		for n := range 4 {
			all.Go(func() {
				for said := 0; ; said++ {
					_, err := r.Send(t.Context(), talk.Message{Content: fmt.Sprint(canary, i, n, said)})
					if talk.IsRoomClosed(err) {
						return
					}
					if err != nil {
						t.Errorf("member %d: %v", i, err)
						return
					}
				}
			})
		}
	}
	select {
	case <-flooded:
	case <-time.After(patience):
		t.Fatal("nobody hears the flood")
	}
	if err := members[0].CloseRoom(t.Context()); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	for i, log := range logs {
		last := log[len(log)-1]
		if body, err := last.Moderated(); err != nil || body.Action != protocol.ActionClose {
			t.Errorf("member %d: the last event is %+v, want the close", i, last)
		}
		if len(log) < len(logs[0]) && log[0].Seq == logs[0][0].Seq || last.Seq != logs[0][len(logs[0])-1].Seq {
			t.Errorf("member %d has %d to %d, member 0 %d to %d", i, log[0].Seq, last.Seq, logs[0][0].Seq, logs[0][len(logs[0])-1].Seq)
		}
	}
	for _, s := range c.sites {
		if _, err := talk.Join(t.Context(), "http://"+s.address(), "lobby", talk.Options{Nick: "late"}); !talk.IsRoomClosed(err) {
			t.Errorf("a late join: %v", err)
		}
	}
	for i, r := range other {
		if _, err := r.Send(t.Context(), talk.Message{Content: contents}); err != nil {
			t.Errorf("in another room, member %d: %v", i, err)
		}
	}
	eventually(t, "no server's file has the text", func() bool {
		for _, s := range c.sites {
			if inLog(t, s.file, canary) {
				return false
			}
		}
		return true
	})
	c.agree()
}

// inLog reports whether a log has a text.
func inLog(t *testing.T, file, text string) bool {
	t.Helper()
	for _, end := range []string{"", "-wal"} {
		if data, err := os.ReadFile(file + end); err != nil {
			t.Fatal(err)
		} else if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}

// agree waits until the servers' logs are the same, and nothing is left of closed rooms.
func (c *cluster) agree() {
	c.t.Helper()
	eventually(c.t, "all servers have the same log", func() bool {
		first := sum(c.t, c.sites[0].file)
		for _, s := range c.sites {
			if sum(c.t, s.file) != first || count(c.t, s.file, "SELECT count(*) FROM leftovers") > 0 {
				return false
			}
		}
		return true
	})
}

// count returns the number that a query of a log gives.
func count(t *testing.T, file, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSoakClusterEndsAlikeWhateverTheClocks: the clocks of three servers are an hour apart.
// Messages expire, and a room is closed, while the servers are killed in turn, so that the time
// of the log comes from one and then from another.
func TestSoakClusterEndsAlikeWhateverTheClocks(t *testing.T) {
	soak(t)
	c := newCluster(t)
	var program string
	for i, ahead := range []time.Duration{-time.Hour, 0, time.Hour} {
		own := clock{t, filepath.Join(t.TempDir(), "clock")}
		own.ahead(ahead)
		if program == "" {
			program = own.build()
		}
		c.sites[i].program, c.sites[i].env = program, []string{"SNUG_TEST_CLOCK=" + own.file}
	}
	c.start(0, 1, 2)
	rooms := []string{"lobby", "attic", "cellar"}
	keep := protocol.MinKeep
	var all sync.WaitGroup
	silence := make(chan struct{})
	owners := map[string]*talk.Room{}
	for _, room := range rooms {
		members := c.members(room)
		if err := members[0].Set(t.Context(), talk.Change{Keep: &keep}); err != nil {
			t.Fatal(err)
		}
		owners[room] = members[0]
		for i := range members {
			all.Go(func() { c.speak(i, room, silence) })
		}
	}
	expired := func() int { return count(t, c.sites[1].file, "SELECT count(*) FROM rooms WHERE first > 1") }
	eventually(t, "messages expire in all rooms", func() bool { return expired() == len(rooms) })
	if err := owners["cellar"].CloseRoom(t.Context()); err != nil {
		t.Error(err)
	}
	for round := range 6 {
		victim := round % 3
		c.runs[victim].kill9(t)
		time.Sleep(rand.N(6 * time.Second)) // long enough for another leader, or not
		c.start(victim)
		time.Sleep(rand.N(6 * time.Second))
	}
	close(silence)
	all.Wait()
	c.agree()
	if n := count(t, c.sites[2].file, "SELECT count(*) FROM rooms WHERE generation = 1 AND head = 0"); n != 1 {
		t.Errorf("%d rooms were closed and are empty, want 1", n)
	}
	messages := count(t, c.sites[0].file, "SELECT sum(head) FROM rooms")
	figure(t, "three clocks an hour apart, messages that expire after 10 s", 6, "%d messages in two rooms; %d of them expired; the three logs are the same",
		messages, messages-count(t, c.sites[0].file, "SELECT count(*) FROM entries"))
}

// speak says something in a room, by a server, again and again, whether or not the server is
// there.
func (c *cluster) speak(server int, room string, silence <-chan struct{}) {
	for {
		ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
		r, err := talk.Join(ctx, "http://"+c.sites[server].address(), room, talk.Options{Nick: "speaker"})
		for err == nil {
			_, err = r.Send(ctx, talk.Message{Content: contents})
			select {
			case <-silence:
				err = context.Canceled
			case <-time.After(rand.N(200 * time.Millisecond)): // its pace
			}
		}
		if cancel(); r != nil {
			_ = r.Close()
		}
		select {
		case <-silence:
			return
		case <-time.After(100 * time.Millisecond): // the pace of who comes again
		}
	}
}
