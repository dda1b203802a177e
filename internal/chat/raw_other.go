//go:build !unix

package chat

import "syscall"

// raw is there only where the system has sockets that can be tried.
type raw struct{}

func newRaw(syscall.Conn) *raw { return nil }

func (*raw) read(*inbox) (int, error) { panic("there is none") }
func (*raw) try([]byte) int           { panic("there is none") }
