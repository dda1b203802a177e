// Package capture collects what several goroutines write, such as a log, for tests that read it meanwhile.
package capture

import (
	"bytes"
	"sync"
)

// Text is what was written so far. The zero value is empty. It is safe for concurrent use.
type Text struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements [io.Writer].
func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.Write(p)
}

func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.String()
}
