package main

import (
	"context"
	"fmt"
	"os"

	"snug/internal/keyfile"
)

// readFile reads the file of a secret or a seat. It gives up when ctx ends, even if the file is a
// pipe that its writer doesn't close.
func readFile(ctx context.Context, name string) ([]byte, error) {
	return await(ctx, func() ([]byte, error) { return keyfile.Read(name) })
}

// openFile opens a file to read. It gives up when ctx ends, even if the file is a named pipe
// that nobody opens to write.
func openFile(ctx context.Context, name string) (*os.File, error) {
	return await(ctx, func() (*os.File, error) { return os.Open(name) })
}

// openRegular opens a file that is none of those from which reading, or opening them, may wait for somebody.
func openRegular(name string) (*os.File, error) {
	about, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !about.Mode().IsRegular() {
		return nil, fmt.Errorf("%s isn't a regular file: save what it has in one, and name that", name)
	}
	return os.Open(name)
}

// await returns what f returns, or an error when ctx ends first. f can't be interrupted:
// then its goroutine ends with the process.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
