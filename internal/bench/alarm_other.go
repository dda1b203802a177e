//go:build !linux

package bench

import "time"

// alarm does nothing: it exists for Linux.
type alarm struct{}

func newAlarm() (*alarm, error) { return &alarm{}, nil }

func (*alarm) set(time.Duration) {}
func (*alarm) watch()            {}
func (*alarm) close()            {}
