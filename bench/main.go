// Command bench measures Snug and other chat servers in turn, and writes tables and plots
// into docs/performance.md. The server has one core, and the load generator another.
//
//	make bench-peers
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// results are the results of all measurements.
type results struct {
	Machine  machine
	Command  string
	Rounds   int
	Seconds  float64 // of each measurement
	Took     time.Duration
	Figures  map[string]map[string][]figures // by workload and server
	Growth   *growth
	CatchUp  []float64 // seconds for catchUpMessages
	CatchCPU []float64 // microseconds of the server's CPU for each message
	Restart  []float64 // seconds until the last of restartClients is back
	Half     []float64 // and until half of them are
}

const (
	catchUpMessages = 100_000
	restartClients  = 10_000
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 5, "number of `rounds` over all servers")
	duration := flag.Duration("duration", 4*time.Second, "the `duration` of each measurement")
	only := flag.String("only", "", "only the workloads with these `names`, separated by commas; growth and resume are two")
	once := flag.String("once", "idle", "the `names` of workloads to run in the first round only, because they take long and hardly vary")
	against := flag.String("servers", "", "only the servers whose names begin with these `names`")
	members := flag.Int("members", 10_000, "growth: the most `members` of a room")
	rooms := flag.Int("rooms", 1000, "growth: the most `rooms` of two members")
	entries := flag.Int("log", 1_000_000, "growth: the most `messages` of a log")
	docs := flag.String("docs", "../docs", "the `directory` whose performance.md and img to update; empty for none")
	raw := flag.String("json", "", "also write all figures into this `file`")
	from := flag.String("from", "", "measure nothing, and use the figures from this `file` of an earlier --json")
	flag.Parse()
	if *from != "" {
		if err := again(*from, *docs); err != nil {
			log.Fatal(err)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *duration, *only, *once, *against, *members, *rooms, *entries, *docs, *raw); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, rounds int, d time.Duration, only, once, against string, members, rooms, entries int, docs, raw string) error {
	bin, err := os.MkdirTemp("", "snug-bench-bin-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	if err := build(ctx, bin); err != nil {
		return err
	}
	if err := pin(); err != nil {
		return err
	}
	wanted := func(name string) bool { return only == "" || named(only, name) }
	all := servers()
	all = slices.DeleteFunc(all, func(s server) bool {
		_, err := os.Stat(filepath.Join(bin, s.binary))
		return err != nil || against != "" && !slices.ContainsFunc(strings.Split(against, ","), func(p string) bool { return strings.HasPrefix(s.name, p) })
	})
	begun := time.Now()
	r := results{
		Machine: thisMachine(), Command: command(),
		Rounds: rounds, Seconds: d.Seconds(), Figures: make(map[string]map[string][]figures),
	}
	for round := range rounds {
		for _, w := range workloads(d) {
			if !wanted(w.name) || round > 0 && named(once, w.name) {
				continue
			}
			if r.Figures[w.name] == nil {
				r.Figures[w.name] = make(map[string][]figures)
			}
			for i := range all {
				s := all[(i+round)%len(all)] // each server is the first once
				if (s.secure || s.streams) && !w.variants {
					continue
				}
				f, err := w.run(ctx, s, bin)
				if err != nil {
					return err
				}
				r.Figures[w.name][s.name] = append(r.Figures[w.name][s.name], f)
				fmt.Fprintf(os.Stderr, "%6s  %d  %-9s %-24s %9.0f/s  %6.2f µs  p50 %7.2f  p99 %7.2f ms\n",
					time.Since(begun).Round(time.Second), round+1, w.name, s.name, f.Deliveries, f.CPU, f.P50, f.P99)
			}
		}
		if err := r.resume(ctx, all, bin, wanted("resume")); err != nil {
			return err
		}
	}
	for _, s := range all {
		if s.name == snugSQLite && wanted("growth") {
			g, err := measureGrowth(ctx, s, bin, d, members, rooms, entries)
			if err != nil {
				return err
			}
			r.Growth = &g
		}
	}
	r.Took = time.Since(begun)
	return r.write(docs, raw)
}

// again writes the results of an earlier run.
func again(file, docs string) error {
	all, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var r results
	if err := json.Unmarshal(all, &r); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return r.write(docs, "")
}

// named reports whether a name is in a list that is separated by commas.
func named(list, name string) bool { return slices.Contains(strings.Split(list, ","), name) }

// resume measures what only Snug can do.
func (r *results) resume(ctx context.Context, all []server, bin string, wanted bool) error {
	for _, s := range all {
		if s.name != snugSQLite || !wanted {
			continue
		}
		took, cpu, err := catchUp(ctx, s, bin, catchUpMessages)
		if err != nil {
			return err
		}
		r.CatchUp = append(r.CatchUp, took.Seconds())
		r.CatchCPU = append(r.CatchCPU, float64(cpu.Microseconds())/catchUpMessages)
		half, last, err := restart(ctx, s, bin, restartClients)
		if err != nil {
			return err
		}
		r.Half, r.Restart = append(r.Half, half.Seconds()), append(r.Restart, last.Seconds())
	}
	return nil
}

func (r *results) write(docs, raw string) error {
	if raw != "" {
		all, err := json.MarshalIndent(r, "", "  ")
		if err == nil {
			err = os.WriteFile(raw, all, 0o644)
		}
		if err != nil {
			return err
		}
	}
	if docs == "" {
		fmt.Print(r.markdown())
		return nil
	}
	if err := r.draw(filepath.Join(docs, "img")); err != nil {
		return err
	}
	return between(filepath.Join(docs, "performance.md"), r.markdown())
}

// command returns the command that repeats this run, without the names of output files.
func command() string {
	args := []string{"go run -C bench ."}
	flag.Visit(func(f *flag.Flag) {
		if f.Name != "json" && f.Name != "docs" {
			args = append(args, "--"+f.Name, f.Value.String())
		}
	})
	return strings.Join(args, " ")
}

const begins, ends = "<!-- make bench-peers: -->\n", "<!-- :make bench-peers -->\n"

// between replaces the text between two markers of a file.
func between(file, text string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), begins)
	_, after, ok2 := strings.Cut(rest, ends)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no %q and %q to write between", file, begins, ends)
	}
	return os.WriteFile(file, []byte(before+begins+text+ends+after), 0o644)
}
