// Command server is the Snug chat server. With
//
//	go run ./cmd/server
//
// it is at http://localhost:8080/.
package main

import (
	"os"
	_ "time/tzdata" // so that TZ works where no time zones are installed
)

func main() {
	f, parser, err := parse(os.Args[1:])
	if err == nil {
		err = asFlag(run(f))
	}
	parser.FatalIfErrorf(err)
}

// exit ends the process with status 1 for every kind of error.
func exit(status int) { os.Exit(min(status, 1)) }
