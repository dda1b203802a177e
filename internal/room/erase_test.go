package room

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal/memory"
	"snug/protocol"
)

// A reader is a little behind, where the buffer still has what it hasn't read.
func TestAnErasedMessageLeavesTheBuffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, slow, slowPlain := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("slow")), mustJoin(t, g, plain("p"))
		o, err := ann.say(Message{ID: "1", Content: "canary"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ann.edit("2", o.Seq, "canary too"); err != nil {
			t.Fatal(err)
		}
		if _, err := ann.erase("3", o.Seq); err != nil {
			t.Fatal(err)
		}
		ann.mustSend("after")
		time.Sleep(eraseAfter)
		synctest.Wait()
		for _, c := range []*client{slow, slowPlain} {
			if seen := strings.Join(c.read(), "\n"); strings.Contains(seen, "canary") || !strings.Contains(seen, "after") {
				t.Errorf("%s is shown\n%s", c.You().Nick, seen)
			}
		}
	})
}

// A page that was read before the erasure must not be used after it.
func TestAnErasedMessageLeavesSharedPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		ann.mustSend("canary")
		synctest.Wait()
		if seen := mustJoin(t, g, v1("first")).read(); !strings.Contains(strings.Join(seen, "\n"), "canary") {
			t.Fatalf("before, one who joins is shown %v", seen)
		}
		second := mustJoin(t, g, v1("second")) // which wants the same page as the first one
		if _, err := ann.erase("d", 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if seen := strings.Join(second.read(), "\n"); strings.Contains(seen, "canary") {
			t.Errorf("after it, one is shown\n%s", seen)
		}
	})
}

func TestErasingAMembersMessagesKeepsThoseOfOthers(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			g := newOwnerless(t, Options{Journal: engine(t)})
			ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
			for range 200 {
				ann.mustSend("canary", "canary")
				bob.mustSend("stays")
			}
			if n, err := g.Erase(t.Context(), "lobby", ann.You().Member); n != 400 || err != nil {
				t.Errorf("%d are erased, %v; want 400", n, err)
			}
			page, err := g.options.Journal.ReadAfter(t.Context(), "lobby", 0, 2000)
			stays := 0
			for ; len(page) > 0 && err == nil; page, err = g.options.Journal.ReadAfter(t.Context(), "lobby", page[len(page)-1].Seq, 2000) {
				for _, e := range page {
					if strings.Contains(string(e.Body), "canary") {
						t.Fatalf("%d is still there", e.Seq)
					}
					if strings.Contains(string(e.Body), "stays") {
						stays++
					}
					if e.Type == protocol.EventDeleted && (e.From.Member != operator || e.From.Role != protocol.RoleOwner) {
						t.Fatalf("it was erased by %+v", e.From)
					}
				}
			}
			if err != nil || stays != 200 {
				t.Errorf("%d of bob's stay, %v", stays, err)
			}
			if n, err := g.Erase(t.Context(), "lobby", ann.You().Member); n != 0 || err != nil {
				t.Errorf("again: %d, %v", n, err)
			}
		})
	}
}

// Also after a restart, where the room's state says what is pinned.
func TestWhatTheOperatorErasesIsNoLongerPinned(t *testing.T) {
	j := memoryJournal(t, memory.Options{})
	g := newRegistry(t, Options{Journal: j})
	ann := mustJoin(t, g, v1("ann"))
	ann.mustSend("pinned")
	const pinned = 2 // after the claim
	ann.mustModerate(Moderation{ID: "pin", Action: protocol.ActionPin, Seq: pinned})
	if pins := mustJoin(t, g, v1("bob")).welcome.Pins; !slices.Equal(pins, []uint64{pinned}) {
		t.Fatalf("before, %v are pinned", pins)
	}
	if n, err := g.Erase(t.Context(), "lobby", ann.You().Member); n != 1 || err != nil {
		t.Fatalf("%d are erased, %v", n, err)
	}
	for when, g := range map[string]*Registry{"at once": g, "after a restart": newRegistry(t, Options{Journal: j})} {
		if pins := mustJoin(t, g, v1("bob")).welcome.Pins; len(pins) > 0 {
			t.Errorf("%s, %v are pinned", when, pins)
		}
	}
}
