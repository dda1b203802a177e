//go:build !unix

package chat

import "syscall"

// raw is there where the system lets a socket be tried.
type raw struct{}

func newRaw(syscall.Conn) *raw { return nil }

func (*raw) read(*inbox) (int, error) { panic("there is none") }
func (*raw) write([]byte) int         { panic("there is none") }
