package test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// The package is installed into a directory in the root's place, with the machine's own dpkg.
func TestDebianPackageKeepsConfigurationAndMessagesUntilItIsPurged(t *testing.T) {
	dpkg := needs(t, "dpkg", "the Debian package")
	needs(t, "dpkg-deb", "the Debian package")
	needs(t, "deb-systemd-helper", "the Debian package")
	architecture, err := exec.Command(dpkg, "--print-architecture").Output()
	if err != nil {
		t.Fatal(err)
	}

	from := t.TempDir()
	copyFile(t, program, filepath.Join(from, "snug-server"))
	copyFile(t, snugProgram, filepath.Join(from, "snug"))
	copyFile(t, "../LICENSE", filepath.Join(from, "LICENSE"))
	copyFile(t, "../CHANGELOG.md", filepath.Join(from, "CHANGELOG.md"))
	for _, name := range []string{"THIRD_PARTY_NOTICES.txt", "snug.cdx.json", "snug-server.cdx.json"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte("{}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := func(version string) string {
		t.Helper()
		to := t.TempDir()
		cmd := exec.Command("../packaging/deb.sh", version, strings.TrimSpace(string(architecture)), from, to)
		cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000", "DPKG_DEB_COMPRESSOR_TYPE=none")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", version, err, said)
		}
		built, err := filepath.Glob(to + "/snug_*.deb")
		if err != nil || len(built) != 1 {
			t.Fatalf("%s has become %v, %v", version, built, err)
		}
		return built[0]
	}
	read := func(file string) []byte {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := build("v1.2.0-rc.1")
	if !bytes.Equal(read(first), read(build("v1.2.0-rc.1"))) {
		t.Error("the same input has given two packages")
	}

	root := t.TempDir()
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) {
		t.Helper()
		cmd := exec.Command(dpkg, append([]string{"--root=" + root, "--force-not-root", "--force-script-chrootless"}, args...)...)
		cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("dpkg %v: %v\n%s", args, err, said)
		}
	}
	at := func(path string) string { return filepath.Join(root, path) }
	there := func(path string) bool {
		t.Helper()
		_, err := os.Lstat(at(path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return err == nil
	}
	const enabled = "etc/systemd/system/multi-user.target.wants/snug.service"

	do("--install", first)
	if !there(enabled) || there("etc/systemd/system/sockets.target.wants/snug.socket") {
		t.Error("not the service alone is enabled")
	}
	unit := string(read(at("usr/lib/systemd/system/snug.service")))
	if !strings.Contains(unit, "\nExecStart=/usr/bin/snug-server\n") || !strings.Contains(unit, "\nEnvironmentFile=-/etc/snug.env\n") {
		t.Errorf("the unit doesn't start what is installed:\n%s", unit)
	}
	configuration := string(read(at("etc/snug.env")))
	if !strings.Contains(configuration, "\nSNUG_ADDR=127.0.0.1:8080\n") {
		t.Errorf("the server can be reached from everywhere:\n%s", configuration)
	}
	areFlags(t, regexp.MustCompile(`(?m)^#?(SNUG_[A-Z_]+)=`), configuration)

	// serve runs the installed server as the unit does, apart from the place of its files, and the port.
	serve := func() (*site, *process) {
		t.Helper()
		s := newSite(t, "--addr=127.0.0.1:0")
		s.program = at("usr/bin/snug-server")
		s.file = at("var/lib/private/snug/snug.db")
		return s, s.start()
	}
	end := func(p *process) {
		t.Helper()
		p.signal(t, syscall.SIGTERM)
		if status := p.wait(t); status != 0 {
			t.Errorf("exit status %d: %s", status, p.err.String())
		}
	}
	if err := os.MkdirAll(at("var/lib/private/snug"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("private/snug", at("var/lib/snug")); err != nil {
		t.Fatal(err)
	}
	s, p := serve()
	if said, err := exec.Command(at("usr/bin/snug"), "send", "--server=http://"+s.address(), "tea", "before the upgrade").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	end(p)
	configuration += "SNUG_KEEP=30d\n"
	if err := os.WriteFile(at("etc/snug.env"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(at(enabled)); err != nil { // as systemctl disable does
		t.Fatal(err)
	}

	do("--refuse-downgrade", "--install", build("v1.2.0"))
	do("--refuse-downgrade", "--install", build("v1.2.0-5-gabc1234"))
	if got := string(read(at("etc/snug.env"))); got != configuration {
		t.Errorf("after an upgrade, the configuration is\n%s", got)
	}
	if there(enabled) {
		t.Error("an upgrade has enabled what was disabled")
	}
	s, p = serve()
	answer, err := http.Get("http://" + s.address() + "/r/tea/messages")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if kept, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(kept), "before the upgrade") {
		t.Errorf("after an upgrade, the room has %q, %v", kept, err)
	}
	end(p)

	do("--remove", "snug")
	if there("usr/bin/snug-server") || !there("etc/snug.env") || !there("var/lib/private/snug/snug.db") {
		t.Error("removing has left the programs, or not the configuration and the log")
	}
	do("--purge", "snug")
	for _, path := range []string{"etc/snug.env", "var/lib/snug", "var/lib/private/snug", "var/lib/systemd/deb-systemd-helper-enabled/snug.service.dsh-also"} {
		if there(path) {
			t.Errorf("purging has left %s", path)
		}
	}
}
