package room

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug/protocol"
)

// One is a little behind, where the wire still has what it hasn't read.
func TestAnErasedMessageLeavesTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(t, Options{})
		ann, slow, slowPlain := enter(t, g, v1("ann")), enter(t, g, v1("slow")), enter(t, g, plain("p"))
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
		ann.says("after")
		time.Sleep(eraseAfter)
		synctest.Wait()
		for _, c := range []*client{slow, slowPlain} {
			if seen := strings.Join(c.read(), "\n"); strings.Contains(seen, "canary") || !strings.Contains(seen, "after") {
				t.Errorf("%s is shown\n%s", c.You().Nick, seen)
			}
		}
	})
}

// A page that was read for others before the erasure isn't shown after it.
func TestAnErasedMessageLeavesWhatWasReadForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(t, Options{})
		ann := enter(t, g, v1("ann"))
		ann.says("canary")
		synctest.Wait()
		if seen := enter(t, g, v1("first")).read(); !strings.Contains(strings.Join(seen, "\n"), "canary") {
			t.Fatalf("before, one who joins is shown %v", seen)
		}
		second := enter(t, g, v1("second")) // who stands where the first one stood
		if _, err := ann.erase("d", 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if seen := strings.Join(second.read(), "\n"); strings.Contains(seen, "canary") {
			t.Errorf("after it, one is shown\n%s", seen)
		}
	})
}

func TestErasingAllOfAMemberLeavesTheOthers(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			g := open(t, Options{Journal: engine(t)})
			ann, bob := enter(t, g, v1("ann")), enter(t, g, v1("bob"))
			for range 200 {
				ann.says("canary", "canary")
				bob.says("stays")
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
