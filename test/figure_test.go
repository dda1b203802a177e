package test

import (
	"fmt"
	"testing"
)

// figure says what was seen of a case over so many rounds. make soak ends with a
// table of them.
func figure(t *testing.T, what string, rounds int, format string, args ...any) {
	t.Helper()
	seen := fmt.Sprintf(format, args...)
	if t.Failed() {
		seen = "FAILED: " + seen
	}
	t.Logf("%s, %d rounds: %s", what, rounds, seen)
	t.Attr("figure", fmt.Sprintf("%s\t%d\t%s", what, rounds, seen))
}
