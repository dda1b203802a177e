package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTwoTerminalsTalk(t *testing.T) {
	s := newSite(t)
	s.start()
	ann := s.terminal(t, "ann", 100, 30)
	ann.sees("connected", "ann owns the room", "@ann (you)")
	bob := s.terminal(t, "bob", 100, 30)
	ann.sees("bob joined", "2 here")

	bob.keys("is anybody")
	ann.sees("bob is typing")
	bob.keys(" here?" + enter)
	ann.matches(`^\d\d:\d\d +bob │ is anybody here\?`)
	bob.matches(`^\d\d:\d\d +bob ┃ is anybody here\?`)
	ann.seesNot("is typing")

	ann.keys("/reply I am" + enter)
	bob.matches(`ann │ ↳ bob: is anybody here\? .*\n +│ I am`)
	bob.keys("/react 👍" + enter)
	ann.matches(`┃ I am .*\n +┃ 👍 `)
	ann.keys("/react 👍" + enter)
	ann.matches(`│ is anybody here\? .*\n +│ 👍 `)

	bob.keys("helo" + enter)
	ann.sees("│ helo")
	bob.keys("/edit hello" + enter)
	ann.sees("│ hello (edited)")
	ann.seesNot("helo")
	bob.keys("/delete" + enter)
	ann.sees("│ (erased)")
	ann.seesNot("hello")

	bob.keys("/me waves" + enter)
	ann.matches(`\* │ bob waves`)
	bob.keys("one" + altEnter + "two" + enter)
	ann.matches(`│ one .*\n +│ two`)
	bob.keys("/nick robert" + enter)
	ann.sees("bob is now robert")

	bob.keys(ctrlC + ctrlC)
	bob.leaves()
	ann.sees("robert left", "1 here")
	ann.keys("/quit" + enter)
	ann.leaves()
}

func TestTheOwnerKeepsOrder(t *testing.T) {
	s := newSite(t)
	s.start()
	ann := s.terminal(t, "ann", 100, 30)
	ann.sees("@ann (you)")
	bob := s.terminal(t, "bob", 100, 30)
	bob.sees("connected")
	ann.keys("/topic Tea, mostly green" + enter)
	bob.sees("tea · Tea, mostly green")
	bob.keys("/topic Coffee" + enter)
	bob.sees("! /topic: ")
	ann.keys("/role bo\t")
	ann.sees("› /role bob")
	ann.keys("moderator" + enter)
	bob.sees("+bob (you)", "ann made bob a moderator")
	ann.keys("/slow 2s" + enter)
	ann.sees("slow 2s")
	ann.keys("/slow -" + enter)
	ann.seesNot("slow 2s  ●")
	ann.keys("/lock" + enter)
	bob.sees("locked  ●")
	ann.keys("/unlock" + enter)
	bob.seesNot("locked  ●")

	// The message that is chosen says whom.
	bob.keys("buy my things" + enter)
	ann.sees("buy my things")
	ann.keys(altUp)
	ann.sees("▶ buy my things")
	ann.keys("/delete" + enter)
	ann.sees("(erased)")
	ann.keys("/kick bob no selling" + enter)
	bob.sees("ann kicked bob: no selling", "✗ closed")
	bob.keys("/join tea" + enter)
	bob.sees("! /join tea: banned", "✗ closed")
	ann.keys("/ban bob 7d" + enter)
	ann.sees("ann banned bob until")
	ann.keys("/bans" + enter)
	ann.sees("─ Bans ─", "bob, by ann, until")
	ann.keys(escape)
	ann.seesNot("─ Bans ─")
	ann.keys("/unban bob" + enter)
	ann.sees("ann lifted the ban on bob")
	bob.keys("/join tea" + enter)
	bob.sees("● connected", "ann lifted the ban on bob")
	bob.keys(ctrlC + ctrlC)
	bob.leaves()

	ann.keys("/password sesame" + enter)
	ann.sees("ann set a password")
	eve := s.terminal(t, "eve", 80, 24)
	eve.sees("Password of tea:")
	eve.keys("open" + enter)
	eve.matches(`(?s)Password of tea:.*Password of tea:`)
	eve.keys("sesame" + enter)
	eve.sees("connected")
	if strings.Contains(eve.String(), "sesame") {
		t.Errorf("the password is shown:\n%s", eve)
	}
}

func TestAReturningUserIsTheSameMember(t *testing.T) {
	s := newSite(t)
	s.start()
	ann := s.terminal(t, "ann", 100, 24)
	ann.sees("@ann (you)")
	ann.keys("/nick anna" + enter)
	ann.sees("@anna (you)")
	ann.keys("one" + enter)
	ann.matches(`^\d\d:\d\d +anna ┃ one`)
	ann.keys("/quit" + enter)
	ann.leaves()
	says(t, s.guest(t, "bob"), "while you were away")

	ann = s.terminal(t, "ann", 100, 24)
	ann.sees("@anna (you)")
	ann.matches(`anna ┃ one .*\n─+ new ─+ .*\n.* bob │ while you were away`)

	seats, err := filepath.Glob(filepath.Join(s.config("ann"), "snug", "seats", "*"))
	if err != nil || len(seats) != 1 {
		t.Fatalf("seats: %q, %v", seats, err)
	}
	for file, want := range map[string]os.FileMode{seats[0]: 0o600, filepath.Dir(seats[0]): os.ModeDir | 0o700} {
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v, %v; want %v", file, info.Mode(), err, want)
		}
	}
}

func TestNOCOLORIsObeyed(t *testing.T) {
	s := newSite(t)
	s.start()
	colours := func(x *terminal) (n int) {
		for _, row := range x.Cells() {
			for _, c := range row {
				if c.Style.Fg != nil || c.Style.Bg != nil {
					n++
				}
			}
		}
		return n
	}
	ann := s.terminal(t, "ann", 80, 24)
	ann.sees("connected", "@ann (you)")
	if colours(ann) == 0 {
		t.Error("there is no colour where it is wanted")
	}
	bob := s.terminal(t, "bob", 80, 24, "NO_COLOR=1")
	bob.sees("connected", "bob (you)")
	bob.keys("hello" + enter)
	bob.matches(`bob ┃ hello`)
	if n := colours(bob); n != 0 {
		t.Errorf("%d cells have a colour", n)
	}
}
