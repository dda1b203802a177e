package test

import (
	"fmt"
	"strings"
	"testing"
)

func TestATerminalIsInSeveralRooms(t *testing.T) {
	s := newSite(t)
	s.start()
	for _, columns := range []int{40, 80, 200} {
		t.Run(fmt.Sprintf("%d columns", columns), func(t *testing.T) {
			ops, lobby := fmt.Sprintf("ops%d", columns), fmt.Sprintf("lobby%d", columns)
			eve := s.guestIn(t, "eve", ops)
			tea := s.guestIn(t, "bob", "tea")
			ann := s.terminalIn(t, "ann", columns, 24, "tea")
			ann.sees("● ", "› Say something")
			ann.seesNot("[1 tea]")
			ann.keys("/join " + ops + enter)
			ann.sees("[2 "+ops+"]", "1 tea")

			// What comes is counted where it isn't seen, and marked where it is for ann.
			ann.keys("a draft")
			says(t, tea, "one")
			ann.sees("1 tea (1)")
			says(t, tea, "@ann two")
			ann.sees("1 tea (@1)")
			ann.keys(altOne)
			ann.sees("[1 tea]", "@ann two", "› Say something")
			ann.matches(`─ new ─`)
			ann.keys("hello" + enter)
			ann.matches(`┃ hello`)
			says(t, eve, "three")
			ann.sees("2 " + ops + " (1)")
			ann.keys(altA)
			ann.sees("[2 "+ops+"]", "› a draft", "three")
			ann.seesNot("hello")
			ann.keys(enter)
			ann.matches(`┃ a draft`)

			// A link opens a room too, and the same one only once.
			ann.keys("/join http://" + s.address() + "/r/" + lobby + enter)
			ann.sees("[3 " + lobby + "]")
			ann.keys("/join " + strings.ToUpper(ops) + enter)
			ann.sees("[2 "+ops+"]", "a draft")
			ann.keys(altThree + "/join http://" + s.address() + "/r/" + ops + "?from=mail" + enter)
			ann.sees("[2 " + ops + "]")
			ann.keys(altThree + "/part" + enter)
			ann.sees("[2 " + ops + "]")
			ann.seesNot(lobby)
			ann.keys("/rooms" + enter)
			ann.sees("Your rooms", "1  tea", "2  "+ops)
			ann.keys(escape)
			ann.seesNot("Your rooms")
			ann.keys("/quit" + enter)
			ann.leaves()
		})
	}
}
