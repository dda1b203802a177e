package test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// site is a journal, the servers that run on it one after another, and the ledger of what
// their clients have seen.
type site struct {
	t       *testing.T
	program string       // the server's
	file    string       // of the journal
	flags   []string     // of each server
	env     []string     // more of its environment
	within  []string     // what its command line begins with
	web     *http.Client // by which clients reach it; nil is the ordinary one
	ledger  *ledger
	broken  bool // errors are to be expected in its log

	mu      sync.Mutex
	addr    string
	secrets []string // what must not be in a log
	runs    []*process
}

// contents begins every message, so that it is found where it shouldn't be.
const contents = "what-was-said"

// newSite returns a site without a server yet. Its journal is a new file, unless
// flags name another.
func newSite(t *testing.T, flags ...string) *site {
	t.Helper()
	s := &site{
		t:       t,
		program: program,
		file:    filepath.Join(t.TempDir(), "snug.db"),
		flags:   withDefaults(flags, "--addr=127.0.0.1:0", "--log-level=debug"),
		ledger:  newLedger(t),
		secrets: []string{contents},
	}
	t.Cleanup(s.checkLogs)
	return s
}

// withDefaults returns flags after those of defaults that they don't have.
func withDefaults(flags []string, defaults ...string) (all []string) {
	for _, d := range defaults {
		name, _, _ := strings.Cut(d, "=")
		if len(withoutFlag(flags, name)) == len(flags) {
			all = append(all, d)
		}
	}
	return append(all, flags...)
}

// command is the server's command line on this site.
func (s *site) command() *exec.Cmd {
	flags := withDefaults(s.flags, "--journal=sqlite:"+s.file)
	line := slices.Concat(s.within, []string{s.program}, flags)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = environment(s.env...)
	return cmd
}

// start starts a server and waits until it listens.
func (s *site) start() *process {
	s.t.Helper()
	p := s.launch()
	s.listens(p)
	return p
}

// launch starts a server.
func (s *site) launch() *process {
	s.t.Helper()
	p := launch(s.t, s.command())
	s.mu.Lock()
	s.runs = append(s.runs, p)
	s.mu.Unlock()
	return p
}

// listens waits until p does, and makes it the one that clients go to.
func (s *site) listens(p *process) {
	s.t.Helper()
	addr := p.address(s.t)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addr = addr
}

// address is where the server listens now.
func (s *site) address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// secret keeps what must not be in a log.
func (s *site) secret(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = append(s.secrets, text)
}

// checkLogs checks the logs at the end of a test: they contain nothing secret, and no errors
// unless the test causes some.
func (s *site) checkLogs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.runs {
		_ = p.cmd.Process.Kill() // fails only if it has ended
		<-p.exited
		said := p.err.String()
		for _, secret := range s.secrets {
			if strings.Contains(said, secret) {
				s.t.Errorf("the log has a message or a seat in it: %q", secret)
			}
		}
		for line := range strings.Lines(said) {
			switch {
			case !strings.HasPrefix(line, "time="):
				s.t.Errorf("a line that is no log line: %s", line)
				return // it is a panic's, say, and goes on
			case strings.Contains(line, "level=ERROR") && !s.broken:
				s.t.Errorf("an error in the log: %s", line)
			}
		}
	}
}
