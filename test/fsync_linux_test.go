package test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A model of power loss. Before a client is shown a message, the message must be in a
// complete transaction in the journal's -wal, and an fsync that began after that must have
// succeeded. If an fsync fails, what it should have made durable counts as lost until it is
// written again, even if a later fsync succeeds.
func TestNothingIsShownBeforeItsFsync(t *testing.T) {
	t.Parallel()
	shownAfterFsync(t, "fsync before first sight", 500)
}

func TestSoakNothingIsShownBeforeItsFsync(t *testing.T) {
	soak(t)
	shownAfterFsync(t, "fsync before first sight", 10_000)
}

func TestNothingIsShownOfAFailedFsync(t *testing.T) {
	t.Parallel()
	shownAfterFsync(t, "fsync before first sight, some fail", 500, "-e", "inject=fsync,fdatasync:error=EIO:when=20..22")
}

func TestSoakNothingIsShownOfAFailedFsync(t *testing.T) {
	soak(t)
	shownAfterFsync(t, "fsync before first sight, some fail", 10_000, "-e", "inject=fsync,fdatasync:error=EIO:when=40+60")
}

// shownAfterFsync traces a server, with more of strace's arguments, until so many
// messages are confirmed, and goes through the trace.
func shownAfterFsync(t *testing.T, what string, wanted int, more ...string) {
	s := newSite(t, "--limits=off", "--owners=none") // so that all in the log is what clients say
	s.broken = len(more) > 0
	s.start().kill9(t) // to make a journal takes many fsyncs, and a start whose fsync fails is none
	trace := filepath.Join(t.TempDir(), "trace")
	server := s.command()
	// -D: the process that is started becomes the server, so that signals reach it.
	args := append([]string{tracer(t), "-D", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "10000000", "-e", "signal=none",
		"-e", "trace=write,writev,sendto,sendmsg,pwrite64,pwritev,fsync,fdatasync", "-o", trace}, more...)
	server.Path, server.Args = args[0], append(append(args, program), server.Args[1:]...)
	p := launch(t, server)
	s.runs = append(s.runs, p)
	s.listens(p)
	clients := s.talkers()
	connect(t, clients)
	settled := resendPending(t, clients)
	silence := s.talk(clients, wanted)
	eventually(t, "an fsync has failed", func() bool { return !s.broken || s.says(p, "the journal takes no messages") > 0 })
	silence()
	settled()
	p.kill9(t) // and strace has ended, too: it has the same stdout
	confirmed := s.ledger.count()

	m := model{t: t, index: make(map[string]int), shown: make(map[string]bool), threads: make(map[string]call)}
	m.follow(trace)
	if len(m.shown) < confirmed || len(m.shown) < wanted || m.fsyncs < 10 || s.broken && m.failed == 0 {
		t.Errorf("the trace shows %d of %d messages, %d fsyncs and %d that failed", len(m.shown), confirmed, m.fsyncs, m.failed)
	}
	figure(t, what, len(m.shown), "%d fsyncs of the -wal, and %d that failed; shown before the fsync that holds them: %d", m.fsyncs, m.failed, m.early)
}

// model is what would be there after a power loss at a point of a trace.
type model struct {
	t       *testing.T
	threads map[string]call // calls under way

	pages   []string       // messages in pages written, of a transaction that isn't complete
	commits bool           // the page that comes next ends the transaction
	index   map[string]int // of a message among those whose transaction is complete…
	durable int            // …of which so many are durable

	shown                 map[string]bool
	fsyncs, failed, early int
}

// call is a system call: its entry, and what was complete at that time.
type call struct {
	name, target string
	data         []byte
	complete     int
}

var message = regexp.MustCompile(contents + ` room\d talker \d+ \d+"`)

// follow goes through a trace, a line a call's entry, or its end, or both.
func (m *model) follow(file string) {
	trace, err := os.Open(file)
	if err != nil {
		m.t.Fatal(err)
	}
	defer trace.Close()
	for lines := bufio.NewReaderSize(trace, 1<<20); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			m.t.Fatal(err)
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		thread, what, _ := bytes.Cut(line, []byte(" "))
		what = bytes.TrimLeft(what, " ")
		if bytes.HasPrefix(what, []byte("<... ")) {
			c := m.threads[string(thread)]
			m.end(&c, what)
			continue
		}
		c := m.parse(what)
		m.begin(&c)
		if bytes.HasSuffix(what, []byte("<unfinished ...>")) {
			m.threads[string(thread)] = c
		} else {
			m.end(&c, what)
		}
	}
}

// parse reads the entry of a call, which looks like
//
//	write(7<\x2f\x74>, "\x61\x62", 2) = 2
func (m *model) parse(line []byte) call {
	name, rest, _ := bytes.Cut(line, []byte("("))
	_, rest, _ = bytes.Cut(rest, []byte("<"))
	target, rest, _ := bytes.Cut(rest, []byte(">"))
	c := call{name: string(name), target: string(unhex(nil, target)), complete: len(m.index)}
	if !c.toClient() && !c.toWAL() {
		return c
	}
	for i, piece := range bytes.Split(rest, []byte(`"`)) {
		if i%2 == 1 {
			c.data = unhex(c.data, piece)
		}
	}
	return c
}

// unhex appends what strace writes as \x61\x62.
func unhex(dst, text []byte) []byte {
	for ; len(text) >= 4; text = text[4:] {
		dst, _ = hex.AppendDecode(dst, text[2:4]) // it is hexadecimal
	}
	return dst
}

func (c *call) toClient() bool { return strings.HasPrefix(c.target, "socket:") }
func (c *call) toWAL() bool {
	return strings.HasSuffix(c.target, "-wal") && !strings.HasSuffix(c.target, "-search-wal") // the search index needn't be durable
}

// begin is the moment before the kernel does anything.
func (m *model) begin(c *call) {
	if !c.toClient() {
		return
	}
	for _, said := range message.FindAll(c.data, -1) {
		at, complete := m.index[string(said)]
		if !complete || at >= m.durable {
			if m.early++; m.early <= 5 {
				m.t.Errorf("shown before it was durable: %s", said)
			}
		}
		m.shown[string(said)] = true
	}
}

// end is the moment after.
func (m *model) end(c *call, line []byte) {
	if !c.toWAL() {
		return
	}
	failed := bytes.Contains(line, []byte("= -1 "))
	switch c.name {
	case "fsync", "fdatasync":
		if failed {
			m.failed++
			maps.DeleteFunc(m.index, func(_ string, at int) bool { return at >= m.durable })
			return
		}
		m.fsyncs++
		m.durable = max(m.durable, c.complete)
	case "pwrite64":
		if failed {
			return
		}
		// SQLite, "Database File Format", section 4.1: a frame is a header, in
		// which the size of the database stands if it ends a transaction, and a
		// page.
		const header = 24
		if len(c.data) == header {
			m.commits = !bytes.Equal(c.data[4:8], make([]byte, 4))
			return
		}
		for _, said := range message.FindAll(c.data, -1) {
			m.pages = append(m.pages, string(said))
		}
		if !m.commits {
			return
		}
		for _, said := range m.pages {
			if _, ok := m.index[said]; !ok {
				m.index[said] = len(m.index)
			}
		}
		m.pages, m.commits = m.pages[:0], false
	}
}
