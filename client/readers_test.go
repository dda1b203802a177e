package client_test

import (
	"net/http"
	"testing"

	"snug/client"
	"snug/protocol"
)

func TestMembersAreToldHowManyReadAlong(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	ann := join(t, s.Addr, client.Options{Nick: "ann"})
	read := func() *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/r/lobby/events", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}
	reading := read()
	if e := until[*protocol.Readers](t, ann); e.Count != 1 || ann.Members().Readers != 1 {
		t.Errorf("%d read along, and then %d", e.Count, ann.Members().Readers)
	}
	bob := join(t, s.Addr, client.Options{Nick: "bob"})
	until[*client.Connected](t, bob)
	if n := bob.Members().Readers; n != 1 {
		t.Errorf("a newcomer is told of %d", n)
	}
	_ = reading.Body.Close()
	if e := until[*protocol.Readers](t, ann); e.Count != 0 {
		t.Errorf("%d read along when nobody does", e.Count)
	}
}
