// Package keyfile reads the files of secrets, keys, certificates and flags that an operator or a user
// names.
package keyfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// MaxBytes is how large a file may be: more than any secret, key, chain of certificates or set of flags needs.
const MaxBytes = 64 << 10

// Read returns what a file has, at most MaxBytes, without the byte order mark that some editors put before text. It may be a pipe, also a named one: Read then
// waits for those who have it open to write, but for nobody to open it. The error names the file.
func Read(name string) ([]byte, error) {
	// Without O_NONBLOCK, a named pipe would be opened when somebody opens it to write.
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(name, "~/"):
		return nil, fmt.Errorf("%w: shells put your home in the place of ~ only where a word begins with it, so write $HOME instead", err)
	case err != nil:
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxBytes:
		return nil, fmt.Errorf("%s has more than %d bytes: is it the right file?", name, MaxBytes)
	case len(data) == 0:
		if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
			return nil, fmt.Errorf("%s is a pipe to which nobody writes", name)
		}
	}
	return bytes.TrimPrefix(data, []byte("\uFEFF")), nil
}

// FirstLine returns the first line of a file, which is a secret of at least some number of
// bytes, without the space around it. It fails as Read does.
func FirstLine(name string, least int) ([]byte, error) {
	data, err := Read(name)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	secret := bytes.TrimSpace(line)
	if len(secret) < least {
		return nil, fmt.Errorf("the first line of %s has %d characters: a secret has at least %d, such as the output of openssl rand -hex 32", name, len(secret), least)
	}
	return secret, nil
}
