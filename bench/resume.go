package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"snug/protocol"
)

// Only Snug can be measured here: the other servers don't resume.

// catchUp measures how long a client that was away for n messages needs to read them, and
// how much CPU time that costs the server.
func catchUp(ctx context.Context, s server, bin string, n int) (took, cpu time.Duration, err error) {
	dir, err := os.MkdirTemp("", "snug-bench-*")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	epochs, err := fill(ctx, dir, []string{"room"}, n)
	if err != nil {
		return 0, 0, err
	}
	r, err := s.start(bin, dir)
	if err != nil {
		return 0, 0, err
	}
	defer r.stop()
	before, begun := cpuOf(r.cmd.Process.Pid), time.Now()
	c, err := join(r.addr, "room", &protocol.Position{Epoch: epochs[0]}, 0)
	if err != nil {
		return 0, 0, err
	}
	defer c.ws.Close()
	if err := c.read(n); err != nil {
		return 0, 0, err
	}
	return time.Since(begun), cpuOf(r.cmd.Process.Pid) - before, nil
}

// restart measures the time from a server's start until half of the clients, and all of them, in rooms of
// a hundred, have reconnected and read the last 20 messages, which they had missed.
func restart(ctx context.Context, s server, bin string, clients int) (half, last time.Duration, err error) {
	const members, kept, missed = 100, 100, 20
	dir, err := os.MkdirTemp("", "snug-bench-*")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	var rooms []string
	for i := range clients / members {
		rooms = append(rooms, fmt.Sprint("room", i))
	}
	epochs, err := fill(ctx, dir, rooms, kept)
	if err != nil {
		return 0, 0, err
	}
	begun := time.Now()
	r, err := s.start(bin, dir)
	if err != nil {
		return 0, 0, err
	}
	defer r.stop()
	var all sync.WaitGroup
	defer all.Wait()
	stay, leave := context.WithCancel(ctx)
	defer leave()
	failed := make(chan error, clients)
	opening := make(chan struct{}, 256) // with thousands, this program would take longer to send a join than servers wait for it
	for i := range clients {
		all.Go(func() {
			opening <- struct{}{}
			c, err := join(r.addr, rooms[i%len(rooms)], &protocol.Position{Epoch: epochs[i%len(rooms)], Seq: kept - missed}, 0)
			<-opening
			if err == nil {
				err = c.read(missed)
			}
			failed <- err
			if c != nil {
				<-stay.Done()
				c.ws.Close()
			}
		})
	}
	for i := range clients {
		if err := <-failed; err != nil {
			return 0, 0, err
		}
		if i+1 == clients/2 {
			half = time.Since(begun)
		}
	}
	return half, time.Since(begun), nil
}
