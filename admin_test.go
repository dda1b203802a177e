package snug_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"snug"
	"snug/client"
)

// site is a server and its operator's port, over HTTP.
type site struct {
	*snug.Server
	users, admin *httptest.Server
}

func openSite(t *testing.T, o snug.Options) *site {
	t.Helper()
	server, err := snug.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{server, httptest.NewServer(server), httptest.NewServer(server.Admin(""))}
	t.Cleanup(func() {
		s.users.Close()
		if err := server.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		s.admin.Close()
	})
	return s
}

func stored(t *testing.T) snug.Options {
	o := options(t)
	o.Journal = "sqlite:" + filepath.Join(t.TempDir(), "snug.db")
	return o
}

// say joins room1 and says so many things there; it returns as whom, and the epoch.
func (s *site) say(t *testing.T, n int) (member, epoch string) {
	t.Helper()
	room, err := client.Join(t.Context(), s.users.URL, "room1", client.Options{Nick: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	for i := range n {
		if _, err := room.Send(t.Context(), client.Message{Content: fmt.Sprint("what was said, ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	return room.You().Member, epochOf(t, room)
}

// epochOf is the epoch of a room in which something was said.
func epochOf(t *testing.T, room *client.Room) string {
	t.Helper()
	for _, err := range room.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if epoch := room.Position().Epoch; epoch != "" {
			return epoch
		}
	}
	return ""
}

// get returns what the operator is answered.
func (s *site) get(t *testing.T, path string) (int, string) {
	t.Helper()
	r, err := http.Get(s.admin.URL + path)
	return answer(t, r, err)
}

func (s *site) post(t *testing.T, path string, form url.Values) (int, string) {
	t.Helper()
	r, err := http.PostForm(s.admin.URL+path, form)
	return answer(t, r, err)
}

func answer(t *testing.T, r *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

// clusterOfOne returns the journal of a server that uses NATS though it has no peers, as it once had some.
func clusterOfOne(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cluster")
	if err := os.MkdirAll(filepath.Join(dir, "nats"), 0o700); err != nil {
		t.Fatal(err)
	}
	return "cluster:" + dir
}

// used is a server that has been used, and what is private of it: a room's code, a hook's secret, and who was there. It is one of
// a cluster, has outgoing hooks, and so has all metrics that there are.
func used(t *testing.T) (s *site, private []string) {
	t.Helper()
	o := stored(t)
	o.Journal, o.OutgoingHooks = clusterOfOne(t), "on"
	s = openSite(t, o)
	ann, _ := s.say(t, 3)
	refused, err := http.Get(s.users.URL + "/ws")
	if status, _ := answer(t, refused, err); status != http.StatusBadRequest {
		t.Errorf("a WebSocket to no room: %d", status)
	}
	noHook, err := http.Post(s.users.URL+"/hooks/none", "text/plain", strings.NewReader("hello"))
	if status, body := answer(t, noHook, err); status != http.StatusNotFound || !strings.HasPrefix(body, "no_service\n") {
		t.Errorf("a post to no hook: %d %q", status, body)
	}
	room, err := client.Join(t.Context(), s.users.URL, "room1", client.Options{Nick: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := room.Send(t.Context(), client.Message{Content: strings.Repeat("x", 5000)}); err == nil {
		t.Error("too long a message was taken")
	}
	t.Cleanup(func() {
		if err := room.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := room.Search(t.Context(), client.Query{Text: "what was said"}); err != nil {
		t.Error(err)
	}
	return s, []string{"room1", "none", "ann", "bob", ann, room.You().Member, room.Seat(), "what was said"}
}

func TestMetricsAreNamedAsIsUsualAndDescribed(t *testing.T) {
	s, _ := used(t)
	_, text := s.get(t, "/metrics")
	for end := time.Now().Add(time.Minute); !strings.Contains(text, "\nsnug_connections 1\n") && time.Now().Before(end); {
		<-time.After(10 * time.Millisecond) // the one who has left is on the way out
		_, text = s.get(t, "/metrics")
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Error(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	operations, err := os.ReadFile("docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (snug_\S+)`).FindAllStringSubmatch(text, -1) {
		there[m[1]] = true
		if !bytes.Contains(operations, []byte("| `"+m[1]+"`")) {
			t.Errorf("docs/operations.md says nothing of %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(snug_\\w+)").FindAllSubmatch(operations, -1) {
		if !there[string(m[1])] {
			t.Errorf("docs/operations.md tells of %s, which isn't there", m[1])
		}
	}
	for _, want := range []string{"snug_messages_total 3", "snug_connections 1", "snug_journal_up 1", "go_goroutines "} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("%s isn't there", want)
		}
	}
}

func TestNothingOfTheOperatorsIsForUsers(t *testing.T) {
	s := openSite(t, options(t))
	for _, path := range []string{"/metrics", "/readyz", "/debug/pprof/", "/inside.json", "/inside.js", "/backup", "/erase", "/prune"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			if w.Code != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
}

func TestItIsNotReadyWhileItShutsDown(t *testing.T) {
	server, err := snug.New(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	ready := func() int {
		w := httptest.NewRecorder()
		server.Admin("").ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return w.Code
	}
	if got := ready(); got != 200 {
		t.Errorf("at first it is %d", got)
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := ready(); got != 503 {
		t.Errorf("when it has shut down it is %d", got)
	}
}

func TestABackupIsAServersJournal(t *testing.T) {
	s := openSite(t, stored(t))
	_, epoch := s.say(t, 3)
	status, backup := s.post(t, "/backup", nil)
	if status != 200 {
		t.Fatalf("%d %s", status, backup)
	}
	o := stored(t)
	if err := os.WriteFile(strings.TrimPrefix(o.Journal, "sqlite:"), []byte(backup), 0o600); err != nil {
		t.Fatal(err)
	}
	restored := openSite(t, o)
	room, err := client.Join(t.Context(), restored.users.URL, "room1", client.Options{Nick: "bob", History: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	if got := epochOf(t, room); got == epoch {
		t.Errorf("the backup's epoch is %q, as it was", got)
	}
	page, err := room.History(t.Context(), client.Page{})
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, e := range page.Events {
		said += strings.Count(string(e.Body), "what was said")
	}
	if said != 3 {
		t.Errorf("of 3 messages the backup has %d", said)
	}
}

func TestMemoryHasNoBackup(t *testing.T) {
	s := openSite(t, options(t))
	if status, said := s.post(t, "/backup", nil); status != http.StatusConflict || !strings.Contains(said, "in memory") {
		t.Errorf("%d %s", status, said)
	}
}

func TestTheOperatorErases(t *testing.T) {
	s := openSite(t, stored(t))
	member, _ := s.say(t, 3)
	for _, c := range []struct {
		room, member string
		status       int
		says         string
	}{
		{"room1", "nobody", 200, `{"erased":0}`},
		{"Room1", member, 200, `{"erased":3}`},
		{"room1", member, 200, `{"erased":0}`},
		{"no room", member, 400, "not a room code"},
	} {
		status, said := s.post(t, "/erase", url.Values{"room": {c.room}, "member": {c.member}})
		if status != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%q in %q: %d %s", c.member, c.room, status, said)
		}
	}
}

func TestKeepIsReadOrRefused(t *testing.T) {
	for text, want := range map[string]snug.Keep{
		"":                 {},
		"30d":              {Age: 30 * 24 * time.Hour},
		"12h":              {Age: 12 * time.Hour},
		"90m":              {Age: 90 * time.Minute},
		"1h30m":            {Age: 90 * time.Minute},
		"1.5h":             {Age: 90 * time.Minute},
		"1event":           {Last: 1},
		"10000events":      {Last: 10_000},
		"30d,10000events":  {Age: 30 * 24 * time.Hour, Last: 10_000},
		"10000events, 30d": {Age: 30 * 24 * time.Hour, Last: 10_000},
	} {
		if got, err := snug.ParseKeep(text); err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	for text, says := range map[string]string{
		"x":                          "begin with a number",
		"30":                         "is it 30d or 30events",
		"0":                          "is it 0d",
		"10000, 30d":                 "is it 10000d or 10000events",
		"30x":                        `"x" is no unit: the units are d (days)`,
		"30days":                     "is it 30d",
		"30 d":                       "is it 30d",
		"30D":                        "is it 30d",
		"5minutes":                   "is it 5m",
		"30M":                        "months",
		"2w":                         "in days",
		"1y":                         "in days",
		"30messages":                 "is it 30events",
		"30e":                        `"e" is no unit`,
		"0d":                         "above 0",
		"0events":                    "above 0",
		"-1":                         "above 0",
		"-3h":                        "above 0",
		"1.5events":                  "whole",
		"1.5d":                       "whole",
		"1d,2d":                      "second age",
		"5events,6events":            "second number",
		",":                          "empty",
		"5d,":                        "empty",
		"999999999d":                 "too large",
		"99999999999999999999events": "too large",
	} {
		got, err := snug.ParseKeep(text)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "30d,10000events") {
			t.Errorf("%q is %+v, %v; want %q", text, got, err, says)
		}
	}
}

func TestTheInsideIsJSONOfOneMoment(t *testing.T) {
	s := openSite(t, options(t))
	s.say(t, 3)
	room, err := client.Join(t.Context(), s.users.URL, "room1", client.Options{Nick: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	_, text := s.get(t, "/inside.json")
	var in struct {
		Ready      *string
		Goroutines int
		Heap       uint64 `json:"heap_bytes"`
		Rooms      []struct {
			Code  string
			Shown []struct{ Nick string }
		}
	}
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		t.Fatal(err)
	}
	if in.Ready == nil || *in.Ready != "" || in.Goroutines < 3 || in.Heap == 0 || len(in.Rooms) != 1 {
		t.Fatalf("it is %s", text)
	}
	if !slices.ContainsFunc(in.Rooms[0].Shown, func(c struct{ Nick string }) bool { return c.Nick == "bob" }) {
		t.Errorf("bob isn't in it: %s", text)
	}
}
