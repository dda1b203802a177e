package room

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"snug/internal/journal"
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
		if _, err := h.submit(h.Send(Message{ID: "x", Content: "@rob: done", As: "ci"})); err != nil {
			t.Fatal(err)
		}
		if got := ann.mentions(); !slices.Equal(got, []string{bob.id()}) {
			t.Errorf("a hook mentions %q", got)
		}
		ann.mustModerate(Moderation{Action: protocol.ActionUnhook, Member: hook.Member})
		ann.Settle(t.Context())
		ann.mustMention("@build bot")
		bob.Leave()
		synctest.Wait()
		ann.mustMention("@rob")
	})
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

func BenchmarkSend(b *testing.B) {
	for _, c := range []struct{ name, content string }{
		{"no mention", "hello bob, do you have time for **this**?"},
		{"mention", "hello @bob, do you have time for **this**?"},
	} {
		b.Run(c.name, func(b *testing.B) {
			ann := mustJoin(b, newOwnerless(b, Options{}), v1("ann"))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ann.Send(Message{ID: "x", Content: c.content}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
