package main

import "testing"

func TestSecretsAreForTheFirstRoomsServerOnly(t *testing.T) {
	s := site{Server: "chat.example", Token: "token", Password: "password"}
	c := &join{}
	first, err := c.find(s, "", "tea")
	if err != nil {
		t.Fatal(err)
	}
	for name, secrets := range map[string]bool{"ops": true, "https://chat.example/r/ops": true, "https://other.example/r/tea": false, "http://chat.example/r/tea": false} {
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
	if found, err := other.find("TEA"); err != nil || found.ID != other.id() {
		t.Errorf("the same room is %q and %q: %v", found.ID, other.id(), err)
	}
}
