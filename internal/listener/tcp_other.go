//go:build !linux

package listener

import "net"

// tcp listens on a TCP address.
var tcp net.ListenConfig
