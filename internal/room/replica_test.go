package room

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// late is a node's copy of a log, which has what was committed since it was made, or last caught up, only
// once it catches up again.
type late struct {
	journal.Journal
	followers journal.Followers

	mu     sync.Mutex
	missed []func()
}

func newLate(t *testing.T, j journal.Journal) *late {
	t.Helper()
	l := &late{Journal: j}
	o := j.(journal.Observable)
	t.Cleanup(o.Observe(func(room string, entries []*journal.Entry) {
		l.miss(func() { l.followers.Push(room, 0, entries...) })
	}))
	position := uint64(0)
	t.Cleanup(o.ObserveChanges(func(room string, changes []journal.Change) {
		position++
		at := position
		l.miss(func() { l.followers.PushChanges(room, 0, at, changes) })
	}))
	return l
}

func (l *late) miss(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missed = append(l.missed, f)
}

func (l *late) Follow(ctx context.Context, room string) (journal.Snapshot, *journal.Feed, error) {
	return l.followers.Follow(ctx, room, func(ctx context.Context, room string) (journal.Snapshot, uint64, error) {
		s, feed, err := l.Journal.Follow(ctx, room)
		if err == nil {
			feed.Close()
		}
		return s, 0, err
	})
}

func (l *late) CatchUp(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.missed {
		f()
	}
	l.missed = nil
	return nil
}

func joinAndLeave(t *testing.T, g *Registry, q Request) error {
	p, _, err := g.Join(t.Context(), "lobby", q)
	if err == nil {
		t.Cleanup(p.Leave)
	}
	return err
}

// What one node has confirmed holds on another one at once: nothing is refused by an older state of the room,
// and lists are complete.
func TestANodeThatIsBehindKnowsWhatHolds(t *testing.T) {
	type scene struct {
		ann, bob *client // an owner, and a member, at one node
		early    *Registry
		late     *Registry
		visitor  *client // bob at another node, which doesn't know yet what ann does
	}
	asModerator := func(try func(s *scene) error) func(t *testing.T, s *scene) error {
		return func(_ *testing.T, s *scene) error {
			s.ann.mustModerate(Moderation{Action: protocol.ActionRole, Member: s.bob.id(), Role: protocol.RoleModerator})
			return try(s)
		}
	}
	asOwner := func(try func(s *scene, ann *Participant) error) func(t *testing.T, s *scene) error {
		return func(t *testing.T, s *scene) error {
			q := v1("ann")
			q.Seat = s.ann.welcome.You.Seat
			ann, err := s.late.Visit(t.Context(), "lobby", q)
			if err != nil {
				return err
			}
			t.Cleanup(ann.Leave)
			return try(s, ann)
		}
	}
	one := func(n int, err error) error {
		if err == nil && n != 1 {
			err = fmt.Errorf("%d, want 1", n)
		}
		return err
	}
	catchUp := func(t *testing.T, s *scene) {
		if err := catchUpWithOthers(t.Context(), s.late.options.Journal); err != nil {
			t.Fatal(err)
		}
	}
	newRoom := func(t *testing.T, s *scene) {
		if _, err := s.late.Describe(t.Context(), "den"); err != nil { // it is open there, and empty
			t.Fatal(err)
		}
		p, _, err := s.early.Join(t.Context(), "den", v1("ann"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Leave)
	}
	for name, try := range map[string]func(t *testing.T, s *scene) error{
		"a pin": asModerator(func(s *scene) error {
			_, err := s.visitor.moderate(Moderation{Action: protocol.ActionPin, Seq: s.ann.Head() - 1})
			return err
		}),
		"a deletion": asModerator(func(s *scene) error {
			_, err := s.visitor.submit(s.visitor.Delete(s.ann.t.Context(), "d", s.ann.Head()-1))
			return err
		}),
		"bans": asModerator(func(s *scene) error {
			_, err := s.visitor.Bans(s.ann.t.Context())
			return err
		}),
		"hooks": asModerator(func(s *scene) error {
			_, err := s.visitor.Hooks(s.ann.t.Context())
			return err
		}),
		"invites": asModerator(func(s *scene) error {
			_, err := s.visitor.Invites(s.ann.t.Context())
			return err
		}),
		"an export": asModerator(func(s *scene) error { return s.visitor.MayExport(s.ann.t.Context()) }),
		"a join of who is no longer banned": func(t *testing.T, s *scene) error {
			s.ann.mustModerate(Moderation{Action: protocol.ActionBan, Member: s.bob.id()})
			catchUp(t, s)
			s.ann.mustModerate(Moderation{Action: protocol.ActionUnban, Member: s.bob.id()})
			q := v1("bob")
			q.Seat = s.bob.welcome.You.Seat
			return joinAndLeave(t, s.late, q)
		},
		"a join with a password that was changed": func(t *testing.T, s *scene) error {
			s.ann.mustModerate(password("old"))
			catchUp(t, s)
			s.ann.mustModerate(password("new"))
			q := v1("zoe")
			q.Password = "new"
			return joinAndLeave(t, s.late, q)
		},
		"a join without a password that was removed": func(t *testing.T, s *scene) error {
			s.ann.mustModerate(password("old"))
			catchUp(t, s)
			s.ann.mustModerate(password(""))
			return joinAndLeave(t, s.late, v1("zoe"))
		},
		"a list of bans": asOwner(func(s *scene, ann *Participant) error {
			s.ann.mustModerate(Moderation{Action: protocol.ActionBan, Member: s.bob.id()})
			all, err := ann.Bans(s.ann.t.Context())
			return one(len(all), err)
		}),
		"a list of hooks": asOwner(func(s *scene, ann *Participant) error {
			s.ann.mustModerate(Moderation{Action: protocol.ActionHook, Name: "Alerts"})
			all, err := ann.Hooks(s.ann.t.Context())
			return one(len(all), err)
		}),
		"a list of invites": asOwner(func(s *scene, ann *Participant) error {
			s.ann.mustModerate(Moderation{Action: protocol.ActionInvite})
			all, err := ann.Invites(s.ann.t.Context())
			return one(len(all), err)
		}),
		"the end of an export": asOwner(func(s *scene, ann *Participant) error {
			o, err := s.ann.say(Message{ID: "newest", Content: "the newest"})
			if err == nil {
				err = ann.MayExport(s.ann.t.Context())
			}
			if _, _, head := ann.Position(); err == nil && head != o.Seq {
				err = fmt.Errorf("it ends with %d, and %d was confirmed", head, o.Seq)
			}
			return err
		}),
		"whose ban the operator lifts": func(t *testing.T, s *scene) error {
			s.ann.mustModerate(Moderation{Action: protocol.ActionBan, Member: s.bob.id()})
			return s.late.LiftBan(t.Context(), "lobby", s.bob.id())
		},
		"a new room that the operator locks": func(t *testing.T, s *scene) error {
			newRoom(t, s)
			return s.late.Lock(t.Context(), "den", true)
		},
		"a new room that the operator empties": func(t *testing.T, s *scene) error {
			newRoom(t, s)
			return s.late.EraseRoom(t.Context(), "den")
		},
		"a new room that the operator looks at": func(t *testing.T, s *scene) error {
			newRoom(t, s)
			p, _, err := s.late.Inspect(t.Context(), "den")
			if err == nil {
				p.Leave()
			}
			return err
		},
		"a knock": func(t *testing.T, s *scene) error {
			locked := true
			s.ann.mustModerate(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Locked: &locked}})
			q := v1("zoe")
			q.Client = &client{t: t, more: make(chan struct{}, 1)}
			k, err := s.late.Knock(t.Context(), "lobby", q, "")
			if err == nil {
				t.Cleanup(k.Leave)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := memoryJournal(t, memory.Options{})
				g := newRegistry(t, Options{Journal: j})
				s := &scene{early: g, ann: mustJoin(t, g, v1("ann")), bob: mustJoin(t, g, v1("bob"))}
				s.ann.mustSend("hello")
				s.late = newRegistry(t, Options{Journal: newLate(t, j), Idle: time.Hour})
				q := v1("bob")
				q.Seat = s.bob.welcome.You.Seat
				p, err := s.late.Visit(t.Context(), "lobby", q)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(p.Leave)
				s.visitor = &client{Participant: p, t: t, more: make(chan struct{}, 1)}
				if err := try(t, s); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
