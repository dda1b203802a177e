package journal

import "context"

// Commit appends a draft and waits for its outcome, until ctx ends. The error is one that
// [Done] gets, ErrClosed or ctx's; after ctx's the draft may be committed nevertheless.
func Commit(ctx context.Context, j Journal, d Draft) (Outcome, error) {
	type result struct {
		Outcome
		err error
	}
	committed := make(chan result, 1)
	if err := j.Append(ctx, d, func(o Outcome, err error) { committed <- result{o, err} }); err != nil {
		return Outcome{}, err
	}
	select {
	case r := <-committed:
		return r.Outcome, r.err
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	}
}
