//go:build !unix

package chat

import "syscall"

// canTry says that a socket can be read and written without waiting.
const canTry = false

func tryRead(syscall.RawConn, *inbox, bool) (int, error) { panic("it can't be tried") }
func tryWrite(syscall.RawConn, []byte) int               { panic("it can't be tried") }
