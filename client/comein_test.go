package client_test

import (
	"strings"
	"testing"

	"snug/client"
	"snug/protocol"
)

// With a real server, newcomers come into a locked room by an invite, over a WebSocket and over
// HTTP, and by a knock.
func TestNewcomersComeIntoALockedRoom(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann := join(t, s.Addr, client.Options{})
	if err := ann.Set(t.Context(), client.Change{Locked: new(true)}); err != nil {
		t.Fatal(err)
	}
	made, err := ann.Invite(t.Context(), client.NewInvite{Uses: 2})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, _ := strings.Cut(made.URL, "#invite=")
	for _, transport := range []client.Transport{client.WebSocket, client.HTTP} {
		o := client.Options{Nick: "eve", Invite: secret, Transport: transport}
		eve, err := client.Join(t.Context(), s.URL, "lobby", o)
		if err != nil {
			t.Fatalf("by the invite, over %q: %v", transport, err)
		}
		_ = eve.Close() // an error is of no interest here
	}
	if _, err := client.Join(t.Context(), s.URL, "lobby", client.Options{Nick: "eve", Invite: secret}); !code(protocol.Locked)(err) {
		t.Errorf("when the invite is used up: %v", err)
	}
	admitted := make(chan error, 1)
	go func() {
		zoe, err := client.Join(t.Context(), s.URL, "lobby", client.Options{Nick: "zoe", Knock: true, Note: "it's me"})
		if err == nil {
			err = zoe.Close()
		}
		admitted <- err
	}()
	k := until[*protocol.Knock](t, ann)
	if k.Nick != "zoe" || k.Note != "it's me" {
		t.Errorf("the owner is told %+v", k)
	}
	if err := ann.Admit(t.Context(), k.Member); err != nil {
		t.Fatal(err)
	}
	if err := <-admitted; err != nil {
		t.Errorf("who knocked: %v", err)
	}
	for !until[*protocol.Knock](t, ann).Gone {
	}
	if waiting := ann.Knocks(); len(waiting) != 0 {
		t.Errorf("after the admission, waiting are %+v", waiting)
	}
}
