package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// server is a server to measure.
type server struct {
	name    string // as in the tables
	binary  string
	args    func(addr, dir string) []string
	isSnug  bool
	isFloor bool
	secure  bool // over TLS, with a certificate in its directory
	streams bool // those who don't send read server-sent events
}

const snugMemory, snugSQLite, snugTLS, snugStreams = "Snug, memory", "Snug, SQLite", "Snug, memory, TLS", "Snug, memory, event streams"

// scheme returns that of the server's URL.
func (s *server) scheme() string {
	if s.secure {
		return "https://"
	}
	return "http://"
}

func snugArgs(journal string) func(addr, dir string) []string {
	return func(addr, dir string) []string {
		return []string{
			"--addr", addr, "--admin", adminOf(addr), "--limits", "off", "--log-level", "warn",
			"--journal", strings.ReplaceAll(journal, "DIR", dir),
		}
	}
}

func peerArgs(more ...string) func(addr, dir string) []string {
	return func(addr, _ string) []string { return append([]string{"-addr", addr}, more...) }
}

// servers returns all servers, in the order of the tables.
func servers() []server {
	return []server{
		{name: snugSQLite, binary: "server", args: snugArgs("sqlite:DIR/snug.db"), isSnug: true},
		{name: snugMemory, binary: "server", args: snugArgs("memory:"), isSnug: true},
		{name: snugTLS, binary: "server", args: func(addr, dir string) []string {
			return append(snugArgs("memory:")(addr, dir), "--tls-cert", filepath.Join(dir, certificate), "--tls-key", filepath.Join(dir, key))
		}, isSnug: true, secure: true},
		{name: snugStreams, binary: "server", args: snugArgs("memory:"), isSnug: true, streams: true},
		{name: "the original's design", binary: "original", args: peerArgs()},
		{name: "gorilla's hub", binary: "gorilla", args: peerArgs()},
		{name: "melody", binary: "melody", args: peerArgs()},
		{name: "gws", binary: "gws", args: peerArgs()},
		{name: "Centrifuge", binary: "centrifuge", args: peerArgs()},
		{name: "Centrifuge, history", binary: "centrifuge", args: peerArgs("-history", "1000")},
		{name: "the floor (C, no chat)", binary: "floor", isFloor: true, args: func(addr, _ string) []string {
			_, port, _ := net.SplitHostPort(addr)
			return []string{port}
		}},
	}
}

// build builds all servers into dir. Without a C compiler there is no floor.
func build(ctx context.Context, dir string) error {
	for _, cmd := range [][]string{
		{"go", "build", "-C", "..", "-o", dir, "./cmd/server"},
		{"go", "build", "-o", dir, "./peers/original", "./peers/gorilla", "./peers/melody", "./peers/gws", "./peers/centrifuge"},
	} {
		if out, err := exec.CommandContext(ctx, cmd[0], cmd[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(cmd, " "), err, out)
		}
	}
	if cc, err := exec.LookPath("cc"); err == nil {
		if out, err := exec.CommandContext(ctx, cc, "-O2", "-D_GNU_SOURCE", "-o", filepath.Join(dir, "floor"), "peers/floor/floor.c").CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cc, err, out)
		}
	}
	return nil
}

// running is a server that runs.
type running struct {
	server
	addr string
	dir  string
	cmd  *exec.Cmd
	log  *os.File
}

// adminOf returns the address of Snug's operator's port: the next port.
func adminOf(addr string) string {
	at, _ := net.ResolveTCPAddr("tcp", addr)
	at.Port++
	return at.String()
}

// ports are used in turn, because those of connections that have ended are still blocked.
var nextPort = 18100

// start starts s on its core, with a new directory, or with that of a server that has
// stopped.
func (s server) start(bin, dir string) (*running, error) {
	nextPort += 2
	r := &running{server: s, addr: fmt.Sprintf("127.0.0.1:%d", nextPort), dir: dir}
	var err error
	if dir == "" {
		if r.dir, err = os.MkdirTemp("", "snug-bench-*"); err != nil {
			return nil, err
		}
	}
	if r.log, err = os.Create(filepath.Join(r.dir, "log")); err != nil {
		return nil, err
	}
	if s.secure {
		if err := writeCertificate(r.dir); err != nil {
			return nil, err
		}
	}
	r.cmd = exec.Command(filepath.Join(bin, s.binary), s.args(r.addr, r.dir)...)
	r.cmd.Stdout, r.cmd.Stderr = r.log, r.log
	r.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	if err := startOn(r.cmd); err != nil {
		return nil, err
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", r.addr)
		if err == nil {
			return r, conn.Close()
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%s doesn't start: %w", s.name, err)
		}
	}
}

// stop stops the server, and keeps its directory.
func (r *running) stop() {
	_ = r.cmd.Process.Signal(os.Interrupt)
	gone := time.AfterFunc(10*time.Second, func() { _ = r.cmd.Process.Kill() })
	_ = r.cmd.Wait() // the signal isn't an error
	gone.Stop()
	_ = r.log.Close()
}

// end stops the server, and removes its directory.
func (r *running) end() {
	r.stop()
	_ = os.RemoveAll(r.dir)
}

// inUse returns the bytes that the server uses after a garbage collection, as its runtime
// says: without memory that it hasn't returned to the system. The floor has no garbage
// collector.
func (r *running) inUse() int64 {
	switch {
	case r.isFloor:
		return residentOf(r.cmd.Process.Pid)
	case r.isSnug:
		_ = fetch("http://"+adminOf(r.addr)+"/debug/pprof/heap?gc=1", io.Discard)
		var metrics strings.Builder
		_ = fetch("http://"+adminOf(r.addr)+"/metrics", &metrics)
		sum := 0.0
		for line := range strings.Lines(metrics.String()) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch name {
			case "go_memstats_heap_alloc_bytes", "go_memstats_stack_inuse_bytes", "go_memstats_mspan_inuse_bytes", "go_memstats_gc_sys_bytes":
				n, _ := strconv.ParseFloat(value, 64)
				sum += n
			}
		}
		return int64(sum)
	}
	var answer strings.Builder
	_ = fetch("http://"+r.addr+"/gc", &answer)
	n, _ := strconv.ParseInt(answer.String(), 10, 64)
	return n
}

func fetch(url string, to io.Writer) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(to, resp.Body)
	return err
}
