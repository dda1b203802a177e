package test

import (
	"path/filepath"
	"testing"
)

// An owner runs a room in the terminal, from its name to its end.
func TestARoomIsNamedPinnedSharedAndClosedInTheTerminal(t *testing.T) {
	s := newSite(t)
	s.start()
	ann := s.terminal(t, "ann", 100, 30)
	ann.sees("› Say something")
	bob := s.terminal(t, "bob", 100, 30)
	bob.sees("› Say something")

	ann.keys("/name Tea room" + enter)
	bob.matches("^Tea room tea ")
	bob.sees("ann named the room Tea room")
	bob.keys("biscuits at four" + enter)
	ann.sees("biscuits at four")
	ann.keys("/pin" + enter)
	bob.sees("biscuits at four (pinned)")
	bob.keys("/pins" + enter)
	bob.sees("1. bob: biscuits at four")
	bob.keys(escape)
	ann.keys("/device" + enter)
	ann.sees("/r/tea#transfer=")
	ann.keys(escape)
	ann.seesNot("#transfer=")

	ann.keys("/close" + enter)
	ann.sees("type /close tea")
	ann.keys("/close tea" + enter)
	for _, x := range []*terminal{ann, bob} {
		x.sees("The room is closed, and its messages are erased.", "ann closed the room")
		x.seesNot("biscuits")
		x.keys("/quit" + enter)
		x.leaves()
	}
	for _, nick := range []string{"ann", "bob"} {
		if seats, err := filepath.Glob(filepath.Join(s.config(nick), "snug", "seats", "*")); err != nil || len(seats) > 0 {
			t.Errorf("of the closed room, %s still has %s, %v", nick, seats, err)
		}
	}
}

func TestSomebodyIsLetIntoALockedRoomInTheTerminal(t *testing.T) {
	s := newSite(t)
	s.start()
	ann := s.terminal(t, "ann", 100, 30)
	ann.sees("› Say something")
	ann.keys("/lock" + enter)
	ann.sees("ann locked the room")
	bob := s.terminal(t, "bob", 100, 30)
	bob.sees("tea is locked. To ask those inside to let you in")
	bob.keys("we met at the fair" + enter)
	bob.sees("waiting for somebody to let you in, for up to 10m")
	ann.sees("bob asks to be let in: we met at the fair (/admit bob)")
	ann.keys("/admit" + enter)
	bob.sees("› Say something", "ann let in bob")
	bob.keys("thank you" + enter)
	ann.sees("│ thank you")

	cy := s.terminal(t, "cy", 100, 30)
	cy.sees("tea is locked")
	cy.keys(enter)
	ann.sees("cy asks to be let in (/admit cy)")
	cy.keys(ctrlC)
	cy.leaves()
	ann.sees("cy no longer waits to be let in")

	ann.keys("/invite 1 24h" + enter)
	ann.sees("/r/tea#invite=", "for one more")
}
