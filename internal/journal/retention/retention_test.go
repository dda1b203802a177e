package retention

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// machine is a journal and its Scheduler on a machine whose clock the test sets.
type machine struct {
	t         *testing.T
	journal   *memory.Journal
	scheduler *Scheduler
	feed      *journal.Feed

	mu     sync.Mutex
	log    bytes.Buffer
	offset time.Duration // by how much the system's clock is wrong
}

func (m *machine) Write(line []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.log.Write(line)
}

// logged returns how often the log has a text.
func (m *machine) logged(text string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Count(m.log.String(), text)
}

func (m *machine) setOffset(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offset = d
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, journal: memory.Open(memory.Options{Keep: 100_000})}
	t.Cleanup(func() { _ = m.journal.Close() })
	_, feed, err := m.journal.Follow(t.Context(), "lobby") // so that the room isn't forgotten
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(feed.Close)
	m.feed = feed
	return m
}

// start runs a Scheduler with a rule until the test ends or stop is called.
func (m *machine) start(rule Rule) (stop func()) {
	m.scheduler = New(m.journal, rule, slog.New(slog.NewTextHandler(m, nil)))
	m.scheduler.wall = func() time.Time {
		m.mu.Lock()
		defer m.mu.Unlock()
		return time.Now().Add(m.offset)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { m.scheduler.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	m.t.Cleanup(stop)
	synctest.Wait()
	return stop
}

func (m *machine) send(n int) {
	m.t.Helper()
	for range n {
		d := journal.Draft{Room: "lobby", Event: protocol.Event{Type: protocol.EventMessage, Body: []byte(`{"content":"hi"}`)}}
		if err := m.journal.Append(m.t.Context(), d, func(journal.Outcome, error) {}); err != nil {
			m.t.Fatal(err)
		}
	}
}

// has checks how many entries are left.
func (m *machine) has(want int, when string) {
	m.t.Helper()
	synctest.Wait()
	p, err := m.journal.Preview(m.t.Context(), journal.Retention{})
	if err != nil || p.Total != want {
		m.t.Errorf("%s: %d entries are left, %v; want %d", when, p.Total, err, want)
	}
}

const (
	waits = "waits for an hour"
	begun = "the announced pruning begins"
	jumps = "clock has jumped"
)

func bubble(t *testing.T, test func(t *testing.T, m *machine)) {
	synctest.Test(t, func(t *testing.T) { test(t, newMachine(t)) })
}

func TestEntriesThatGrowOldGoWithoutWaiting(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine) {
		m.start(Rule{Age: 24 * time.Hour})
		m.send(100)
		time.Sleep(23 * time.Hour)
		m.has(100, "after 23 hours")
		time.Sleep(time.Hour + 2*time.Minute)
		m.has(0, "after a day")
		if n := m.logged("WARN"); n != 0 {
			t.Errorf("the log has %d warnings:\n%s", n, m.log.String())
		}
	})
}

func TestASmallFirstPruningDoesNotWait(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine) {
		m.send(100)
		m.start(Rule{Last: 90})
		m.has(90, "at the start")
		m.send(50)
		time.Sleep(time.Minute + time.Second)
		m.has(90, "a minute after 50 more")
	})
}

// A smaller --keep, or a server that was stopped for long.
func TestALargeFirstPruningIsAnnouncedAndWaits(t *testing.T) {
	for _, c := range []struct {
		name string
		rule Rule
		then int // how many are left after another 30
	}{
		{"by number", Rule{Last: 30}, 30},
		{"by age", Rule{Age: 24 * time.Hour}, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, m *machine) {
				m.send(70)
				time.Sleep(48 * time.Hour)
				m.send(30)
				stop := m.start(c.rule)
				time.Sleep(59 * time.Minute)
				m.has(100, "within the hour")
				if m.logged(waits) != 1 || m.logged("entries=70 of=100") != 1 || m.logged("at=2000-01-03T01:00:00") != 1 {
					t.Errorf("the log doesn't announce it once, with what and when:\n%s", m.log.String())
				}
				stop()
				m.start(c.rule) // a restart waits again
				time.Sleep(59 * time.Minute)
				m.has(100, "within the hour after a restart")
				time.Sleep(2 * time.Minute)
				m.has(30, "after the hour")
				if m.logged(begun) != 1 {
					t.Errorf("the log doesn't say that it begins:\n%s", m.log.String())
				}
				m.send(30)
				time.Sleep(2 * time.Minute)
				m.has(c.then, "then it doesn't wait again")
			})
		})
	}
}

func TestAClockThatJumpedEmptiesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine) {
		m.send(100)
		m.start(Rule{Age: 30 * 24 * time.Hour})
		time.Sleep(10 * time.Minute)
		m.setOffset(400 * 24 * time.Hour)
		time.Sleep(30 * time.Minute)
		m.has(100, "after the jump")
		if m.logged(jumps) != 1 || m.logged("by=9600h0m0s") != 1 || m.logged(waits) != 1 {
			t.Errorf("the log doesn't say once that it jumped, and that the pruning waits:\n%s", m.log.String())
		}
		m.setOffset(0)
		time.Sleep(2 * time.Hour)
		m.has(100, "when the clock is right again")
		if m.logged(jumps) != 2 || m.logged(waits) != 1 || m.logged(begun) != 0 {
			t.Errorf("the log should have two jumps, and no further pruning:\n%s", m.log.String())
		}
		time.Sleep(30 * 24 * time.Hour)
		m.has(0, "after 30 days")
	})
}

func TestAJumpWhileAPruningWaitsBeginsTheHourAnew(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine) {
		m.send(20)
		time.Sleep(10 * 24 * time.Hour)
		m.send(80)
		m.start(Rule{Age: 7 * 24 * time.Hour})
		time.Sleep(50 * time.Minute)
		m.setOffset(400 * 24 * time.Hour)
		time.Sleep(55 * time.Minute)
		m.has(100, "55 minutes after the jump")
		if m.logged("entries=20 of=100") != 1 || m.logged("entries=100 of=100") != 1 {
			t.Errorf("the log doesn't announce both:\n%s", m.log.String())
		}
		time.Sleep(7 * time.Minute)
		m.has(0, "an hour after the jump")
	})
}

// The clock runs three times too fast, by steps that are too small for a jump.
func TestAClockThatRunsTooFastEmptiesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine) {
		m.send(100)
		m.start(Rule{Age: 24 * time.Hour})
		for range 10 * 60 {
			time.Sleep(time.Minute)
			m.mu.Lock()
			m.offset += 2 * time.Minute
			m.mu.Unlock()
		}
		m.has(100, "when the clock says that 30 hours have passed, of 10")
		if m.logged(waits) == 0 {
			t.Errorf("the log doesn't announce the pruning:\n%s", m.log.String())
		}
	})
}

// A server that is started with a wrong clock.
func TestAClockThatIsBehindTheNewestEntryIsLogged(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine) {
		time.Sleep(24 * time.Hour)
		m.send(10)
		m.setOffset(-24 * time.Hour)
		m.start(Rule{Age: time.Hour})
		m.has(10, "with a clock of yesterday")
		if m.logged("from the future") != 1 {
			t.Errorf("the log doesn't say it once:\n%s", m.log.String())
		}
	})
}

func TestTheOperatorCanPruneAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, m *machine) {
		m.send(100)
		m.start(Rule{Last: 10})
		m.has(100, "at first")
		if n, err := m.scheduler.Now(t.Context()); n != 90 || err != nil {
			t.Errorf("%d entries went, %v; want 90", n, err)
		}
		m.send(100)
		time.Sleep(2 * time.Minute)
		m.has(10, "then it doesn't wait any more")
		time.Sleep(2 * time.Hour)
		if m.logged(waits) != 1 || m.logged(begun) != 0 {
			t.Errorf("it was announced once and begun by the operator, but the log says:\n%s", m.log.String())
		}
	})
}

func TestAtKeepsByAgeAndNumber(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rule Rule
		want journal.Retention
	}{
		{Rule{}, journal.Retention{}},
		{Rule{Last: 5}, journal.Retention{Last: 5}},
		{Rule{Age: 24 * time.Hour}, journal.Retention{Since: now.AddDate(0, 0, -1)}},
		{Rule{Age: 24 * time.Hour, Last: 5}, journal.Retention{Since: now.AddDate(0, 0, -1), Last: 5}},
	} {
		if got := c.rule.At(now); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%+v: %+v, want %+v", c.rule, got, c.want)
		}
	}
}
