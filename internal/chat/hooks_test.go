package chat_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"snug/protocol"
)

func TestHooks(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.room.Outgoing = true })
	owner, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	owner.say(`{"type":"hook","id":"h","ref":"k1","name":"Alerts","to":"https://example.com/t0ken","secret":"s3cret"}`)
	var made protocol.Hook
	logged := false
	for made.URL == "" || !logged { // the two come in any order
		switch e := owner.next(); e.Type {
		case "hook":
			if err := json.Unmarshal([]byte(e.raw), &made); err != nil {
				t.Fatal(err)
			}
		case "moderated":
			logged = logged || e.ID == "h"
		}
	}
	if made.Ref != "k1" || made.ID != "h" || made.Name != "Alerts" || !strings.HasPrefix(made.URL, "http://"+h.addr+"/hooks/") || made.SigningSecret == "" {
		t.Errorf("the maker is told %+v", made)
	}
	if strings.Contains(made.URL, "room1") {
		t.Errorf("the URL %s tells the room", made.URL)
	}
	e := bob.until("moderated")
	for e.ID != "h" { // the claim comes before
		e = bob.until("moderated")
	}
	for _, secret := range []string{"t0ken", "s3cret", "hooks/", "whsec"} {
		if strings.Contains(e.raw, secret) {
			t.Errorf("everyone is told %s: %s", secret, e.raw)
		}
	}
	owner.say(`{"type":"hooks","ref":"k2"}`)
	var list protocol.Hooks
	if err := json.Unmarshal([]byte(owner.until("hooks").raw), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Hooks) != 1 || list.Ref != "k2" || list.Hooks[0].URL != made.URL || list.Hooks[0].SigningSecret != made.SigningSecret {
		t.Errorf("listed are %+v, made was %+v", list, made)
	}
	owner.say(`{"type":"hook","id":"h","name":"Alerts","to":"https://example.com/t0ken","secret":"s3cret"}`)
	if e := owner.until("ack"); e.ID != "h" {
		t.Errorf("a repeat gets %s", e.raw)
	}
	bob.say(`{"type":"hooks","ref":"k3"}`)
	if e := bob.until("error"); e.Code != "forbidden" || e.Ref != "k3" {
		t.Errorf("a member who asks for the hooks gets %s", e.raw)
	}
	owner.say(`{"type":"unhook","id":"u","member":"` + made.Member + `"}`)
	if e := bob.until("moderated"); e.ID != "u" || !strings.Contains(e.raw, `"nick":"Alerts"`) {
		t.Errorf("everyone is told %s", e.raw)
	}
}

// Without a connection the answer is what only the maker is told, and the base of the URL is
// the one of the request.
func TestHooksOverHTTP(t *testing.T) {
	h := open(t, withOwners)
	seat := h.v1(t, "room1", "ann").you.Seat
	made := h.post(t, "/r/room1/commands", `{"type":"hook","id":"h","ref":"k1","name":"Alerts"}`, "Snug-Seat", seat)
	var told protocol.Hook
	if err := json.Unmarshal([]byte(made.raw), &told); err != nil || made.status != http.StatusOK {
		t.Fatalf("%+v, %v", made, err)
	}
	if told.Ref != "k1" || told.ID != "h" || told.Name != "Alerts" || !strings.HasPrefix(told.URL, "http://"+h.addr+"/hooks/") {
		t.Errorf("the maker is told %+v", told)
	}
	var list protocol.Hooks
	listed := h.post(t, "/r/room1/commands", `{"type":"hooks","ref":"k2"}`, "Snug-Seat", seat)
	if err := json.Unmarshal([]byte(listed.raw), &list); err != nil || len(list.Hooks) != 1 || list.Hooks[0].URL != told.URL {
		t.Errorf("%+v, %v", listed, err)
	}
	if again := h.post(t, "/r/room1/commands", `{"type":"hook","id":"h","name":"Alerts"}`, "Snug-Seat", seat); !strings.Contains(again.raw, `"type":"ack"`) {
		t.Errorf("a repeat gets %+v", again)
	}
	if gone := h.post(t, "/r/room1/commands", `{"type":"unhook","id":"u","member":"`+told.Member+`"}`, "Snug-Seat", seat); !strings.Contains(gone.raw, `"action":"unhook"`) {
		t.Errorf("removing it gets %+v", gone)
	}
}
