package room

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/protocol"
)

// mentions returns whom the newest message of the log mentions.
func (c *client) mentions() []string {
	c.t.Helper()
	last := c.last()
	body, err := last.Message()
	if err != nil || last.Type != protocol.EventMessage {
		c.t.Fatalf("the last event is no message: %+v, %v", last, err)
	}
	return body.Mentions
}

// mustMention sends content and fails the test unless it mentions exactly the members.
func (c *client) mustMention(content string, members ...string) {
	c.t.Helper()
	c.mustSend(content)
	if got := c.mentions(); !slices.Equal(got, members) {
		c.t.Errorf("%q mentions %q, want %q", content, got, members)
	}
}

func (c *client) id() string { return c.You().Member }

func TestAMessageMentionsWhoIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		ann, bob := mustJoin(t, g, v1("Ann")), mustJoin(t, g, v1("bob"))
		guest := mustJoin(t, g, plain("cid"))
		ann.mustMention("hi bob")
		ann.mustMention("hi @BOB, @cid, @dan and @ann", bob.id(), guest.id(), ann.id())
		guest.mustMention("@bob", bob.id())
		ann.mustMention("```\n@bob\n```")

		if err := bob.Rename(t.Context(), nick("rob")); err != nil {
			t.Fatal(err)
		}
		ann.mustMention("@bob @rob", bob.id())
		hook := ann.connect(Moderation{Name: "Build bot"})
		ann.mustMention("@build bot, @rob?", hook.Member, bob.id())
		h := mustVisit(t, g, secretOf(hook))
		if _, err := h.submit(h.Send(t.Context(), Message{ID: "x", Content: "@rob: done", As: "ci"})); err != nil {
			t.Fatal(err)
		}
		if got := ann.mentions(); !slices.Equal(got, []string{bob.id()}) {
			t.Errorf("a hook mentions %q", got)
		}
		ann.mustModerate(Moderation{Action: protocol.ActionUnhook, Member: hook.Member})
		ann.Settle(t.Context())
		ann.mustMention("@build bot")
		left := bob.id()
		bob.Leave()
		synctest.Wait()
		ann.mustMention("@rob", left) // who may be back at once
		another := mustJoin(t, g, v1("rob"))
		ann.mustMention("@rob", another.id())
	})
}

func TestAMemberWhoLeftLongAgoIsNotMentioned(t *testing.T) {
	r := testRoster{roster: newRoster()}
	r.leave(r.stranger("first"))
	for i := range maxLeft - 1 {
		r.leave(r.stranger(fmt.Sprint("n", i)))
	}
	if got := r.mentionable.named([]byte("first")); !slices.Equal(got, []string{"m1"}) {
		t.Errorf("%q goes by first", got)
	}
	r.leave(r.stranger("last"))
	if got := r.mentionable.named([]byte("first")); got != nil || len(r.mentionable.left) != maxLeft {
		t.Errorf("%q goes by first, and %d nicks are remembered", got, len(r.mentionable.left))
	}
}

// The nicks of a room differ by more than what mentions are compared by.
func TestAMessageMentionsAllOfANick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		one, two := mustJoin(t, g, v1("straße")), mustJoin(t, g, v1("strasse"))
		one.mustMention("@Strasse", one.id(), two.id())
		two.Leave()
		synctest.Wait()
		one.mustMention("@Strasse", one.id())
	})
}

func TestARepeatIsOneWhoeverIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
		m := Message{ID: "again", Content: "@bob @cid"}
		first, err := ann.say(m)
		if err != nil || first.Duplicate {
			t.Fatalf("became %+v, %v", first, err)
		}
		for _, change := range []func(){
			func() {},
			func() { mustJoin(t, g, v1("cid")) },
			bob.Leave,
		} {
			change()
			synctest.Wait()
			if o, err := ann.say(m); err != nil || o != (journal.Outcome{Seq: first.Seq, Duplicate: true}) {
				t.Errorf("again: %+v, %v; want that it is a repeat of %d", o, err, first.Seq)
			}
		}
		if _, err = ann.say(Message{ID: "again", Content: "@bob"}); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("other content: %v, want a conflict", err)
		}
		// A message that mentioned nobody is the same message, too.
		m = Message{ID: "later", Content: "@dan"}
		if first, err = ann.say(m); err != nil {
			t.Fatal(err)
		}
		mustJoin(t, g, v1("dan"))
		if o, err := ann.say(m); err != nil || o != (journal.Outcome{Seq: first.Seq, Duplicate: true}) {
			t.Errorf("again, when dan has come: %+v, %v", o, err)
		}
	})
}

func TestAnEditChangesNoMentions(t *testing.T) {
	g := newOwnerless(t, Options{})
	ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
	ann.mustMention("@bob", bob.id())
	seq := ann.last().Seq
	if _, err := ann.edit("e", seq, "@ann"); err != nil {
		t.Fatal(err)
	}
	if body := string(ann.last().Body); body != `{"content":"@ann"}` {
		t.Errorf("the edit is %s", body)
	}
}

func TestMentionsAreBoundedInALargeRoom(t *testing.T) {
	g := newOwnerless(t, Options{})
	ann := mustJoin(t, g, v1("ann"))
	content := ""
	var want []string
	for i := range 2 * protocol.MaxMentions {
		name := fmt.Sprint("n", i)
		want = append(want, mustJoin(t, g, v1(name)).id())
		content += "@" + name + " "
	}
	ann.mustMention(content, want[:protocol.MaxMentions]...)
}

func TestMentionsAreFoundWhileOthersComeAndGo(t *testing.T) {
	g := newOwnerless(t, Options{})
	ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
	var others sync.WaitGroup
	for i := range 4 {
		others.Go(func() {
			for range 50 {
				p, _, err := g.Join(t.Context(), "lobby", v1(fmt.Sprint("other", i)))
				if err != nil {
					t.Error(err)
					return
				}
				p.Leave()
			}
		})
	}
	for range 50 {
		d, err := ann.Send(t.Context(), Message{Content: "@bob, @other1"})
		if err != nil {
			t.Fatal(err)
		}
		if m, err := d.journal.Event.Message(); err != nil || !slices.Contains(m.Mentions, bob.id()) {
			t.Errorf("it mentions %q, %v", m.Mentions, err)
		}
	}
	others.Wait()
}

// What mentions cost in a room of 10,000: to check a message, and to publish it in SQLite with
// 64 under way.
func BenchmarkMentions(b *testing.B) {
	j, err := local.Open(b.Context(), filepath.Join(b.TempDir(), "log.snug"), local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	g := newOwnerless(b, Options{Journal: closeAtEnd(b, j)})
	ann := mustJoin(b, g, v1("ann"))
	for i := range 10_000 {
		q := v1(fmt.Sprint("member ", i))
		if _, _, err := g.Join(b.Context(), "lobby", q); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct{ name, content string }{
		{"no @", "hello member 77, do you have time for **this** today?"},
		{"one", "hello @member 77, do you have time for **this** today?"},
		{"fifty", strings.Repeat("@member 77, ", 50)},
		{"4000 @", strings.Repeat("@", 4000)},
		{"2000 words", strings.Repeat("@小", 2000)},
		{"2000 brackets", strings.Repeat("[\n", 1000) + strings.Repeat("]\n", 999) + "@"},
	} {
		b.Run("check/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ann.Send(b.Context(), Message{Content: c.content}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("publish/"+c.name, func(b *testing.B) {
			underWay := make(chan struct{}, 64)
			for b.Loop() {
				underWay <- struct{}{}
				d, err := ann.Send(b.Context(), Message{Content: c.content})
				if err == nil {
					err = ann.Append(b.Context(), d, func(journal.Outcome, error) { <-underWay })
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			for range cap(underWay) {
				underWay <- struct{}{}
			}
		})
	}
}

func TestAMemberWhoHasLeftTakesNoNick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
		ann.mustMention("@bob", bob.id())
		bob.Leave()
		synctest.Wait()
		var refusal *protocol.Error
		if err := bob.Rename(t.Context(), nick("rob")); !errors.As(err, &refusal) || refusal.Code != protocol.NotFound {
			t.Errorf("another nick for one who has left: %v", err)
		}
		rob := mustJoin(t, g, v1("rob"))
		if got := rob.You().Nick; got != "rob" {
			t.Errorf("the nick is taken: the next one is %q", got)
		}
		ann.mustMention("@rob @bob", rob.id(), bob.id())
	})
}
