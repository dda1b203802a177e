package room

import (
	"strings"
	"testing"

	"snug/protocol"
)

// connect makes a hook, and returns what its maker is told.
func (c *client) connect(m Moderation) protocol.Hook {
	c.t.Helper()
	m.Action, m.ID = protocol.ActionHook, auto(c)
	d, err := c.Moderate(c.t.Context(), m)
	made := d.Hook
	if o, err := c.submit(d, err); err != nil || o.Duplicate || made == nil {
		c.t.Fatalf("a hook became %+v, %v, %+v", o, err, made)
	}
	c.Settle(c.t.Context())
	return *made
}

func secretOf(h protocol.Hook) string { return strings.TrimPrefix(h.URL, HookPath) }

// visit returns the hook that a secret stands for.
func visit(t tb, g *Registry, secret string) (*client, error) {
	t.Helper()
	code, member, ok := g.OpenHook(secret)
	if !ok || code != "lobby" {
		t.Fatalf("the secret opens %q, %t", code, ok)
	}
	p, err := g.VisitHook(t.Context(), code, member)
	if err != nil {
		return nil, err
	}
	t.Cleanup(p.Leave)
	return &client{Participant: p, t: t}, nil
}

func mustVisit(t tb, g *Registry, secret string) *client {
	t.Helper()
	c, err := visit(t, g, secret)
	if err != nil {
		t.Fatalf("visit a hook: %v", err)
	}
	return c
}

// last returns the newest event of the log.
func (c *client) last() protocol.Event {
	c.t.Helper()
	c.Settle(c.t.Context())
	page, err := c.ReadBefore(c.t.Context(), protocol.MaxSeq, 1)
	if err != nil || len(page.Events) == 0 {
		c.t.Fatalf("read the last event: %v, %v", page, err)
	}
	return page.Events[0]
}

func TestAHookSpeaks(t *testing.T) {
	g := newRegistry(t, Options{})
	owner := mustJoin(t, g, v1("olga"))
	h := owner.connect(Moderation{Name: "Alerts"})
	if event := string(owner.last().Body); event != `{"action":"hook","member":"`+h.Member+`","nick":"Alerts"}` {
		t.Errorf("everyone is told %s", event)
	}
	owner.mustModerate(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{
		Locked: new(true), SlowMS: new(int64(3_600_000)), Password: new(true),
	}, Password: "open sesame"})
	hook := mustVisit(t, g, secretOf(h))
	for content, as := range map[string][2]string{
		"one":   {"Grafana", `{"as":"Grafana","content":"one"}`},
		"two":   {"", `{"content":"two"}`},
		"three": {"Alerts", `{"content":"three"}`},  // says nothing
		"four":  {"server", `{"content":"four"}`},   // would be taken for somebody who runs the server
		"five":  {"a\x1b[2J", `{"content":"five"}`}, // no nick
		"six":   {strings.Repeat("x", 40), `{"as":"` + strings.Repeat("x", 32) + `","content":"six"}`},
	} {
		if _, err := hook.submit(hook.Send(t.Context(), Message{ID: content, Content: content, As: as[0]})); err != nil {
			t.Fatalf("send %s: %v", content, err)
		}
		e := owner.last()
		if string(e.Body) != as[1] {
			t.Errorf("sent as %q: %s, want %s", as[0], e.Body, as[1])
		}
		if want := (protocol.Member{Member: h.Member, Nick: "Alerts", Role: protocol.RoleMember, Bot: true}); e.From != want {
			t.Errorf("from %+v, want %+v", e.From, want)
		}
	}
	if o, err := hook.submit(hook.Send(t.Context(), Message{ID: "one", Content: "one", As: "Grafana"})); err != nil || !o.Duplicate {
		t.Errorf("sent again: %+v, %v", o, err)
	}
	if n := owner.welcome.Count; n != 1 {
		t.Errorf("%d members are in the room", n)
	}
}

func TestARemovedHookIsSilent(t *testing.T) {
	g := newRegistry(t, Options{})
	owner := mustJoin(t, g, v1("olga"))
	h := owner.connect(Moderation{Name: "Alerts"})
	before := mustVisit(t, g, secretOf(h))
	draft, err := before.Send(t.Context(), Message{ID: "late", Content: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	owner.mustModerate(Moderation{Action: protocol.ActionUnhook, Member: h.Member})
	if _, err := before.submit(draft, nil); code(t, err) != string(protocol.Forbidden) {
		t.Errorf("what it has begun to say before: %v", err)
	}
	if _, err := visit(t, g, secretOf(h)); code(t, err) != string(protocol.NotFound) {
		t.Errorf("its secret: %v", err)
	}
	if e := owner.last(); e.Type != protocol.EventModerated {
		t.Errorf("the last event is %+v", e)
	}
	// Another one with the same name has another secret.
	if again := owner.connect(Moderation{Name: "Alerts"}); again.URL == h.URL || again.Member == h.Member {
		t.Errorf("made again it is %+v, as before", again)
	}
}

func TestHooksOutliveARestart(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			j := engine(t)
			g := newRegistry(t, Options{Journal: j, Outgoing: true})
			owner := mustJoin(t, g, v1("olga"))
			h := owner.connect(Moderation{Name: "Alerts", To: "https://example.com/t0ken", Secret: "s3cret"})
			removed := owner.connect(Moderation{Name: "Old"})
			owner.mustModerate(Moderation{Action: protocol.ActionUnhook, Member: removed.Member})
			hook := mustVisit(t, g, secretOf(h))
			hook.mustSend("hello")
			used := owner.last()
			g.Close()

			g = newRegistry(t, Options{Journal: j})
			owner = mustJoin(t, g, owner.back(""))
			hooks, err := owner.Hooks(t.Context())
			if err != nil || len(hooks) != 1 {
				t.Fatalf("%+v, %v", hooks, err)
			}
			if got := hooks[0]; got.URL != h.URL || got.SigningSecret != h.SigningSecret || got.To != "https://example.com/t0ken" || got.Used == nil {
				t.Errorf("%+v, made as %+v", got, h)
			} else if off := got.Used.Sub(used.At).Abs().Seconds(); off > 60 {
				t.Errorf("used at %v, %v s away from when it was", got.Used, off)
			}
			back := mustVisit(t, g, secretOf(h))
			if back.Hook().Secret != "s3cret" {
				t.Errorf("its senders sign with %q", back.Hook().Secret)
			}
			if _, err := back.submit(back.Send(t.Context(), Message{ID: "after", Content: "hello again"})); err != nil {
				t.Fatal(err)
			}
			if e := owner.last(); !e.From.Bot || e.From.Member != h.Member {
				t.Errorf("it speaks as %+v", e.From)
			}
			if _, err := visit(t, g, secretOf(removed)); code(t, err) != string(protocol.NotFound) {
				t.Errorf("the removed one: %v", err)
			}
			if taken := mustJoin(t, g, v1("alerts")); taken.You().Nick != "alerts-2" {
				t.Errorf("a person goes by %q", taken.You().Nick)
			}
		})
	}
}

func TestAHooksNameIsNobodyElses(t *testing.T) {
	g := newRegistry(t, Options{})
	owner, ann := mustJoin(t, g, v1("olga")), mustJoin(t, g, v1("ann"))
	h := owner.connect(Moderation{Name: "Alerts"})
	if c := mustJoin(t, g, v1("alerts")); c.You().Nick != "alerts-2" {
		t.Errorf("a newcomer goes by %q", c.You().Nick)
	}
	if err := ann.Rename(t.Context(), nick("ALERTS")); code(t, err) != string(protocol.NickTaken) {
		t.Errorf("renamed to it: %v", err)
	}
	for name, want := range map[string]protocol.ErrorCode{
		"Alerts": protocol.NickTaken, "ann": protocol.NickTaken, "alerts-2": protocol.NickTaken,
		"": protocol.BadField, "server": protocol.BadField, strings.Repeat("x", 33): protocol.TooLong,
	} {
		if _, err := owner.moderate(Moderation{Action: protocol.ActionHook, Name: name}); code(t, err) != string(want) {
			t.Errorf("a hook %q: %v, want %s", name, err, want)
		}
	}
	owner.mustModerate(Moderation{Action: protocol.ActionUnhook, Member: h.Member})
	if err := ann.Rename(t.Context(), nick("Alerts")); err != nil {
		t.Errorf("renamed to it when the hook is gone: %v", err)
	}
}

// A member who takes a nick between the ruling on a hook and its event loses it again.
func TestAHookKeepsANameThatSomebodyTakesMeanwhile(t *testing.T) {
	g := newRegistry(t, Options{})
	owner, ann := mustJoin(t, g, v1("olga")), mustJoin(t, g, v1("ann"))
	d, err := owner.Moderate(t.Context(), Moderation{ID: "1", Action: protocol.ActionHook, Name: "Alerts"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ann.Rename(t.Context(), nick("alerts")); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.submit(d, nil); err != nil {
		t.Fatal(err)
	}
	owner.Settle(t.Context())
	if got := ann.You().Nick; got != "alerts-2" {
		t.Errorf("she goes by %q", got)
	}
}

func TestWhoSeesTheURLsOfHooks(t *testing.T) {
	c := newCast(t, Options{Outgoing: true})
	theirs := c.by["moderator"].connect(Moderation{Name: "Theirs", To: "https://example.com", Events: protocol.HookEvents{"message"}})
	owners := c.by["owner"].connect(Moderation{Name: "Other"})
	for who, want := range map[string]string{
		"owner": "Theirs Other", "owner2": "Theirs Other", "moderator": "Theirs", "moderator2": "", "member": "x", "guest": "x",
	} {
		hooks, err := c.by[who].Hooks(t.Context())
		var seen []string
		for i, h := range hooks {
			made := []protocol.Hook{theirs, owners}[i]
			if h.URL != "" {
				seen = append(seen, h.Name)
			}
			if h.URL != "" && h.URL != made.URL || (h.To != "") != (h.URL != "" && i == 0) || h.SigningSecret != "" && h.SigningSecret != made.SigningSecret || (h.Events != nil) != (i == 0) {
				t.Errorf("%s is told %+v", who, h)
			}
		}
		got := strings.Join(seen, " ")
		if err != nil {
			got = strings.Replace(code(t, err), string(protocol.Forbidden), "x", 1)
		}
		if got != want {
			t.Errorf("%s sees the URLs of %q, want %q", who, got, want)
		}
	}
}

func TestWhoErasesAHooksMessages(t *testing.T) {
	c := newCast(t, Options{})
	maker := c.by["moderator"]
	hook := mustVisit(t, c.Registry, secretOf(maker.connect(Moderation{Name: "Alerts"})))
	c.by["owner"].mustModerate(Moderation{Action: protocol.ActionRole, Member: maker.You().Member, Role: protocol.RoleMember})
	for _, who := range []struct{ name, want string }{
		{"member", "forbidden"}, {"guest", "forbidden"}, {"moderator", "ok"}, {"moderator2", "ok"}, {"owner", "ok"},
	} {
		hook.mustSend("erase me, " + who.name)
		seq := c.by["owner"].last().Seq
		if _, err := c.by[who.name].erase(auto(c.by[who.name]), seq); code(t, err) != who.want {
			t.Errorf("%s: %v, want %s", who.name, err, who.want)
		}
		if _, err := maker.edit(auto(maker), seq, "changed"); err == nil {
			t.Errorf("who made a hook edits its message")
		}
	}
}

func TestOnlyAnOperatorAllowsOutgoingHooks(t *testing.T) {
	g := newRegistry(t, Options{})
	owner := mustJoin(t, g, v1("olga"))
	m := Moderation{ID: "1", Action: protocol.ActionHook, Name: "Alerts", To: "https://example.com"}
	if _, err := owner.submit(owner.Moderate(t.Context(), m)); code(t, err) != string(protocol.Forbidden) {
		t.Errorf("an outgoing hook: %v", err)
	}
	owner.connect(Moderation{Name: "Alerts"})
}

func TestAHookRemovesItselfAlone(t *testing.T) {
	g := newRegistry(t, Options{})
	owner := mustJoin(t, g, v1("olga"))
	one, two := owner.connect(Moderation{Name: "One"}), owner.connect(Moderation{Name: "Two"})
	hook := mustVisit(t, g, secretOf(one))
	if _, err := hook.submit(hook.Moderate(t.Context(), Moderation{ID: "1", Action: protocol.ActionUnhook, Member: two.Member})); code(t, err) != string(protocol.Forbidden) {
		t.Errorf("another one: %v", err)
	}
	hook.mustModerate(Moderation{Action: protocol.ActionUnhook, Member: one.Member})
	if _, err := visit(t, g, secretOf(one)); code(t, err) != string(protocol.NotFound) {
		t.Errorf("its secret afterwards: %v", err)
	}
}

// Whoever has made a hook and got no answer makes it again: once is enough.
func TestARepeatMakesNoSecondHook(t *testing.T) {
	g := newRegistry(t, Options{Outgoing: true})
	owner := mustJoin(t, g, v1("olga"))
	m := Moderation{ID: "again", Action: protocol.ActionHook, Name: "Alerts", To: "https://example.com", Secret: "x"}
	owner.mustModerate(m)
	if o, err := owner.moderate(m); err != nil || !o.Duplicate {
		t.Errorf("the repeat became %+v, %v", o, err)
	}
	m.Secret = "y"
	if _, err := owner.submit(owner.Moderate(t.Context(), m)); code(t, err) != string(protocol.IDConflict) {
		t.Errorf("with another secret: %v", err)
	}
	if hooks, err := owner.Hooks(t.Context()); err != nil || len(hooks) != 1 {
		t.Errorf("there are %+v, %v", hooks, err)
	}
}

// A digest of an earlier version's command must still fit.
func TestOtherCommandsLookAsBeforeThereWereHooks(t *testing.T) {
	g := newRegistry(t, Options{})
	owner := mustJoin(t, g, v1("olga"))
	d, err := owner.Moderate(t.Context(), Moderation{ID: "1", Action: protocol.ActionSet, Settings: protocol.SettingsChange{Topic: new("tea")}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"ID":"1","Action":"set","Member":"","Reason":"","For":0,"Role":"","Settings":{"topic":"tea"},"Password":""}`
	if got := string(d.journal.DedupBody); got != want {
		t.Errorf("digested is %s, want %s", got, want)
	}
}

func TestSecretsOfOthersOpenNoHook(t *testing.T) {
	one, two := newRegistry(t, Options{}), newRegistry(t, Options{})
	h := mustJoin(t, one, v1("olga")).connect(Moderation{Name: "Alerts"})
	if _, _, ok := two.OpenHook(secretOf(h)); ok {
		t.Error("another journal's secret opens a hook")
	}
}
