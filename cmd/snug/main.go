// Command snug talks in rooms, from a terminal and from scripts.
//
//	snug join ops
//	echo "it is done" | snug send ops
//	snug tail ops
//	snug check
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"syscall"

	"github.com/alecthomas/kong"
	completion "github.com/jotaen/kong-completion"

	"snug/client"
	"snug/internal/version"
)

// commands are the command line.
type commands struct {
	site

	Join  join     `cmd:"" help:"Talk in a room, in the terminal."`
	Send  send     `cmd:"" help:"Say something: the words, or each line of the standard input."`
	Tail  tail     `cmd:"" help:"Show what is said, until it is interrupted."`
	Check checkCmd `cmd:"" help:"Check whether a server keeps its promises."`
	Bench benchCmd `cmd:"" help:"Load a server and measure it."`

	Admin admin `cmd:"" help:"Look after a running server, by its operator's port."`

	MintToken token `cmd:"" name:"token" help:"Mint a token, for trying out a server that asks for one."`

	Completion completion.Completion `cmd:"" completion-shell-default:"false" help:"Say how to turn on completion in bash, zsh or fish."`

	Version kong.VersionFlag `help:"Print the version and exit."`
}

// site is where to talk and as whom: the same for all commands.
type site struct {
	Server   string `default:"http://localhost:8080" env:"SNUG_SERVER" placeholder:"URL" help:"The server (${default}, ${env})."`
	Nick     string `env:"SNUG_NICK" placeholder:"NICK" help:"Go by this nick. Without it, by the user's name (${env})."`
	Password string `env:"SNUG_PASSWORD" placeholder:"PASSWORD" help:"The room's, if it has one (${env}, which other users of the machine can't read)."`
	Token    string `env:"SNUG_TOKEN" placeholder:"TOKEN" help:"Prove by this who one is, to a server that asks for it (${env}, which other users of the machine can't read)."`
}

// join joins a room; history is as in client.Options.
func (s *site) join(ctx context.Context, code string, o client.Options) (*client.Room, error) {
	o.Nick, o.Token, o.Password = s.Nick, s.Token, s.Password
	if o.Nick == "" {
		o.Nick = "snug"
		if u, err := user.Current(); err == nil && u.Username != "" {
			o.Nick = u.Username
		}
	}
	return client.Join(ctx, s.Server, code, o)
}

// streams are the process's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// say writes a line about the command itself, for whoever watches it.
func (s *streams) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.err, "snug: "+format+"\n", args...) // there is nowhere else to say that this failed
}

func main() {
	var c commands
	parser := kong.Must(&c,
		kong.Name("snug"),
		kong.Description("Talk in the rooms of a Snug server."),
		kong.Exit(func(code int) { os.Exit(min(code, 2)) }), // 1: it failed; 2: it was called wrongly, or couldn't be done
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": version.String()},
	)
	completion.Register(parser)
	args := os.Args[1:]
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cli, err := parser.Parse(args)
	parser.FatalIfErrorf(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	cli.BindTo(ctx, (*context.Context)(nil))
	err = cli.Run(&c.site, &c.Admin, &streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	cli.FatalIfErrorf(err)
}
