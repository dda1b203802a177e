package policy

import (
	"fmt"
	"strconv"

	"snug/internal/journal"
)

// numberChange is the change that sets a key of a room's state to a number. 0 isn't stored.
func numberChange(key string, n uint64) journal.Change {
	c := journal.Change{Key: key}
	if n > 0 {
		c.Value = strconv.AppendUint(nil, n, 10)
	}
	return c
}

// readNumber returns the number that a change sets its key to, which fits into an int64.
func readNumber(c journal.Change) (uint64, error) {
	if c.Value == nil {
		return 0, nil
	}
	n, err := strconv.ParseUint(string(c.Value), 10, 63)
	if err != nil {
		return 0, fmt.Errorf("read the room's %s: %w", c.Key, err)
	}
	return n, nil
}
