package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// writeNew makes a file that doesn't exist yet. It writes it under another name, and renames it
// when it is complete.
func writeNew(name string, write func(*os.File) error) error {
	if err := mustBeFree(name, "file"); err != nil {
		return err
	}
	part := name + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err = errors.Join(write(file), file.Close()); err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

// writeNewDirectory makes a directory that doesn't exist yet. It is filled under another name, and
// renamed when it is complete.
func writeNewDirectory(name string, fill func(directory string) error) error {
	if err := mustBeFree(name, "directory"); err != nil {
		return err
	}
	part, err := os.MkdirTemp(filepath.Dir(filepath.Clean(name)), "."+filepath.Base(name)+"-*.part")
	if err != nil {
		return err
	}
	if err = fill(part); err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return nil
}

// mustBeFree returns an error if something has a name that is for a new file or directory, as kind says.
func mustBeFree(name, kind string) error {
	_, err := os.Lstat(name)
	switch {
	case err == nil:
		return fmt.Errorf("%s exists already: name another %s", name, kind)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}
