package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"

	"snug/client"
	"snug/internal/endpoint"
)

// site says which server to connect to, and as which member. It is the same for all
// commands.
type site struct {
	Server   string `default:"http://localhost:8080" env:"SNUG_SERVER" placeholder:"URL" help:"The server: a URL, or host:port (${default}, ${env})."`
	Nick     string `env:"SNUG_NICK" placeholder:"NICK" help:"The nick to join with. If absent, your user name (${env})."`
	Password string `env:"SNUG_PASSWORD" placeholder:"PASSWORD" help:"The room's password, if it has one (${env}, which other users of this machine can't see)."`
	Token    string `env:"SNUG_TOKEN" placeholder:"TOKEN" help:"Your token, for servers that require one (${env}, which other users of this machine can't see)."`

	given   string           // Server as it was given
	secrets endpoint.Secrets // of the link to the room
}

// find reads what names a room on the command line: its code, or a link to it, which
// also says which server it is on and may have an invite. It returns the code.
func (s *site) find(room string) (code string, err error) {
	if room == "" {
		return "", errors.New("the room's code is empty: give one, as in snug send ops hello, or a link to the room")
	}
	server, code, secrets, err := endpoint.ParseLink(room)
	if err != nil {
		return "", err
	}
	if server.IsZero() {
		if server, err = endpoint.ParseServer(s.Server); err != nil {
			return "", fmt.Errorf("--server: %w", err)
		}
	}
	s.given, s.Server, s.secrets = s.Server, server.Full(), secrets
	return code, nil
}

// join joins a room with the options' History, Since and Seat.
func (s *site) join(ctx context.Context, code string, o client.Options) (*client.Room, error) {
	o.Nick, o.Token, o.Password = s.Nick, s.Token, s.Password
	o.Invite, o.Transfer = s.secrets.Invite, s.secrets.Transfer
	if o.Nick == "" {
		o.Nick = "snug"
		if u, err := user.Current(); err == nil && u.Username != "" {
			o.Nick = u.Username
		}
	}
	room, err := client.Join(ctx, s.Server, code, o)
	var refused *client.RefusedError
	if errors.As(err, &refused) && refused.Detail == "" && o.Transport != client.HTTP {
		err = fmt.Errorf("%w If something on the way refuses WebSockets, --transport http helps", err)
	}
	return room, err
}
