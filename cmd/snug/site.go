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
	Server   string `default:"${server}" env:"SNUG_SERVER" placeholder:"URL" help:"The server: a URL, or host:port (${default}, ${env})."`
	Nick     string `env:"SNUG_NICK" placeholder:"NICK" help:"The nick to join with. If absent, your user name (${env})."`
	Password string `env:"SNUG_PASSWORD" placeholder:"PASSWORD" help:"The room's password, if it has one (${env}, which other users of this machine can't see)."`
	Token    string `env:"SNUG_TOKEN" placeholder:"TOKEN" help:"Your token, for servers that require one (${env}, which other users of this machine can't see)."`

	given   string           // Server as it was given; "" if the room's link names another one
	secrets endpoint.Secrets // of the link to the room
}

// defaultServer is the server without --server.
const defaultServer = "http://localhost:8080"

// home returns the ID of the server that the token is for: the one that --server names. It returns ""
// if there is no --server: then it is for the server of the first room.
func (s *site) home() string {
	if s.Server == defaultServer {
		return ""
	}
	return s.serverID()
}

// serverID returns the ID of the server; "" if its address can't be read.
func (s *site) serverID() string {
	server, err := endpoint.ParseServer(s.Server)
	if err != nil {
		return ""
	}
	return server.ID()
}

// find reads what names a room on the command line: its code, or a link to it, which
// also says which server it is on and may have an invite. It returns the code. A link, which
// may come from anybody, doesn't carry the token of another server to its own.
func (s *site) find(room string) (code string, err error) {
	home := s.home()
	code, err = s.locate(room)
	if home != "" && s.serverID() != home {
		s.Token = ""
	}
	return code, err
}

// locate is find, and leaves the token as it is.
func (s *site) locate(room string) (code string, err error) {
	if room == "" {
		return "", errors.New("the room's code is empty: give one, as in snug send ops hello, or a link to the room")
	}
	server, code, secrets, err := endpoint.ParseLink(room)
	if err != nil {
		return "", err
	}
	s.given = ""
	if server.IsZero() {
		s.given = s.Server
		if server, err = endpoint.ParseServer(s.Server); err != nil {
			return "", fmt.Errorf("--server: %w", err)
		}
	}
	s.Server, s.secrets = server.Full(), secrets
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
	if errors.As(err, &refused) && refused.Detail == "" && refused.Location == "" && o.Transport != client.HTTP {
		err = fmt.Errorf("%w If something on the way refuses WebSockets, --transport http helps", err)
	}
	return room, err
}
