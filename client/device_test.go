package client_test

import (
	"strings"
	"testing"

	"snug/client"
	"snug/protocol"
)

func TestATransferMakesAnotherDeviceTheSameMember(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann := join(t, s.Addr, client.Options{})
	c, err := ann.Transfer(t.Context())
	if err != nil || !strings.HasPrefix(c.URL, s.URL+"/r/lobby#transfer=") || !strings.HasSuffix(c.URL, c.Code) {
		t.Fatalf("%+v, %v", c, err)
	}
	last := say(t, ann, "hello")
	phone := join(t, s.Addr, client.Options{Nick: "phone", Transfer: strings.ToLower(c.Code)})
	if phone.You().Member != ann.You().Member || phone.Seat() == "" {
		t.Errorf("the phone is %+v", phone.You())
	}
	if _, err := client.Join(t.Context(), s.Addr, "lobby", client.Options{Nick: "eve", Transfer: c.Code}); !code(protocol.NotFound)(err) {
		t.Errorf("the code works again: %v", err)
	}
	if err := ann.SetSeen(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if e := until[*protocol.Seen](t, phone); e.Seq != last || phone.Seen() != last {
		t.Errorf("the phone is told that %d is seen, and then %d", e.Seq, phone.Seen())
	}
	tablet := join(t, s.Addr, client.Options{Seat: phone.Seat()})
	if tablet.Seen() != last {
		t.Errorf("a device that comes later is told that %d is seen", tablet.Seen())
	}
}
