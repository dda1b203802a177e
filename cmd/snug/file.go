package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

// maxFile bounds the files that commands read as a whole: secrets and seats.
const maxFile = 64 << 10

// readFile reads a file of at most 64 KiB. It gives up when ctx ends, even if the file
// is a pipe that nobody writes to.
func readFile(ctx context.Context, name string) ([]byte, error) {
	return await(ctx, func() ([]byte, error) { return readAtMost(name, maxFile) })
}

// openFile opens a file to read. It gives up when ctx ends, even if the file is a named pipe
// that nobody opens to write.
func openFile(ctx context.Context, name string) (*os.File, error) {
	return await(ctx, func() (*os.File, error) { return os.Open(name) })
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

func readAtMost(name string, most int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(data) > most {
		err = fmt.Errorf("%s has more than %d bytes: is it the right file?", name, most)
	}
	return data, err
}
