// Command bench measures Snug beside others, by turns, and writes what came of it into
// docs/performance.md: tables, and plots. The server has one core, what loads it another.
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

// results are all that was measured.
type results struct {
	Machine  machine
	Command  string
	Rounds   int
	Seconds  float64 // of each measurement
	Took     time.Duration
	Figures  map[string]map[string][]figures // by workload and server
	Growth   *growth
	CatchUp  []float64 // seconds for catchUpMessages
	Restart  []float64 // seconds for restartClients
	CatchCPU []float64 // microseconds of the server's for each message
}

const (
	catchUpMessages = 100_000
	restartClients  = 5000
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 5, "`rounds` of all contestants")
	duration := flag.Duration("duration", 4*time.Second, "measure for so `long` each time")
	only := flag.String("only", "", "these workloads alone, by `names` with commas between; growth and resume are two")
	once := flag.String("once", "idle", "these workloads in the first round alone, by `names`: they take long, and hardly differ")
	against := flag.String("servers", "", "these contestants alone, by the beginnings of their `names`")
	members := flag.Int("members", 10_000, "growth: up to so many `members` of a room")
	rooms := flag.Int("rooms", 1000, "growth: up to so many `rooms` of two")
	entries := flag.Int("log", 1_000_000, "growth: up to so many `messages` of a log")
	docs := flag.String("docs", "../docs", "write into performance.md, and img, of this `directory`; empty for nowhere")
	raw := flag.String("json", "", "write all figures to this `file`, too")
	from := flag.String("from", "", "measure nothing, and write what is in such a `file`")
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
				s := all[(i+round)%len(all)] // nobody is always the first
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

// again writes what was measured before.
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

// named says whether a name is in a list with commas between.
func named(list, name string) bool { return slices.Contains(strings.Split(list, ","), name) }

// resume measures what only Snug does.
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
		if took, _, err = restart(ctx, s, bin, restartClients); err != nil {
			return err
		}
		r.Restart = append(r.Restart, took.Seconds())
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

// command is how to do it again. Where the figures went besides is nobody's business.
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

// between replaces what is between the markers of a file.
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
