package room

import (
	"sync"
	"testing"
	"time"

	"snug/internal/journal/memory"
	"snug/protocol"
)

// In real time, since many have to join an empty room at the same moment.
func TestTheFirstClaimInTheLogWins(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			g := newRegistry(t, Options{Journal: engine(t), Idle: time.Millisecond})
			var all sync.WaitGroup
			var mu sync.Mutex
			var owners []*client
			for range 30 {
				all.Go(func() {
					c := mustJoin(t, g, v1("ann"))
					mu.Lock()
					defer mu.Unlock()
					if c.welcome.You.Role == protocol.RoleOwner {
						owners = append(owners, c)
					}
					if c.welcome.Head == 0 {
						t.Error("the welcome didn't wait for the claim")
					}
					c.Leave()
				})
			}
			all.Wait()
			if len(owners) != 1 {
				t.Fatalf("%d owners", len(owners))
			}
			g.running.Wait() // the room has ended; its log is still there
			again := mustJoin(t, g, owners[0].back(""))
			if again.You().Role != protocol.RoleOwner || again.welcome.Head != 1 {
				t.Errorf("came back as %s, to a log of %d", again.You().Role, again.welcome.Head)
			}
			if late := mustJoin(t, g, v1("late")); late.You().Role != protocol.RoleMember {
				t.Errorf("a late one is %s", late.You().Role)
			}
		})
	}
}

func TestWithoutTheJournalTheFirstMemberIsNoOwner(t *testing.T) {
	j := &deaf{Journal: memoryJournal(t, memory.Options{})}
	j.deaf.Store(true)
	g := newRegistry(t, Options{Journal: j})
	first := mustJoin(t, g, v1("ann"))
	if first.You().Role != protocol.RoleMember || first.welcome.Head != 0 {
		t.Errorf("came in as %s, to a log of %d", first.You().Role, first.welcome.Head)
	}
	j.deaf.Store(false)
	if again := mustJoin(t, g, first.back("")); again.You().Role != protocol.RoleOwner {
		t.Errorf("when it takes messages again, who comes is %s", again.You().Role)
	}
	if first.You().Role != protocol.RoleOwner {
		t.Error("the member's other connection doesn't know")
	}
}

func TestPlainClientsClaimNothing(t *testing.T) {
	g := newRegistry(t, Options{})
	p := mustJoin(t, g, plain("p"))
	if p.You().Role != protocol.RoleMember || p.welcome.Head != 0 {
		t.Errorf("came in as %s, to a log of %d", p.You().Role, p.welcome.Head)
	}
	if c := mustJoin(t, g, v1("ann")); c.You().Role != protocol.RoleOwner {
		t.Errorf("the first with a seat is %s", c.You().Role)
	}
}

// Or one message to a code, before the planned owner comes, would leave the room without
// an owner for good.
func TestARoomThatGuestsBeganIsClaimedByItsFirstMember(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			j := engine(t)
			g := newRegistry(t, Options{Journal: j, Idle: time.Millisecond})
			p := mustJoin(t, g, plain("p"))
			p.mustSend("mine")
			p.Leave()
			g.running.Wait() // the room has ended since
			ann := mustJoin(t, g, v1("ann"))
			if ann.You().Role != protocol.RoleOwner || ann.welcome.Head != 2 {
				t.Errorf("the first member is %s, with a log of %d", ann.You().Role, ann.welcome.Head)
			}
			if back := mustJoin(t, g, plain("p")); back.You().Role != protocol.RoleMember {
				t.Errorf("a guest is %s", back.You().Role)
			}
			if bob := mustJoin(t, g, v1("bob")); bob.You().Role != protocol.RoleMember {
				t.Errorf("the second member is %s", bob.You().Role)
			}
		})
	}
}

func TestARoomThatWasClaimedIsNotClaimedAgain(t *testing.T) {
	j := memoryJournal(t, memory.Options{Keep: 1}) // the claim itself is pruned
	g := newRegistry(t, Options{Journal: j, Idle: time.Millisecond})
	ann := mustJoin(t, g, v1("ann"))
	ann.mustSend("hi", "ho")
	ann.Leave()
	g.running.Wait()
	if bob := mustJoin(t, g, v1("bob")); bob.You().Role != protocol.RoleMember || bob.welcome.Head != 3 {
		t.Errorf("who comes to a claimed room is %s, with a log of %d", bob.You().Role, bob.welcome.Head)
	}
}

// Or the next one, whose token grants nothing, would own the room.
func TestAnOwnerByTokenClaimsLikeAnyone(t *testing.T) {
	g := newRegistry(t, Options{})
	staff, user := mustJoin(t, g, withToken("staff", protocol.RoleOwner)), mustJoin(t, g, withToken("user", protocol.RoleMember))
	if staff.You().Role != protocol.RoleOwner || user.You().Role != protocol.RoleMember {
		t.Errorf("staff is %s, a user %s", staff.You().Role, user.You().Role)
	}
	if err := staff.Grant(t.Context(), protocol.RoleMember); err != nil || staff.You().Role != protocol.RoleOwner {
		t.Errorf("without what the token grants, who claimed the room is %s, %v", staff.You().Role, err)
	}
}

// A room that somebody only looks into stays as it is: without a log and an owner.
func TestAJoinWithoutAClaimMakesNothing(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			g := newRegistry(t, Options{Journal: engine(t), Idle: time.Millisecond})
			looks := v1("reader")
			looks.NoClaim = true
			reader := mustJoin(t, g, looks)
			if reader.You().Role != protocol.RoleMember || reader.welcome.Head != 0 {
				t.Errorf("a reader is %s, in a log of %d", reader.You().Role, reader.welcome.Head)
			}
			ann := mustJoin(t, g, v1("ann"))
			if ann.You().Role != protocol.RoleOwner || ann.welcome.Head != 1 {
				t.Errorf("the first who claims is %s, with a log of %d", ann.You().Role, ann.welcome.Head)
			}
			if late := mustJoin(t, g, looks); late.You().Role != protocol.RoleMember || late.welcome.Head != 1 {
				t.Errorf("a later reader is %s, in a log of %d", late.You().Role, late.welcome.Head)
			}
		})
	}
}
