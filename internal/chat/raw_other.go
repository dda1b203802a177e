//go:build !unix

package chat

import "syscall"

// raw is there only where the system has sockets that can be tried.
type raw struct{}

func newRaw(syscall.RawConn) *raw { return nil }

func (*raw) read(*inbox, bool) (int, error) { panic("there is none") }
func (*raw) try([]byte) int                 { panic("there is none") }
