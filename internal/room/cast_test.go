package room

import (
	"errors"
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

// moderate carries out m and waits until the room has published it.
func (c *client) moderate(m Moderation) (o journal.Outcome, err error) {
	if m.ID == "" {
		m.ID = auto(c)
	}
	o, err = c.submit(c.Moderate(c.t.Context(), m))
	c.Settle(c.t.Context())
	return o, err
}

// mustModerate is moderate, and fails the test unless m is accepted.
func (c *client) mustModerate(m Moderation) {
	c.t.Helper()
	if o, err := c.moderate(m); err != nil || o.Duplicate {
		c.t.Fatalf("%+v became %+v, %v", m, o, err)
	}
}

// auto returns an ID that c hasn't used.
func auto(c *client) string {
	c.sent++
	return "auto" + string(rune('A'+c.sent))
}

func (c *client) edit(id string, seq uint64, content string) (journal.Outcome, error) {
	return c.submit(c.Edit(c.t.Context(), id, seq, content))
}

func (c *client) erase(id string, seq uint64) (journal.Outcome, error) {
	o, err := c.submit(c.Delete(c.t.Context(), id, seq))
	c.Settle(c.t.Context())
	return o, err
}

func (c *client) react(id string, seq uint64) (journal.Outcome, error) {
	return c.submit(c.React(id, seq, "👍", false))
}

// code returns the code of a refusal; "ok" if there is none.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return "ok"
	}
	var refused *protocol.Error
	if !errors.As(Refusal(err), &refused) || refused.Message == "" {
		t.Errorf("%v says nothing", err)
	}
	return string(refused.Code)
}

// cast is a room with two owners, two moderators, two members and two guests, by
// name: "owner", "owner2" and so on. Each has sent one message.
type cast struct {
	*Registry
	by   map[string]*client
	said map[string]uint64 // the seq of each one's message
}

var roles = []string{"owner", "moderator", "member", "guest"}

func newCast(t *testing.T, o Options) *cast {
	t.Helper()
	c := &cast{Registry: newRegistry(t, o), by: map[string]*client{}, said: map[string]uint64{}}
	for _, role := range roles {
		for _, name := range []string{role, role + "2"} {
			q := v1("an" + name)
			if role == "guest" {
				q = plain("an" + name)
			}
			q.Address = name
			who := mustJoin(t, c.Registry, q)
			c.by[name] = who
			if role == "owner" || role == "moderator" {
				if name != "owner" {
					c.by["owner"].mustModerate(Moderation{Action: protocol.ActionRole, Member: who.You().Member, Role: protocol.Role(role)})
				}
				if got := who.You().Role; string(got) != role {
					t.Fatalf("%s is %s", name, got)
				}
			}
			o, err := who.say(Message{ID: "said", Content: "I am " + name})
			if err != nil {
				t.Fatal(err)
			}
			c.said[name] = o.Seq
			who.Settle(t.Context())
		}
	}
	return c
}

// target returns the name of the member that a command is about.
func target(by, whom string) string {
	if by == whom {
		return whom + "2"
	}
	return whom
}

// member returns the member ID for a name.
func (c *cast) member(name string) string {
	if who := c.by[name]; who != nil {
		return who.You().Member
	}
	return "nobody-at-all"
}
