package main

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machine describes the machine and the software of a measurement.
type machine struct {
	Processor string
	Cores     int
	Kernel    string
	Go, C     string
	Fsync     time.Duration // the median, after writing one page
	Versions  []string      // of the libraries
}

func thisMachine() machine {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Fsync: fsync()}
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.Processor = strings.TrimSpace(value)
				break
			}
		}
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.Kernel = unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
	}
	if out, err := exec.Command("cc", "--version").Output(); err == nil {
		m.C, _, _ = strings.Cut(string(out), "\n")
	}
	m.Versions = versions()
	return m
}

// versions returns the versions of the libraries that the other servers use.
func versions() []string {
	out, _ := exec.Command("go", "list", "-m", "-f", "{{.Path}} {{.Version}}", "github.com/gorilla/websocket",
		"github.com/olahol/melody", "github.com/lxzan/gws", "github.com/centrifugal/centrifuge").Output()
	return strings.Split(strings.ReplaceAll(strings.TrimSpace(string(out)), "github.com/", ""), "\n")
}

// fsync measures how long an fsync takes.
func fsync() time.Duration {
	f, err := os.CreateTemp("", "snug-bench-fsync-*")
	if err != nil {
		return 0
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var all []float64
	for range 101 {
		begun := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil || f.Sync() != nil {
			return 0
		}
		all = append(all, float64(time.Since(begun)))
	}
	return time.Duration(median(all))
}
