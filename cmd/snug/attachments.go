package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"snug/client"
	"snug/internal/media"
	"snug/protocol"
)

// uploadAll uploads files, in order.
func uploadAll(ctx context.Context, room *client.Room, names []string) (all []protocol.File, err error) {
	if most := room.Limits().FileBytes; len(names) > 0 && most == 0 {
		return nil, errors.New("this server takes no files")
	}
	for _, name := range names {
		f, err := uploadFile(ctx, room, name)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func uploadFile(ctx context.Context, room *client.Room, name string) (f protocol.File, err error) {
	// A regular file, which can be read again if an upload has to be repeated.
	file, err := await(ctx, func() (*os.File, error) { return openRegular(name) })
	if err != nil {
		return f, err
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return f, err
	}
	if most := room.Limits().FileBytes; info.Size() > most {
		return f, fmt.Errorf("%s has %d bytes: the server takes files of at most %d", name, info.Size(), most)
	}
	for {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return f, err
		}
		f, err = room.Upload(ctx, filepath.Base(name), file)
		var refused *protocol.Error
		if err == nil || !errors.As(err, &refused) || refused.RetryAfter == 0 {
			return f, err
		}
		select {
		case <-time.After(refused.RetryAfter):
		case <-ctx.Done():
			return f, context.Cause(ctx)
		}
	}
}

// saved is a directory in which the files of messages are saved.
type saved struct{ *os.Root }

func openSaved(dir string) (*saved, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	return &saved{root}, err
}

// save saves a file of a message, whose prefix tells it from others, and returns its path. One
// that is there already is not downloaded again.
func (s *saved) save(ctx context.Context, room *client.Reader, prefix string, f protocol.File) (path string, err error) {
	name := prefix + "-" + media.Name(f.Name) // others choose the name
	path = filepath.Join(s.Name(), name)
	if _, err := s.Stat(name); err == nil {
		return path, nil
	}
	part := name + ".part"
	to, err := s.Create(part)
	if err != nil {
		return "", err
	}
	err = errors.Join(room.Download(ctx, f, to), to.Close())
	if err == nil {
		err = s.Rename(part, name)
	}
	if err != nil {
		if gone := s.Remove(part); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return "", err
	}
	return path, nil
}
