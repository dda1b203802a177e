//go:build !unix

package socket

import "syscall"

// canTry says that sockets can be read and written without blocking.
const canTry = false

func readReady(syscall.RawConn, Buffer, bool) (int, error) { panic("unreachable: canTry is false") }
func writeReady(syscall.RawConn, []byte) int               { panic("unreachable: canTry is false") }
