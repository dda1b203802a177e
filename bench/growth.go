package main

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// growth says how costs grow with the size of rooms and logs.
type growth struct {
	Members []grown
	Rooms   []grown
	Log     []grownLog
}

// grown is the cost of a delivery and a connection at one size.
type grown struct {
	N          int
	CPU        float64 // microseconds of the server's CPU for each delivery
	Deliveries float64 // a second
	InUse      float64 // KiB a connection
}

// grownLog is the cost of a log of N messages in one room.
type grownLog struct {
	N     int
	Start float64 // milliseconds until the server answers
	Join  float64 // milliseconds until a client that joins has the welcome and 50 messages
	Page  float64 // milliseconds for a page of 50 from the middle
	MiB   float64 // of the file
}

// upTo returns from, ten times that, and so on, up to most.
func upTo(from, most int) (all []int) {
	for n := from; n < most; n *= 10 {
		all = append(all, n)
	}
	return append(all, most)
}

func measureGrowth(ctx context.Context, s server, bin string, d time.Duration, members, rooms, entries int) (g growth, err error) {
	crowd := func(rooms, members int, rate float64) (grown, error) {
		w := workload{name: "idle", options: load(d, rooms, members, rate)}
		w.options.ConnectRate, w.options.From = 3000, loopback
		f, err := w.run(ctx, s, bin)
		return grown{rooms * members, f.CPU, f.Deliveries, f.InUse}, err
	}
	for _, n := range upTo(10, members) {
		one, err := crowd(1, n, 50_000/float64(n)) // the same number of deliveries for each size
		if err != nil {
			return g, err
		}
		one.N = n
		g.Members = append(g.Members, one)
	}
	for _, n := range upTo(1, rooms) {
		one, err := crowd(n, 2, 5000)
		if err != nil {
			return g, err
		}
		one.N = n
		g.Rooms = append(g.Rooms, one)
	}
	for _, n := range append([]int{0}, upTo(1000, entries)...) {
		one, err := measureLog(ctx, s, bin, n)
		if err != nil {
			return g, err
		}
		g.Log = append(g.Log, one)
	}
	return g, nil
}

func measureLog(ctx context.Context, s server, bin string, n int) (g grownLog, err error) {
	g.N = n
	dir, err := os.MkdirTemp("", "snug-bench-*")
	if err != nil {
		return g, err
	}
	defer os.RemoveAll(dir)
	if _, err := fill(ctx, dir, []string{"room"}, n); err != nil {
		return g, err
	}
	file, err := os.Stat(filepath.Join(dir, "snug.db"))
	if err != nil {
		return g, err
	}
	g.MiB = float64(file.Size()) / (1 << 20)
	begun := time.Now()
	r, err := s.start(bin, dir)
	if err != nil {
		return g, err
	}
	defer r.stop()
	g.Start = ms(time.Since(begun))
	var joins, pages []float64
	for range 201 {
		begun = time.Now()
		c, err := join(r.addr, "room", nil, 50)
		if err == nil {
			err = c.read(min(n, 50))
		}
		if err != nil {
			return g, err
		}
		joins = append(joins, ms(time.Since(begun)))
		begun = time.Now()
		err = c.page(uint64(n/2 + 1))
		pages = append(pages, ms(time.Since(begun)))
		c.ws.Close()
		if err != nil {
			return g, err
		}
	}
	g.Join, g.Page = median(joins), median(pages)
	return g, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
