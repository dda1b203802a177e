package snug

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/retention"
)

// Keep says which entries of the rooms' logs a server keeps: those that satisfy every
// field. The zero value keeps everything. [ParseKeep] says how it is written.
type Keep struct {
	Age  time.Duration // keeps entries of this age and younger; 0 keeps any age
	Last int           // keeps this many of a room's newest entries; 0 keeps any number
}

// keepLikes says how a Keep is written.
const keepLikes = "an age such as 30d or 12h, a number of each room's newest messages and other events such as 10000events, or both as 30d,10000events"

// ParseKeep parses a Keep: an age in d, h, m or s, such as "30d"; a number of events, such
// as "10000events"; or both, separated by a comma. The empty text keeps everything. A
// number without a unit is refused, because it could mean days or events.
func ParseKeep(text string) (Keep, error) {
	var k Keep
	if text == "" {
		return k, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if err := k.add(part); err != nil {
			return Keep{}, fmt.Errorf("%q: %w: say %s", part, err, keepLikes)
		}
	}
	return k, nil
}

// add adds one part of a Keep's text.
func (k *Keep) add(part string) error {
	unit := strings.TrimLeft(part, "+-0123456789.")
	number := part[:len(part)-len(unit)]
	switch {
	case part == "":
		return errors.New("a part is empty")
	case number == "":
		return errors.New("it doesn't begin with a number")
	case strings.HasPrefix(number, "-"):
		return errors.New("the number must be above 0")
	case unit == "":
		return fmt.Errorf("a number alone could mean days or events: is it %sd or %sevents", number, number)
	case unit == "event", unit == "events":
		return k.addLast(number)
	}
	return k.addAge(number, unit)
}

func (k *Keep) addLast(number string) error {
	last, err := strconv.Atoi(number)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return errors.New("the number is too large")
	case err != nil || last <= 0:
		return errors.New("the number must be a whole one, and above 0")
	case k.Last != 0:
		return errors.New("it is the second number of events")
	}
	k.Last = last
	return nil
}

func (k *Keep) addAge(number, unit string) error {
	age, err := parseAge(number + unit)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return errors.New("the age is too large")
	case err != nil && unit == "d":
		return errors.New("days must be a whole number")
	case err != nil:
		return unknownUnit(number, unit)
	case age <= 0:
		return errors.New("the age must be above 0")
	case k.Age != 0:
		return errors.New("it is the second age")
	}
	k.Age = age
	return nil
}

// unknownUnit returns the error for a unit that isn't known. It names the unit that the
// word probably means.
func unknownUnit(number, unit string) error {
	word := strings.ToLower(strings.TrimSpace(unit))
	var suggestion string
	switch word {
	case "d", "day", "days":
		suggestion = "d"
	case "h", "hr", "hrs", "hour", "hours":
		suggestion = "h"
	case "min", "mins", "minute", "minutes":
		suggestion = "m"
	case "s", "sec", "secs", "second", "seconds":
		suggestion = "s"
	case "event", "events", "entry", "entries", "message", "messages":
		suggestion = "events"
	case "w", "week", "weeks", "m", "mo", "month", "months", "y", "yr", "year", "years":
		return fmt.Errorf("%q is no unit: count weeks, months and years in days (d)", unit)
	default:
		return fmt.Errorf("%q is no unit: the units are d (days), h (hours), m (minutes), s (seconds) and events", unit)
	}
	return fmt.Errorf("%q is no unit: is it %s", unit, number+suggestion)
}

// parseAge is [time.ParseDuration] with days, which are written alone, such as 30d.
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

// rule returns k for package retention.
func (k Keep) rule() retention.Rule { return retention.Rule{Age: k.Age, Last: uint64(k.Last)} }

// risky reports whether k keeps so little that it is probably a mistake.
func (k Keep) risky() bool {
	const fewEvents = 100
	return k.Age > 0 && k.Age < time.Hour || k.Last > 0 && k.Last < fewEvents
}

// errNoPruner says that the journal's engine can't prune.
var errNoPruner = errors.New("the journal can't be pruned")

// prune prunes j once, at once.
func prune(ctx context.Context, j journal.Journal, k Keep) (int, error) {
	p, ok := j.(journal.Pruner)
	if !ok {
		return 0, errNoPruner
	}
	return p.Prune(ctx, k.rule().At(time.Now()))
}
