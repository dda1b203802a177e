package journal

// Prober is a journal that may be unable to accept entries for a while.
type Prober interface {
	// Probe returns nil if the journal accepts entries, as far as it knows, or
	// ErrUnavailable or ErrClosed. It doesn't block.
	Probe() error
}
