// Command snug chats in the rooms of a Snug server, from a terminal and from scripts.
//
//	snug join ops
//	echo "it is done" | snug send ops
//	snug tail ops
//	snug check
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
	_ "time/tzdata" // TZ works on machines without a time zone database

	"github.com/alecthomas/kong"
	completion "github.com/jotaen/kong-completion"

	"snug/internal/cli"
	"snug/internal/version"
)

// commands is the command line.
type commands struct {
	site

	Join     join      `cmd:"" help:"Chat in a room, in the terminal."`
	Send     send      `cmd:"" help:"Send a message: the given words, or each line of standard input."`
	Tail     tail      `cmd:"" help:"Print a room's messages, and follow it."`
	Search   search    `cmd:"" help:"Find messages of a room."`
	Hook     hook      `cmd:"" help:"Connect programs to a room: make, list and remove hooks, which post in it by HTTP."`
	Invite   invite    `cmd:"" help:"Make a link that lets newcomers into a room, or list or remove such links."`
	Set      set       `cmd:"" help:"Change a room's settings, such as its name, its lock and when it ends, or print them."`
	Export   export    `cmd:"" help:"Print everything that is kept of a room."`
	Transfer transfer  `cmd:"" help:"Make a link with which another device is the same member as you."`
	Close    closeRoom `cmd:"" help:"Close a room for everyone, and erase its messages."`
	Check    checkCmd  `cmd:"" help:"Check whether a server keeps its promises."`
	Bench    benchCmd  `cmd:"" help:"Put load on a server and measure it."`

	Admin admin `cmd:"" help:"Administer a running server, through its operator's port."`

	Convert convertCmd `cmd:"" help:"Convert what other chats export into files that a server imports."`

	MintToken token `cmd:"" name:"token" help:"Make a token, to try out a server that requires one."`

	Completion completion.Completion `cmd:"" completion-shell-default:"false" help:"Explain how to turn on completion in bash, zsh or fish."`

	Version cli.Version `help:"Print the version and exit."`
}

// vars returns the variables in the tags of flags.
func vars() kong.Vars { return kong.Vars{"version": version.String(), "server": defaultServer} }

func main() {
	// If nobody reads the output, writes fail with EPIPE instead of a signal.
	signal.Ignore(syscall.SIGPIPE)
	std := &streams{os.Stdin, os.Stdout, os.Stderr}
	var c commands
	parser := kong.Must(&c,
		kong.Name("snug"),
		kong.Description("Chat in the rooms of a Snug server. Where a room's code is asked for, a link to the room will do, too."),
		kong.Exit(func(code int) { os.Exit(min(code, exitUsage)) }),
		kong.Help(printHelp),
		cli.Values(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		vars(),
	)
	completion.Register(parser)
	cli.UnsetEmpty()
	err := cli.CheckEnvironment()
	var call *kong.Context
	if err == nil {
		call, err = cli.Parse(parser, arguments(os.Args[1:]), hints())
	}
	if err == nil {
		err = checkUnused(call)
	}
	if err != nil {
		std.say("error: %v", advised(err))
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	call.BindTo(ctx, (*context.Context)(nil))
	err = call.Run(&c.site, &c.Admin, std)
	stop()
	os.Exit(exitStatus(err, std))
}

// The exit statuses of all commands, apart from 0 for success.
const (
	exitFailure = 1   // the command has failed
	exitUsage   = 2   // the command line is wrong, or a check couldn't be done
	exitNoPipe  = 141 // nobody reads the output, as if SIGPIPE had ended the process
)

// exitStatus reports an error, and returns the exit status for it.
func exitStatus(err error, std *streams) int {
	switch coded := kong.ExitCoder(nil); {
	case err == nil:
		return 0
	case errors.Is(err, syscall.EPIPE):
		return exitNoPipe
	case errors.As(err, &coded):
		std.say("error: %v", err)
		return coded.ExitCode()
	}
	std.say("error: %v", err)
	return exitFailure
}

// arguments returns the command line that people mean: without arguments and with
// "help" it is --help.
func arguments(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}
