package snug_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"snug"
	"snug/client"
)

func TestTheOperatorGivesOwnersAndRevokesSeats(t *testing.T) {
	s := openSite(t, stored(t))
	member, _ := s.say(t, 1)
	for _, c := range []struct {
		path, room, member string
		status             int
		says               string
	}{
		{"/revoke", "room1", member, 409, "is an owner"},
		{"/owner", "room1", "nobody", 404, "no member"},
		{"/owner", "no room", member, 400, "not a room code"},
		{"/owner", "Room1", member, 200, member},
		{"/revoke", "room1", "nobody", 404, "no member"},
		{"/revoke", "nowhere", member, 404, "no room"},
		{"/revoke", "no room", member, 400, "not a room code"},
	} {
		status, said := s.post(t, c.path, url.Values{"room": {c.room}, "member": {c.member}})
		if status != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%s, %q in %q: %d %s", c.path, c.member, c.room, status, said)
		}
	}
	if status, said := s.post(t, "/rooms/room1/close", url.Values{"confirm": {"room1"}}); status != 200 {
		t.Fatalf("close the room: %d %s", status, said)
	}
	for _, path := range []string{"/erase", "/owner", "/revoke"} {
		if status, said := s.post(t, path, url.Values{"room": {"room1"}, "member": {member}}); status != 410 || !strings.Contains(said, "was closed") {
			t.Errorf("%s in a closed room: %d %s", path, status, said)
		}
	}
}

func TestTheOperatorPrunes(t *testing.T) {
	s := openSite(t, stored(t))
	s.say(t, 30)
	for _, c := range []struct {
		keep, confirm string
		status        int
		says          string
	}{
		{"", "", 409, "--keep"},
		{"10 d", "", 400, "30d,10000events"},
		{"10", "", 400, "is it 10d or 10events"},
		{"10d", "", 200, `{"pruned":0}`},
		{"1ns", "", 400, "confirm=yes"},
		{"59m", "", 400, "confirm=yes"},
		{"60m", "", 200, `{"pruned":0}`},
		{"10events", "", 400, "confirm=yes"},
		{"30d,10events", "no", 400, "confirm=yes"},
		{"100events", "", 200, `{"pruned":0}`},
		{"10events", "yes", 200, `{"pruned":2`}, // of 30 messages and a claim 10 stay
		{"10events", "yes", 200, `{"pruned":0}`},
	} {
		if status, said := s.post(t, "/prune", url.Values{"keep": {c.keep}, "confirm": {c.confirm}}); status != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%q: %d %s", c.keep, status, said)
		}
	}
}

// A server with --keep prunes from its start on.
func TestAServerPrunesByItself(t *testing.T) {
	o := stored(t)
	t.Run("before", func(t *testing.T) { openSite(t, o).say(t, 30) })
	o.Rooms.Keep = snug.Keep{Last: 28} // of 31: less than a tenth goes, so it doesn't wait
	after := openSite(t, o)
	for ; ; time.Sleep(10 * time.Millisecond) {
		room, err := client.Join(t.Context(), after.users.URL, "room1", client.Options{Nick: "bob"})
		if err != nil {
			t.Fatal(err)
		}
		page, err := room.History(t.Context(), client.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if err := room.Close(); err != nil {
			t.Error(err)
		}
		if len(page.Events) <= 28 {
			return
		}
	}
}
