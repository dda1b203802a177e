package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"snug/internal/servertest/vacant"
)

// A hook's URL goes wherever Alertmanager takes one: as a webhook, as Slack's, and as
// Discord's. An alert that fires, and then is resolved, is told by each of them.
func TestAlertmanagerPostsToAHook(t *testing.T) {
	t.Parallel()
	program := needs(t, "prometheus-alertmanager", "hooks as Alertmanager uses them")
	s := newSite(t)
	s.start()
	ctx := within(t)
	l, err := s.dial(ctx, "alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer l.cut()
	send := func(command fields) {
		t.Helper()
		if err := l.send(ctx, command); err != nil {
			t.Fatal(err)
		}
	}
	send(fields{"type": "join", "nick": "ann"})
	send(fields{"type": "hook", "id": "h1", "ref": "h", "name": "Alerts"})
	made, err := l.await(ctx, "hook")
	if err != nil {
		t.Fatal(err)
	}
	s.secret(filepath.Base(made.URL))

	dir, addr := t.TempDir(), vacant.Address(t)
	file := filepath.Join(dir, "alertmanager.yml")
	config := fmt.Sprintf(`
route: {receiver: chat, group_by: [alertname], group_wait: 10ms, group_interval: 100ms, repeat_interval: 1h}
receivers:
- name: chat
  webhook_configs: [{url: %[1]q}]
  slack_configs: [{api_url: %[1]q, channel: "#any", send_resolved: true}]
  discord_configs: [{webhook_url: %[1]q}]
`, made.URL)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, exec.Command(program, "--config.file="+file, "--storage.path="+dir, "--cluster.listen-address=",
		"--web.listen-address="+addr, "--web.external-url=http://alerts.example"), addr)

	alert := fields{
		"labels":       fields{"alertname": "Disk_full_", "instance": "node_1"},
		"annotations":  fields{"summary": "*97 %* of /dev/sda1 is used"},
		"generatorURL": "http://prometheus.example/graph?g0.expr=disk_free_bytes",
	}
	for _, state := range []struct{ dot, word, title string }{
		{"🔴", "FIRING", "[FIRING:1] Disk_full_ (node_1)"},
		{"🟢", "RESOLVED", "[RESOLVED] Disk_full_ (node_1)"},
	} {
		if state.word == "RESOLVED" {
			alert["endsAt"] = time.Now().UTC().Format(time.RFC3339Nano)
		}
		fire(t, addr, alert)
		want := []string{ // what the messages begin with
			state.dot + " **" + state.word + `** [Disk_full\_](http://prometheus.example/graph?g0.expr=disk_free_bytes): \*97 %\* of /dev/sda1 is used (node_1)`,
			state.dot + " **[" + strings.Replace(state.title, "full_", `full\_`, 1) + "](http://alerts.example/#/alerts?receiver=chat)**",
			state.dot + " **" + state.title + "**\n",
		}
		for len(want) > 0 {
			m, err := l.await(ctx, "message")
			if err != nil {
				t.Fatalf("%v, still without %q", err, want)
			}
			i := slices.IndexFunc(want, func(w string) bool { return strings.HasPrefix(m.Content, w) })
			if i < 0 || m.From.Nick != "Alerts" {
				t.Fatalf("%s says %q: want one of %q", m.From.Nick, m.Content, want)
			}
			if strings.Contains(m.Content, "](http://alerts.example/") && m.As != "Alertmanager" {
				t.Errorf("Slack's username is %q", m.As)
			}
			want = slices.Delete(want, i, i+1)
		}
	}
}

// fire tells Alertmanager of an alert.
func fire(t *testing.T, addr string, alert fields) {
	t.Helper()
	body, err := json.Marshal([]fields{alert})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post("http://"+addr+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close() // nothing is read
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("Alertmanager answers %s", answer.Status)
	}
}
