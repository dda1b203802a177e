package main

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug/internal/auth"
	"snug/internal/room"
	"snug/protocol"
)

type token struct {
	Key      string        `required:"" placeholder:"hmac:FILE|key:FILE" help:"What to sign with: the secret in a file, or the private key in a PEM file."`
	Sub      string        `required:"" placeholder:"SUBJECT" help:"Who the token is for: the same subject is the same member."`
	Name     string        `placeholder:"NAME" help:"The member's nick. If absent, the client chooses it."`
	Rooms    []string      `placeholder:"GLOB" help:"The codes of the rooms that the token is for, such as ops or team-*. If absent, all rooms."`
	Role     protocol.Role `default:"member" enum:"member,moderator,owner" placeholder:"ROLE" help:"The least role in these rooms: member, moderator or owner (${default})."`
	TTL      time.Duration `name:"ttl" default:"1h" placeholder:"TIME" help:"How long the token is valid (${default})."`
	Audience string        `placeholder:"NAME" help:"The aud claim, for a server with --auth-audience."`
	Issuer   string        `placeholder:"NAME" help:"The iss claim, for a server with --auth-issuer."`
}

// Help is shown by snug token --help.
func (token) Help() string {
	return `The command makes a token to try out a server with --auth. It needs no server. In production, the site that knows the users makes the tokens.

Examples:

  openssl rand -hex 32 > secret && chmod 600 secret
  snug-server --auth hmac:secret
  snug token --key hmac:secret --sub ann --name Ann --rooms 'team-*' --ttl 8h
  SNUG_TOKEN=$(snug token --key hmac:secret --sub ann) snug tail team-1

  openssl genpkey -algorithm ed25519 -out private.pem
  openssl pkey -in private.pem -pubout -out public.pem
  snug-server --auth key:public.pem
  snug token --key key:private.pem --sub bob --role moderator`
}

// check returns an error for claims that no server accepts, or that admit to no room.
func (c *token) check() error {
	if c.TTL < time.Second {
		return fmt.Errorf("--ttl is %v: give at least a second", c.TTL)
	}
	for i, glob := range c.Rooms {
		c.Rooms[i] = strings.TrimSpace(glob)
		if _, err := path.Match(c.Rooms[i], ""); c.Rooms[i] == "" || err != nil {
			return fmt.Errorf("--rooms: %q is no pattern of room codes, such as ops or team-*", glob)
		}
	}
	if c.Name == "" {
		return nil
	}
	if _, err := room.FitNick(c.Name); err != nil {
		return fmt.Errorf("--name: %w", err)
	}
	return nil
}

// Run prints a token.
func (c *token) Run(ctx context.Context, std *streams) error {
	if err := c.check(); err != nil {
		return err
	}
	now := time.Now()
	claims := auth.Claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: c.Sub, Issuer: c.Issuer,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(c.TTL)),
		},
		Name: c.Name, Role: c.Role,
	}
	if c.Audience != "" {
		claims.Audience = jwt.ClaimStrings{c.Audience}
	}
	if len(c.Rooms) > 0 {
		claims.Rooms = &c.Rooms
	}
	signed, err := await(ctx, func() (string, error) { return auth.Mint(c.Key, claims) })
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	return std.print(signed + "\n")
}
