package main

import "strings"

// advised adds to a command line's error what people probably meant.
func advised(err error, args []string) string {
	says := err.Error()
	switch {
	case strings.Contains(says, `expected "<room>"`):
		return says + ": the room's code, or a link to the room"
	case strings.HasPrefix(says, "unknown flag") && len(args) > 0:
		return says + " (snug --help lists the flags)"
	}
	return says
}
