package test

import (
	"strings"
	"testing"
)

// In a chroot, cgroups may not be mounted. That there is no limit to be read there is no fault.
func TestAServerIsSilentWhereNoCgroupsAreMounted(t *testing.T) {
	s := newSite(t)
	s.within = without(t, "machines without cgroups", "! mountpoint -q /sys/fs/cgroup || umount -R /sys/fs/cgroup")
	p := s.start()
	p.kill9(t)
	if said := p.err.String(); strings.Contains(said, "cgroup") {
		t.Errorf("it says %s", said)
	}
}
