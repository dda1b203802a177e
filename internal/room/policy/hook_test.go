package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"snug/internal/journal"
	"snug/protocol"
)

func TestAHookIsMadeAndRemoved(t *testing.T) {
	p := state(t)
	o := p.order(protocol.ActionHook, "mod", "new")
	o.Hook = Hook{To: "https://example.com/t0ken", Secret: "s3cret"}
	made, err := p.Rule(o)
	if err != nil || made.Refusal != nil {
		t.Fatal(err, made.Refusal)
	}
	for _, secret := range []string{"t0ken", "s3cret"} {
		if strings.Contains(string(made.Draft.Event.Body), secret) {
			t.Errorf("everyone is told %s: %s", secret, made.Draft.Event.Body)
		}
	}
	if err := p.Apply(&made.Draft.Event, made.Draft.Private); err != nil {
		t.Fatal(err)
	}
	h, ok := p.Hook("new")
	want := Hook{
		Member: "new", Number: 3, Name: "NEW", By: o.From, Created: now, Secret: "s3cret",
		To: "https://example.com/t0ken", Events: protocol.HookEvents{protocol.HookAll},
	}
	if diff := cmp.Diff(want, h, cmpopts.IgnoreUnexported(Hook{})); !ok || diff != "" {
		t.Errorf("there %t, (-want +got):\n%s", ok, diff)
	}
	value := made.Draft.State[0]
	if read, ok, err := ReadHook(value); err != nil || !ok || cmp.Diff(h, read, cmp.AllowUnexported(Hook{})) != "" {
		t.Errorf("read as %+v, %t, %v", read, ok, err)
	}
	if diff := cmp.Diff(journal.Condition(value), h.Unchanged()); diff != "" {
		t.Errorf("its messages rely on another value than the state's (-want +got):\n%s", diff)
	}

	p.NoteHookUsed("new", now)
	p.NoteHookUsed("bob", now)
	if !p.HookUsed("new").Equal(now) || !p.HookUsed("bob").IsZero() {
		t.Errorf("used %v, and bob %v", p.HookUsed("new"), p.HookUsed("bob"))
	}
	removed, err := p.Rule(p.order(protocol.ActionUnhook, "ann", "new"))
	if err != nil || removed.Refusal != nil {
		t.Fatal(err, removed.Refusal)
	}
	if err := p.Apply(&removed.Draft.Event, removed.Draft.Private); err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Hook("new"); ok || !p.HookUsed("new").IsZero() || len(p.Hooks()) != 2 {
		t.Errorf("after it is removed there are %+v", p.Hooks())
	}
}

func TestHooksComeInTheOrderInWhichTheyWereMade(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for n := range 20 {
		name := fmt.Sprint((n * 7) % 20)
		want = append(want, name)
		apply(t, &p, protocol.ModeratedBody{Action: protocol.ActionHook, Member: name}, private{Hook: &Hook{}, HooksMade: uint64(n + 1)})
	}
	var got []string
	for _, h := range p.Hooks() {
		got = append(got, h.Member)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAHookNeedsAFreeNickAndPlace(t *testing.T) {
	p := state(t)
	o := p.order(protocol.ActionHook, "ann", "new")
	o.NickTaken = true
	if ruling, err := p.Rule(o); err != nil || refusal(ruling.Refusal) != "nick-taken" {
		t.Errorf("with a nick in use: %v, %v", ruling.Refusal, err)
	}
	for n := len(p.Hooks()); n < protocol.MaxHooks; n++ {
		o := p.order(protocol.ActionHook, "ann", fmt.Sprint(n))
		o.Hook.To = "https://example.com"
		outgoing, err := p.Rule(o)
		if err != nil {
			t.Fatal(err)
		}
		if full := p.outgoing() == protocol.MaxOutgoingHooks; full != (refusal(outgoing.Refusal) == "too-many") {
			t.Errorf("hook %d, outgoing: %v", n, outgoing.Refusal)
		} else if full {
			o.Hook.To = ""
		}
		ruling, err := p.Rule(o)
		if err != nil || ruling.Refusal != nil {
			t.Fatal(err, ruling.Refusal)
		}
		if err := p.Apply(&ruling.Draft.Event, ruling.Draft.Private); err != nil {
			t.Fatal(err)
		}
	}
	if ruling, err := p.Rule(p.order(protocol.ActionHook, "ann", "new")); err != nil || refusal(ruling.Refusal) != "too-many" {
		t.Errorf("with %d hooks: %v, %v", len(p.Hooks()), ruling.Refusal, err)
	}
}

// Two hooks that are made at once could have the same nick.
func TestOfTwoHooksThatAreMadeAtOnceOneIs(t *testing.T) {
	p := state(t)
	first, err := p.Rule(p.order(protocol.ActionHook, "ann", "one"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Rule(p.order(protocol.ActionHook, "mod", "two"))
	if err != nil {
		t.Fatal(err)
	}
	changed := map[string]string{}
	for _, c := range first.Draft.State {
		changed[c.Key] = string(c.Value)
	}
	for _, c := range second.Draft.If {
		if now, ok := changed[c.Key]; ok && now != string(c.Value) {
			return
		}
	}
	t.Errorf("the second one relies on %v alone, and the first one changes %v", second.Draft.If, changed)
}
