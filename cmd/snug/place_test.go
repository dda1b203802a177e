package main

import (
	"path/filepath"
	"testing"
)

func TestSecretsAreForTheFirstRoomsServerOnly(t *testing.T) {
	s := site{Server: "chat.example", Token: "token", Password: "password"}
	c := &join{}
	first, err := c.find(s, "", "tea")
	if err != nil {
		t.Fatal(err)
	}
	for name, secrets := range map[string]bool{"ops": true, "https://chat.example/r/ops?utm_source=mail": true, "https://other.example/r/tea": false, "http://chat.example/r/tea": false} {
		p, err := c.find(s, first.home, name)
		if err != nil {
			t.Fatal(err)
		}
		if has := p.Token != "" || p.Password != ""; has != secrets {
			t.Errorf("%s gets secrets: %t", name, has)
		}
	}

	// From a room of another server, a code alone is of that one, and a link may lead back.
	other, err := c.find(s, first.home, "https://other.example/r/tea")
	if err != nil {
		t.Fatal(err)
	}
	beside := other.original
	beside.Server = other.Server
	for name, want := range map[string]string{"ops": "https://other.example", "https://chat.example/r/ops": "https://chat.example"} {
		p, err := c.find(beside, other.home, name)
		if err != nil || p.Server != want || (p.Token != "") != (want == first.Server) {
			t.Errorf("%s is on %s, with the token %q: %v", name, p.Server, p.Token, err)
		}
	}
	for _, name := range []string{"TEA", "ｔｅａ", "https://other.example/r/tea/", "https://other.example/r/tea?utm_source=mail#message-7", "https://other.example:443/r/t%65a?", "wss://other.example/ws?roomCode=tea&history=20"} {
		if found, err := other.find(name); err != nil || found.ID != other.id() {
			t.Errorf("%s, which is the same room, is %q and %q: %v", name, found.ID, other.id(), err)
		}
	}
}

// A link may come from anybody: what belongs to the server of --server stays with it.
func TestALinkCarriesNothingToItsServer(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	s := site{Server: "chat.example", Token: "token"}
	mine := s
	code, err := mine.find("ops")
	if err != nil || mine.Token == "" {
		t.Fatalf("the token is %q: %v", mine.Token, err)
	}
	seat, err := mine.openSeat(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	seat.Seat = "secret"
	for _, server := range []string{"chat.example", "https://chat.example"} { // as an earlier version wrote it, and as it is now
		seat.Server, seat.file = server, newSeat(filepath.Dir(filepath.Dir(filepath.Dir(seat.file))), server, code, "").file
		if err := seat.save(); err != nil {
			t.Fatal(err)
		}
	}
	for name, own := range map[string]bool{"ops": true, "https://chat.example/r/ops": true, "https://chat.example/r/ops?utm_source=mail": true, "https://other.example/r/ops": false} {
		one := s
		code, err := one.find(name)
		if err != nil {
			t.Fatal(err)
		}
		seat, err := one.openSeat(t.Context(), code)
		if err != nil {
			t.Fatal(err)
		}
		if (seat.Seat != "") != own || (one.Token != "") != own {
			t.Errorf("%s has the seat %q and the token %q", name, seat.Seat, one.Token)
		}
	}
	one := site{Server: defaultServer, Token: "token"}
	if _, err := one.find("https://other.example/r/ops"); err != nil || one.Token == "" {
		t.Errorf("without --server, the token for the link's server is %q: %v", one.Token, err)
	}
	p, err := new(join).find(s, s.home(), "https://other.example/r/ops")
	if err != nil || p.Token != "" || p.home != "https://chat.example" {
		t.Errorf("snug join gives it the token %q; that is for %s: %v", p.Token, p.home, err)
	}
}
