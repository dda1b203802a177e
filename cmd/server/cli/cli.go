// Package cli is the command line of the server: flags, signals, the log, a listener.
package cli

import "os"

// Main runs the server as the command line and the environment say, until it is told to
// stop. It ends the process if anything is wrong.
func Main() {
	f, parser, err := parse(os.Args[1:])
	if err == nil {
		err = asFlag(parser, run(f))
	}
	parser.FatalIfErrorf(err)
}

// exit ends the process with status 1 for every kind of error.
func exit(status int) { os.Exit(min(status, 1)) }
