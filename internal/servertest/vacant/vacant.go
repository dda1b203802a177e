// Package vacant finds addresses for servers that a test starts later, or starts again.
package vacant

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// Addresses returns n different addresses on the loopback interface that nobody listens on.
// They are outside the range from which systems assign ports, so that no other program is
// given one of them before the test uses it, or while its server is stopped.
func Addresses(t testing.TB, n int) (all []string) {
	t.Helper()
	const first, ports = 20_000, 10_000
	for len(all) < n {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", fmt.Sprint("127.0.0.1:", first+rand.N(ports))) //nolint:gosec // no secret
		if err != nil {
			continue // it is in use
		}
		defer l.Close() // after the last one is found
		all = append(all, l.Addr().String())
	}
	return all
}

// Address returns one address as Addresses does.
func Address(t testing.TB) string {
	t.Helper()
	return Addresses(t, 1)[0]
}
