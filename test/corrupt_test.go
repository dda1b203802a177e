package test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// damage is a way to harm the files of a killed server.
type damage struct {
	name   string
	suffix string // of the file that is harmed
	harm   func(random *rand.Rand, data []byte) []byte
	// ends: SQLite takes the harm for the end of the -wal. Everything before it is there,
	// and nothing says that there was more.
	ends bool
}

// pageSize is that of SQLite's pages.
const pageSize = 4096

// damages are the kinds of which each is done in several places.
var damages = []damage{
	{"a bit", "", flip, false},
	{"a page that was never written", "", func(random *rand.Rand, data []byte) []byte {
		at := random.IntN(len(data)/pageSize) * pageSize
		clear(data[at : at+pageSize])
		return data
	}, false},
	{"a page of noise", "", func(random *rand.Rand, data []byte) []byte {
		at := random.IntN(len(data)/pageSize) * pageSize
		for i := range pageSize {
			data[at+i] = byte(random.Int())
		}
		return data
	}, false},
	{"the header", "", func(random *rand.Rand, data []byte) []byte {
		data[random.IntN(100)] ^= 1 << random.IntN(8)
		return data
	}, false},
	{"cut short", "", func(random *rand.Rand, data []byte) []byte { return data[:random.IntN(len(data))] }, false},
	{"a bit of the -wal", "-wal", flip, true},
	{"the -wal cut short", "-wal", func(random *rand.Rand, data []byte) []byte { return data[:random.IntN(len(data))] }, true},
	{"the -wal of noise", "-wal", func(random *rand.Rand, data []byte) []byte {
		for i := range data {
			data[i] = byte(random.Int())
		}
		return data
	}, false},
	{"the -wal removed", "-wal", func(*rand.Rand, []byte) []byte { return nil }, false},
	{"the -wal empty", "-wal", func(*rand.Rand, []byte) []byte { return []byte{} }, false},
}

func flip(random *rand.Rand, data []byte) []byte {
	data[random.IntN(len(data))] ^= 1 << random.IntN(8)
	return data
}

// TestHarmedJournalIsNeverSilentlyEmpty damages the files of a killed server in 100 ways,
// after its first start and after its second. The next server refuses them and says which
// file is damaged and what to do, or it has all messages. If it has fewer, it doesn't
// resume clients that had seen more.
func TestHarmedJournalIsNeverSilentlyEmpty(t *testing.T) {
	t.Parallel()
	const each = 5
	random := rand.New(rand.NewPCG(4, 2))
	seen := make(map[string]int)
	for uses := range 2 {
		s := newSite(t, "--limits=off")
		clients := s.talkers()
		for range uses + 1 {
			p := s.start()
			connect(t, clients)
			s.talk(clients, 300)()
			hangUp(clients)
			p.kill9(t)
		}
		for _, d := range damages {
			for i := range each {
				t.Run(fmt.Sprintf("%s, %d, use %d", d.name, i, uses+1), func(t *testing.T) {
					seen[s.harmed(t, clients, d, random)]++
				})
			}
		}
	}
	said := make([]string, 0, len(seen))
	for _, what := range slices.Sorted(maps.Keys(seen)) {
		said = append(said, fmt.Sprint(seen[what], " ", what))
	}
	figure(t, "journal harmed", 2*each*len(damages), "%s; silently empty 0", strings.Join(said, ", "))
}

// harmed starts a server on copies of the files, one of them damaged, and returns what
// happened.
func (s *site) harmed(t *testing.T, clients []*client, d damage, random *rand.Rand) string {
	dir := t.TempDir()
	file := filepath.Join(dir, "snug.db")
	for _, suffix := range []string{"", "-wal", ".lock"} {
		copyFile(t, s.file+suffix, file+suffix)
	}
	data, err := os.ReadFile(file + d.suffix)
	if err != nil {
		t.Fatal(err)
	}
	if data = d.harm(random, data); data == nil {
		err = os.Remove(file + d.suffix)
	} else {
		err = os.WriteFile(file+d.suffix, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	other := newSite(t, "--limits=off", "--journal=sqlite:"+file)
	other.broken = true // what it can't read it says
	p := launch(t, other.command())
	addr, listens := <-p.greets
	if !listens {
		if status := p.wait(t); status != 1 {
			t.Errorf("exit status %d", status)
		}
		oneLine(t, p.err.String(), file)
		if said := p.err.String(); !strings.Contains(said, "restore a backup") && !strings.Contains(said, "name another file") && !strings.Contains(said, "start the newer") {
			t.Errorf("it doesn't say what to do: %s", said)
		}
		after := files(t, dir)
		delete(before, filepath.Base(file)+".lock")
		delete(after, filepath.Base(file)+".lock")
		if !maps.Equal(before, after) {
			t.Error("it has changed what it refuses")
		}
		return "refused by name"
	}
	other.runs = append(other.runs, p)
	other.addr = addr
	outcome := "whole"
	for _, c := range clients[:5] { // one a room
		switch head, resumed, err := other.comesBack(t, c); {
		case err != nil:
			outcome = "partly unavailable, and saying so"
		case head == 0 && !d.ends && !strings.Contains(p.err.String(), "is not the one last used here"):
			t.Errorf("room %s is silently empty:\n%s", c.room, p.told())
		case resumed && head < c.position():
			t.Errorf("%s resumes after %d of a log that ends at %d", c.nick, c.position(), head)
		case resumed: // it has all, up to what a bit may change in a message
			log, err := other.read(within(t), c.room)
			if err == nil && uint64(len(log)) != head {
				t.Errorf("room %s has %d messages and a head of %d", c.room, len(log), head)
			}
		case !resumed:
			outcome = "shorter, and not resumed"
		}
	}
	p.kill9(t)
	return outcome
}

// comesBack joins as a client that has read before, and says where it is taken up.
func (s *site) comesBack(t *testing.T, c *client) (head uint64, resumed bool, err error) {
	t.Helper()
	ctx := within(t)
	l, err := s.dial(ctx, c.room)
	if err != nil {
		t.Fatal(err)
	}
	defer l.cut()
	err = l.send(ctx, fields{"type": "join", "nick": c.nick, "seat": c.seat, "since": fields{"epoch": c.epoch, "seq": c.position()}})
	if err != nil {
		t.Fatal(err)
	}
	welcome, err := l.await(ctx, "welcome")
	s.secret(c.seat)
	return welcome.Head, welcome.Resumed, err
}
