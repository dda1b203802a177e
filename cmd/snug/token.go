package main

import (
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug/internal/auth"
	"snug/protocol"
)

type token struct {
	Key      string        `required:"" placeholder:"hmac:FILE|key:FILE" help:"Sign with the secret in a file, or the private key in a PEM file."`
	Sub      string        `required:"" placeholder:"SUBJECT" help:"Whose it is: the same subject is the same member."`
	Name     string        `placeholder:"NAME" help:"The nick to go by. Without it, whatever the client asks for."`
	Rooms    []string      `placeholder:"GLOB" help:"For rooms with these codes alone, as ops or team-*. Without it, for all."`
	Role     protocol.Role `default:"member" enum:"member,moderator,owner" placeholder:"ROLE" help:"What its holder may do in them at least: member, moderator or owner (${default})."`
	TTL      time.Duration `name:"ttl" default:"1h" placeholder:"TIME" help:"For how long it is good (${default})."`
	Audience string        `placeholder:"NAME" help:"The aud of a server with --auth-audience."`
	Issuer   string        `placeholder:"NAME" help:"The iss of a server with --auth-issuer."`
}

// Help is shown by snug token --help.
func (token) Help() string {
	return `Mints a token for trying out a server with --auth; it asks no server. In earnest, whoever knows the users mints them.

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

// Run prints it.
func (c *token) Run(_ context.Context, std *streams) error {
	if c.TTL < time.Second {
		return fmt.Errorf("--ttl is %v: at least a second", c.TTL)
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
	signed, err := auth.Mint(c.Key, claims)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	_, err = fmt.Fprintln(std.out, signed)
	return err
}
