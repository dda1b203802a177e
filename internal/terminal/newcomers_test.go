package terminal

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"snug/protocol"
)

func TestWhoKnocksIsAnnouncedOnceAndLetIn(t *testing.T) {
	s := newTestModel(150, 24, 0)
	if _, err := s.admit("zoe"); err == nil || err.Error() != "nobody waits before the room" {
		t.Errorf("nobody waits: %v", err)
	}
	zoe := protocol.Knock{Member: "m-zoe", Nick: "zoe \x1b", Note: "we met at the fair"}
	s.now.waiting = []protocol.Knock{zoe}
	s.happen(&zoe)
	s.happen(&zoe) // again, after a new connection
	s.sees(t, `zoe \x1b asks to be let in: we met at the fair (/admit zoe \x1b)`)
	if n := strings.Count(strings.Join(s.screen(), "\n"), "asks to be let in"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	s.composer.set("/admit z")
	s.press(tea.Key{Code: tea.KeyTab})
	if got := s.composer.area.Value(); got != `/admit zoe \x1b ` {
		t.Errorf("Tab completes to %q", got)
	}
	eve := protocol.Knock{Member: "m-eve", Nick: "eve"}
	if cmd, err := s.admit(""); cmd == nil || err != nil {
		t.Errorf("the only one who waits isn't let in: %v", err)
	}
	s.now.waiting = append(s.now.waiting, eve)
	s.happen(&eve)
	for words, want := range map[string]bool{"EVE": true, `zoe \x1b`: true, "m-eve": true, "": false, "bob": false} {
		if cmd, err := s.admit(words); (cmd != nil) != want || (err == nil) != want {
			t.Errorf("/admit %s: %v", words, err)
		}
	}
	other := protocol.Knock{Member: "m-other", Nick: "Eve", Note: "from work"}
	s.now.waiting = append(s.now.waiting, other)
	s.happen(&other)
	if _, err := s.admit("eve"); err == nil || err.Error() != "several of that nick wait: give one of these IDs: m-eve, m-other from work" {
		t.Errorf("one of two is let in: %v", err)
	}
	if cmd, err := s.admit("m-other"); cmd == nil || err != nil {
		t.Errorf("by their ID: %v", err)
	}
	s.now.waiting = []protocol.Knock{zoe}
	s.happen(&protocol.Knock{Member: "m-eve", Gone: true})
	s.sees(t, "eve no longer waits to be let in")
	s.now.waiting = nil
	s.logs(protocol.EventModerated, ann, 0, `{"action":"admit","member":"m-zoe","nick":"zoe"}`)
	s.happen(&protocol.Knock{Member: "m-zoe", Gone: true})
	s.sees(t, "ann let in zoe")
	s.seesNot(t, `zoe \x1b no longer waits`)
}

func TestInvitesAreShown(t *testing.T) {
	s := newTestModel(100, 24, 0)
	until := noon()
	one := protocol.InviteInfo{Invite: "i-1", By: ann, URL: "https://chat.example/r/tea#invite=s3cret", Uses: 1, Until: &until}
	rows := strings.Join(madeRows(s.transcript.canvas, &one), "\n")
	if !strings.Contains(rows, "\nhttps://chat.example/r/tea#invite=s3cret\n") || !strings.Contains(rows, "until 2026-03-04 12:00, for one more") || !strings.Contains(rows, "/uninvite i-1") {
		t.Errorf("shown is\n%s", rows)
	}
	rows = strings.Join(inviteRows(s.transcript.canvas, []protocol.InviteInfo{one, {Invite: "i-2", By: bob, Uses: 3}}), "\n")
	if !strings.Contains(rows, "i-1, by ann, until 2026-03-04 12:00, for one more") || !strings.Contains(rows, "i-2, by bob, for good, for 3 more") {
		t.Errorf("listed are\n%s", rows)
	}
	for words, want := range map[string]bool{"": true, "1": true, "24h": true, "3 7d": true, "7d 3": true, "0": false, "soon": false, "1 2": false, "1h 2h": false} {
		if cmd, err := s.invite(words); (cmd != nil) != want || (err == nil) != want {
			t.Errorf("/invite %s: %v", words, err)
		}
	}
}
