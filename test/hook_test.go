package test

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// postHook posts to a hook of the site, whichever server is there now, and returns the status
// and the answer.
func (s *site) postHook(ctx context.Context, secret, body string, headers ...string) (status int, answer string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address()+"/hooks/"+secret, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, leak := range []string{"confidential", secret} {
		if strings.Contains(string(data), leak) {
			s.t.Errorf("the answer tells %q: %s", leak, data)
		}
	}
	return resp.StatusCode, string(data)
}

// A hook is made, posts, outlives a server that is killed, and is silent once it is removed.
// Its URL doesn't tell which room it is for.
func TestAHookPostsUntilItIsRemoved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.start()
	ctx := within(t)
	join := func(command fields) (line, event) {
		t.Helper()
		l, err := s.dial(ctx, "confidential")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.cut)
		command["type"] = "join"
		if err := l.send(ctx, command); err != nil {
			t.Fatal(err)
		}
		welcome, err := l.await(ctx, "welcome")
		if err != nil {
			t.Fatal(err)
		}
		return l, welcome
	}
	send := func(l line, command fields) {
		t.Helper()
		if err := l.send(ctx, command); err != nil {
			t.Fatal(err)
		}
	}
	hears := func(l line, content, as string) {
		t.Helper()
		m, err := l.await(ctx, "message")
		if err != nil || m.Content != content || m.As != as || m.From.Nick != "Alerts" || m.From.Role != "member" {
			t.Errorf("%+v, %v; want %q of %q", m, err, content, as)
		}
	}
	ann, welcome := join(fields{"nick": "ann"})
	bob, _ := join(fields{"nick": "bob"})
	send(ann, fields{"type": "hook", "id": "h1", "ref": "h", "name": "Alerts"})
	made, err := ann.await(ctx, "hook")
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Base(made.URL)
	s.secret(secret)
	if strings.Contains(made.URL, "confidential") || made.URL != "http://"+s.address()+"/hooks/"+secret {
		t.Errorf("the URL is %s", made.URL)
	}
	send(ann, fields{"type": "set", "id": "s1", "locked": true, "password": "open sesame"})
	if status, answer := s.postHook(ctx, secret, `{"text":"`+contents+` *one*","username":"Grafana"}`, "Content-Type", "application/json"); status != 200 || answer != "ok" {
		t.Errorf("answered %d %s", status, answer)
	}
	hears(bob, contents+" **one**", "Grafana")

	p.kill9(t)
	s.start()
	ann, _ = join(fields{"nick": "ann", "seat": welcome.You.Seat, "history": 0})
	for range 2 { // the second time it is a repeat
		if status, answer := s.postHook(ctx, secret, contents+" two", "Idempotency-Key", "once"); status != 200 || answer != "ok" {
			t.Errorf("answered %d %s", status, answer)
		}
	}
	hears(ann, contents+" two", "")
	if status, answer := s.postHook(ctx, secret, contents+" three"); status != 200 || answer != "ok" {
		t.Errorf("answered %d %s", status, answer)
	}
	hears(ann, contents+" three", "")

	send(ann, fields{"type": "unhook", "id": "u1", "member": made.Member})
	if _, err := ann.await(ctx, "moderated"); err != nil {
		t.Fatal(err)
	}
	gone := func() {
		t.Helper()
		if status, answer := s.postHook(ctx, secret, contents+" four"); status != 404 || !strings.HasPrefix(answer, "no_service\n") {
			t.Errorf("answered %d %s", status, answer)
		}
	}
	gone()
	send(ann, fields{"type": "send", "id": "m1", "content": contents + " five"})
	if m, err := ann.await(ctx, "message"); err != nil || m.Content != contents+" five" {
		t.Errorf("after the hook is gone: %+v, %v", m, err)
	}
	s.runs[1].kill9(t)
	s.start()
	gone()
}
