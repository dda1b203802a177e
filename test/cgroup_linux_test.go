package test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// In a chroot, cgroups may not be mounted. That there is no limit to be read there is no fault.
func TestAServerIsSilentWhereNoCgroupsAreMounted(t *testing.T) {
	unshare := needs(t, "unshare", "machines without cgroups")
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: machines without cgroups: only root may hide those of this one")
	}
	const without = `{ ! mountpoint -q /sys/fs/cgroup || umount -R /sys/fs/cgroup; } && exec "$@"`
	if said, err := exec.Command(unshare, "--mount", "sh", "-c", without, "sh", "true").CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: machines without cgroups: they can't be hidden here: %v: %s", err, said)
	}
	s := newSite(t)
	s.within = []string{unshare, "--mount", "sh", "-c", without, "sh"}
	p := s.start()
	p.kill9(t)
	if said := p.err.String(); strings.Contains(said, "cgroup") {
		t.Errorf("it says %s", said)
	}
}
