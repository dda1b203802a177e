package test

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"snug/internal/servertest/vacant"
)

func TestClusterLosesNothing(t *testing.T) { clusterRounds(t, 3) }

func TestSoakClusterLosesNothing(t *testing.T) {
	soak(t)
	clusterRounds(t, 100)
}

// cluster is three servers on one log, with clients of each. All share one ledger, which
// finds clients that have seen different things, also on different servers.
type cluster struct {
	t       *testing.T
	ledger  *ledger
	sites   [3]*site
	runs    [3]*process // the last of each
	clients []*client

	silence chan struct{}
	talking sync.WaitGroup
}

func newCluster(t *testing.T, flags ...string) *cluster {
	t.Helper()
	return clusterAt(t, vacant.Addresses(t, 3), flags...)
}

// clusterAt is a cluster whose servers reach one another at peers.
func clusterAt(t *testing.T, peers []string, flags ...string) *cluster {
	t.Helper()
	c := &cluster{t: t, ledger: newLedger(t), silence: make(chan struct{})}
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, []byte("what the three of them know\n"))
	for i := range c.sites {
		dir := filepath.Join(t.TempDir(), "cluster")
		s := newSite(t, append([]string{
			"--journal=cluster:" + dir, fmt.Sprint("--cluster-name=n", i+1), "--cluster-listen=" + peers[i],
			"--cluster-peers=" + strings.Join(peers, ","), "--cluster-secret-file=" + secret, "--limits=off",
		}, flags...)...)
		s.ledger, s.file, s.broken = c.ledger, filepath.Join(dir, "snug.db"), true // faults are told as errors
		s.secret("what the three of them know")
		c.sites[i] = s
		for n := range 6 {
			c.clients = append(c.clients, s.client(fmt.Sprint("room", n%3), fmt.Sprintf("talker %d of n%d", n, i+1)))
		}
	}
	return c
}

// start starts servers at once, and waits until each has what the log has.
func (c *cluster) start(which ...int) {
	c.t.Helper()
	for _, i := range which {
		c.runs[i] = c.sites[i].launch()
	}
	for _, i := range which {
		c.sites[i].listens(c.runs[i])
	}
}

// talk has all clients talk, and come back to their server whenever that is there,
// and say again what wasn't confirmed, until stopTalking.
func (c *cluster) talk() {
	for _, client := range c.clients {
		c.talking.Go(func() {
			for {
				if session, err := client.connect(within(c.t)); err == nil {
					said := make(chan struct{}) // all that this session says for the first time
					var resending sync.WaitGroup
					resending.Go(func() { session.resend(c.t.Context(), said) })
					session.talk(c.t.Context(), c.silence, 50*time.Millisecond)
					close(said)
					resending.Wait() // it has ended, or nothing is left: there is never a second beside it
				}
				select {
				case <-c.silence:
					if len(client.waiting()) == 0 {
						return
					}
				case <-time.After(50 * time.Millisecond): // the pace of who comes again
				}
				if c.t.Context().Err() != nil {
					return
				}
			}
		})
	}
}

// stopTalking ends the talk, when all that was said is confirmed.
func (c *cluster) stopTalking() {
	close(c.silence)
	c.talking.Wait()
}

// awaitMore waits until some more was confirmed.
func (c *cluster) awaitMore() {
	c.t.Helper()
	before := c.ledger.count()
	for end := time.Now().Add(patience); c.ledger.count() < before+50; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatal("nothing is confirmed any more")
		}
	}
}

// clusterRounds does something to servers, at random, under clients that talk.
func clusterRounds(t *testing.T, rounds int) {
	c := newCluster(t)
	c.start(0, 1, 2)
	c.talk()
	c.awaitMore()
	counts := map[string]int{}
	for range rounds {
		counts[c.disturb("killed", "killed", "stopped", "frozen", "without its file")]++
		c.awaitMore()
		if t.Failed() {
			t.Fatal(c.ledger.verdict())
		}
	}
	c.stopTalking()
	figure(t, "a cluster of three", rounds, "%s; %v", c.compareLogs(), counts)
}

// disturb does one of ways to one, two or all servers for a while, and says what.
func (c *cluster) disturb(ways ...string) string {
	t := c.t
	t.Helper()
	order := rand.Perm(3)
	victims := order[:1]
	switch rand.N(6) {
	case 0:
		victims = order[:2]
	case 1:
		if soaking() { // all come back at their own pace: it takes its time
			victims = order
		}
	}
	what := ways[rand.N(len(ways))]
	for _, i := range victims {
		p := c.runs[i]
		switch what {
		case "killed", "without its file":
			p.kill9(t)
		case "stopped":
			p.signal(t, syscall.SIGTERM)
			p.wait(t)
		case "frozen":
			p.signal(t, syscall.SIGSTOP)
		}
	}
	time.Sleep(rand.N(3 * time.Second)) // it lasts as long
	switch what {
	case "frozen":
		for _, i := range victims {
			c.runs[i].signal(t, syscall.SIGCONT)
		}
	case "without its file":
		for _, end := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(c.sites[victims[0]].file + end); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
		}
		c.start(victims...)
	default:
		c.start(victims...)
	}
	return fmt.Sprint(len(victims), " ", what)
}

// compareLogs stops the servers, compares what they have with one another and with all
// that was promised, and says how it went.
func (c *cluster) compareLogs() string {
	t := c.t
	t.Helper()
	// A server whose copy of the stream was incomplete may still be behind: clients without
	// a cursor are let in there, and see what it has.
	eventually(t, "all servers have the whole log", func() bool {
		first := sum(t, c.sites[0].file)
		return sum(t, c.sites[1].file) == first && sum(t, c.sites[2].file) == first
	})
	for _, s := range c.sites {
		s.audit()
	}
	for _, p := range c.runs {
		p.signal(t, syscall.SIGTERM)
	}
	var sums []string
	for i, p := range c.runs {
		p.wait(t)
		c.sites[i].checkFile()
		sums = append(sums, sum(t, c.sites[i].file))
	}
	if sums[0] != sums[1] || sums[0] != sums[2] {
		t.Errorf("the three logs differ: %v", sums)
	}
	confirmed, repeats := c.ledger.figures()
	return fmt.Sprintf("%d messages confirmed, %d repeats recognised, %d times unavailable; %s", confirmed, repeats, c.ledger.refusals(), c.ledger.verdict())
}

// sum sums up what is in a log, but for how far each server is.
func sum(t *testing.T, file string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	hash := sha256.New()
	for _, query := range []string{
		"SELECT hex(secret) || hex(incarnation) FROM log",
		"SELECT code || generation || ' ' || first || ' ' || head || ' ' || closed || ' ' || messages || ' ' || bytes || ' ' || said FROM rooms ORDER BY code",
		"SELECT position || ' ' || room || ' ' || seq || ' ' || at || type || id || member || nick || role || guest || ifnull(target, 0) || hex(body) || hex(private) FROM entries ORDER BY position",
		"SELECT code || ' ' || part || positions FROM parts JOIN rooms ON rooms.id = parts.room ORDER BY code, part",
		"SELECT room || ' ' || key || hex(value) FROM state ORDER BY room, key",
	} {
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var row string
			if err := rows.Scan(&row); err != nil {
				t.Fatal(err)
			}
			_, _ = fmt.Fprintln(hash, row) // it never fails
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:8])
}
