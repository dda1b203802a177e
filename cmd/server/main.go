// Command server is the Snug chat server. With
//
//	go run ./cmd/server
//
// it is at http://localhost:8080/. This is its only file, so that go run main.go works, too.
package main

import (
	_ "time/tzdata" // so that TZ works where no time zones are installed

	"snug/cmd/server/cli"
)

func main() { cli.Main() }
