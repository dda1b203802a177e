package snug

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"snug/internal/journal"
)

// Keep is how long a server keeps what is in its rooms' logs: what any of its bounds
// doesn't let stay goes. The zero value keeps everything. As text it is as "30d",
// "10000" or both, "30d,10000"; an age is in d, h, m or s.
type Keep struct {
	Age  time.Duration // entries of this age and younger; 0 for any age
	Last int           // as many of a room's newest entries; 0 for any number
}

// keepLikes is what a Keep's text may be.
const keepLikes = "an age as 30d or 12h, a number of a room's newest messages and other events as 10000, or both as 30d,10000"

// ParseKeep reads a Keep's text; none keeps everything.
func ParseKeep(text string) (Keep, error) {
	var k Keep
	if text == "" {
		return k, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		age, ageErr := parseAge(part)
		last, lastErr := strconv.Atoi(part)
		switch {
		case lastErr == nil && last > 0 && k.Last == 0:
			k.Last = last
		case ageErr == nil && age > 0 && k.Age == 0:
			k.Age = age
		default:
			return Keep{}, fmt.Errorf("%q says not what to keep: %s", text, keepLikes)
		}
	}
	return k, nil
}

// parseAge is [time.ParseDuration], which knows no days.
func parseAge(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	days, ok := strings.CutSuffix(text, "d")
	if !ok {
		return time.ParseDuration(text)
	}
	n, err := strconv.ParseUint(days, 10, 64)
	if err == nil && n > uint64(math.MaxInt64/day) {
		err = strconv.ErrRange
	}
	return time.Duration(n) * day, err
}

// now is k as the journal takes it.
func (k Keep) now() journal.Retention {
	j := journal.Retention{Last: uint64(k.Last)}
	if k.Age > 0 {
		j.Since = time.Now().Add(-k.Age)
	}
	return j
}

// pruneEvery is how often a server lets go of what it isn't to keep.
const pruneEvery = time.Minute

// errNoPruner says that the journal's engine can't prune.
var errNoPruner = errors.New("the journal can't be pruned")

// retain prunes j by k, over and over, until ctx ends.
func retain(ctx context.Context, j journal.Journal, k Keep, log *slog.Logger) {
	again := time.NewTicker(pruneEvery)
	defer again.Stop()
	for {
		n, err := prune(ctx, j, k)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn("the journal can't be pruned, and will be tried again", "err", err)
		case n > 0:
			log.Debug("the journal was pruned", "entries", n)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

func prune(ctx context.Context, j journal.Journal, k Keep) (int, error) {
	p, ok := j.(journal.Pruner)
	if !ok {
		return 0, errNoPruner
	}
	return p.Prune(ctx, k.now())
}
