package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The server and the load generator have a core each.
const (
	serverCore = 0
	loadCore   = 1
)

// pin pins all threads of this process to its core.
func pin() error {
	if runtime.NumCPU() < 2 {
		return fmt.Errorf("this machine has %d core: the server and the load generator need one each", runtime.NumCPU())
	}
	runtime.GOMAXPROCS(1)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err == nil {
			err = affinity(id, loadCore)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func affinity(thread, core int) error {
	var set unix.CPUSet
	set.Set(core)
	return unix.SchedSetaffinity(thread, &set)
}

// startOn starts cmd on the server's core: a process inherits the core of the thread that
// starts it.
func startOn(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := affinity(0, serverCore); err != nil {
		return err
	}
	defer func() { _ = affinity(0, loadCore) }() // as before
	return cmd.Start()
}

// cpuOf returns the CPU time that a process has used, to a hundredth of a second.
func cpuOf(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name may contain any character
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// residentOf returns the resident memory of a process, in bytes.
func residentOf(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kib << 10
}
