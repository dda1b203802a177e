package client_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"snug"
	"snug/client"
	"snug/protocol"
)

func TestAHookIsMadeUsedAndRemoved(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned, func(o *snug.Options) { o.OutgoingHooks = "on" })
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	h, err := ann.Hook(t.Context(), client.NewHook{Name: "Alerts"})
	if err != nil || h.Name != "Alerts" || h.By.Nick != "ann" || !strings.HasPrefix(h.URL, "http://"+s.Addr+"/hooks/") {
		t.Fatalf("%+v, %v", h, err)
	}
	to, err := ann.Hook(t.Context(), client.NewHook{Name: "echo", To: "https://example.com", Events: protocol.HookEvents{protocol.HookMentions}})
	if err != nil || to.SigningSecret == "" || to.To != "https://example.com" {
		t.Fatalf("%+v, %v", to, err)
	}
	s.Stop()
	s.Start()
	hooks, err := ann.Hooks(t.Context())
	if diff := cmp.Diff([]protocol.HookInfo{h, to}, hooks); err != nil || diff != "" {
		t.Errorf("%v, (-want +got):\n%s", err, diff)
	}
	if _, err := bob.Hooks(t.Context()); !code(protocol.Forbidden)(err) {
		t.Errorf("a member reads the hooks: %v", err)
	}
	if _, err := bob.Hook(t.Context(), client.NewHook{Name: "bob's"}); !code(protocol.Forbidden)(err) {
		t.Errorf("a member makes a hook: %v", err)
	}

	resp, err := http.Post(h.URL, "application/json", strings.NewReader(`{"text":"hello","username":"Grafana"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "ok" {
		t.Errorf("posted: %s, %v", body, err)
	}
	var fold client.Fold
	for {
		e := until[*protocol.Event](t, bob)
		if l := fold.Apply(e); l != nil {
			if l.As != "Grafana" || !l.From.Bot || l.From.Nick != "Alerts" || l.Content != "hello" {
				t.Errorf("shown is %+v", l)
			}
			break
		}
	}
	for _, h := range hooks {
		if err := ann.Unhook(t.Context(), h.Member); err != nil {
			t.Error(err)
		}
	}
	if hooks, err := ann.Hooks(t.Context()); err != nil || len(hooks) != 0 {
		t.Errorf("after they are removed there are %+v, %v", hooks, err)
	}
}
