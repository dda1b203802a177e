package client_test

import (
	"errors"
	"testing"

	"snug/client"
	"snug/protocol"
)

func TestARevokedSeatBringsNobodyBack(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann := join(t, s.Addr, client.Options{})
	bob := join(t, s.Addr, client.Options{Nick: "bob"})
	phone := join(t, s.Addr, client.Options{Nick: "bob", Seat: bob.Seat()})
	old, member := bob.Seat(), bob.You().Member
	if err := ann.Revoke(t.Context(), ann.You().Member+"x"); err != nil {
		t.Errorf("of somebody who isn't here: %v", err)
	}
	if err := bob.Revoke(t.Context(), ann.You().Member); !code(protocol.Forbidden)(err) {
		t.Errorf("a member revoked the owner's seats: %v", err)
	}
	if err := bob.Revoke(t.Context(), member); err != nil || bob.Seat() == old {
		t.Fatalf("the seat is %q, %v", bob.Seat(), err)
	}
	var ended *client.EndedError
	if err := ends(t, phone); !errors.As(err, &ended) || ended.Reason != protocol.GoodbyeRevoked {
		t.Errorf("the other connection ended with %v", err)
	}
	if _, err := bob.Send(t.Context(), client.Message{Content: "still here"}); err != nil {
		t.Error(err)
	}
	if c := join(t, s.Addr, client.Options{Nick: "thief", Seat: old}); c.You().Member == member {
		t.Error("the old seat brought the member back")
	}
	if c := join(t, s.Addr, client.Options{Nick: "bob", Seat: bob.Seat()}); c.You().Member != member {
		t.Error("the new seat brought back another member")
	}
	if err := ann.Revoke(t.Context(), member); err != nil {
		t.Fatal(err)
	}
	if err := ends(t, bob); !errors.As(err, &ended) || ended.Reason != protocol.GoodbyeRevoked {
		t.Errorf("by the owner, the connection ended with %v", err)
	}
}
