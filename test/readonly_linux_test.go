package test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestWriteProtectedJournalMendsItself: the files are made immutable, and then writable
// again.
func TestWriteProtectedJournalMendsItself(t *testing.T) {
	t.Parallel()
	disk := mounted(t, "-o", "loop", image(t))
	s := newSite(t, "--limits=off")
	s.file = filepath.Join(disk, "snug.db")
	change := func(how string) func() {
		return func() { run(t, "chattr", how, s.file, s.file+"-wal") }
	}
	t.Cleanup(func() { _ = exec.Command("chattr", "-i", s.file, s.file+"-wal").Run() }) // or it can't be removed
	refused := s.survives(s.start(), outage{begin: change("+i"), end: change("-i"), refuses: 200})
	figure(t, "journal made immutable, then not", 1, "%d times unavailable; %s", refused, s.ledger.verdict())
}

// TestDiskThatTurnsReadOnly: the kernel makes the file system read-only, as after an error.
// The test does so while no write is in progress: an fsync in progress may succeed although
// its data is lost (Linux 6.18, remount,abort).
func TestDiskThatTurnsReadOnly(t *testing.T) {
	t.Parallel()
	img := image(t)
	disk := mounted(t, "-o", "loop", img)
	s := newSite(t, "--limits=off")
	s.broken = true
	s.file = filepath.Join(disk, "snug.db")
	p := s.start()
	clients := s.talkers()
	connect(t, clients)
	s.talk(clients, 200)()
	eventually(t, "nothing is under way", func() bool {
		return !slices.ContainsFunc(clients, func(c *client) bool { return len(c.waiting()) > 0 })
	})
	run(t, "mount", "-o", "remount,abort", disk)
	eventually(t, "the disk is read-only", func() bool {
		probe, err := os.Create(filepath.Join(disk, "probe"))
		if err == nil {
			_ = probe.Close()
		}
		return errors.Is(err, syscall.EROFS)
	})
	for range 3 {
		each(clients, func(c *client) {
			if err := c.session.say(within(t)); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, "messages are refused", func() bool { return s.ledger.refusals() == 3*len(clients) })
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status < 0 { // 1 if the last thing it tried was to write
		t.Errorf("exit status %d", status)
	}
	for _, c := range clients {
		<-c.session.ended
		if c.session.goodbye.Code != "draining" {
			t.Errorf("%s was cut with %v", c.nick, c.session.err)
		}
	}
	// The search index may fail as well, and tells of itself.
	if told := s.says(p, `level=ERROR msg="the journal takes no messages"`); told != 1 {
		t.Errorf("the operator is told %d times", told)
	}
	second := launch(t, s.command())
	if status := second.wait(t); status != 1 {
		t.Errorf("on a read-only disk a server starts and ends with %d", status)
	}
	oneLine(t, second.err.String(), s.file, "read-only file system")

	if err := syscall.Unmount(disk, 0); err != nil {
		t.Fatal(err)
	}
	// A copy: where something still holds the file system that has failed, the image would be that one again.
	copied := img + ".copy"
	run(t, "cp", img, copied)
	run(t, "mount", "-o", "loop", copied, disk)
	s.checkFile()
	p = s.start()
	s.settle(clients)
	p.kill9(t) // or the disk can't be unmounted
	figure(t, "disk turns read-only", 1, "%d times unavailable, no crash, the next start is refused; mounted again: %s", s.ledger.refusals(), s.ledger.verdict())
}
