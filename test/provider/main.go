// The provider is an OpenID Provider for tests of sign-in: the certified library of ZITADEL with the
// storage and the login page of its example. It has two users, ann in the group "staff" and bob in none.
//
// usage: provider SECRET REDIRECT…
//
// It writes the line of its issuer when it listens, and ends with its standard input. The client has the
// ID "snug". It is a module of its own, so that Snug's has none of what it needs.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

func main() {
	storage.RegisterClients(storage.WebClient("snug", os.Args[1], os.Args[2:]...))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	issuer := "http://" + l.Addr().String()
	handler := exampleop.SetupServer(issuer, grouped{storage.NewStorage(users{
		"ann": {ID: "id-ann", Username: "ann", Password: "verysecure", FirstName: "Ann", LastName: "Archer"},
		"bob": {ID: "id-bob", Username: "bob", Password: "verysecure", FirstName: "Bob", LastName: "Baker"},
	})}, slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	fmt.Println(issuer)
	go func() {
		_, _ = bufio.NewReader(os.Stdin).WriteTo(io.Discard)
		os.Exit(0)
	}()
	log.Fatal(http.Serve(l, handler))
}

// users are the users by name.
type users map[string]*storage.User

func (u users) GetUserByUsername(name string) *storage.User { return u[name] }

func (u users) GetUserByID(id string) *storage.User {
	for _, user := range u {
		if user.ID == id {
			return user
		}
	}
	return nil
}

func (u users) ExampleClientID() string { return "service" }

// grouped adds the groups of users to what the example's storage says of them.
type grouped struct{ *storage.Storage }

func (g grouped) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	err := g.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin)
	if subject == "id-ann" {
		info.AppendClaims("groups", []string{"staff", "cn=chat,dc=example"})
	}
	return err
}
