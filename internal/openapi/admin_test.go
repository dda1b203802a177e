package openapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"snug"
)

// operatorSite is a server and its operator's port.
func operatorSite(t *testing.T, journal string) (users, admin string) {
	t.Helper()
	o := snug.Defaults()
	o.Journal, o.Limits.Off, o.Log = journal, true, slog.New(slog.DiscardHandler)
	server, err := snug.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	front, port := httptest.NewServer(server), httptest.NewServer(server.Admin(""))
	t.Cleanup(func() {
		front.Close()
		port.Close()
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return front.URL, port.URL
}

var adminRoute = regexp.MustCompile(`"(GET|POST) (/[^"]*)"`)

// undescribedAdmin are the routes of the operator's port that aren't in its description: for
// people, for monitors, and for profilers.
var undescribedAdmin = regexp.MustCompile(`^/($|\{\$\}|.*\.css$|.*\.js$|.*\.html$|inside\.json|metrics|healthz|readyz|debug/)`)

func TestEveryRouteOfTheOperatorIsDescribed(t *testing.T) {
	_, admin := operatorSite(t, "memory:")
	d := readDescription(t, admin)
	described := d.document.operations(t)
	files, err := filepath.Glob("../httpapi/*.go")
	if err != nil || files == nil {
		t.Fatal(err)
	}
	var routes []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range adminRoute.FindAllStringSubmatch(string(source), -1) {
			if !strings.HasSuffix(file, "_test.go") && !undescribedAdmin.MatchString(m[2]) {
				routes = append(routes, m[1]+" "+m[2])
			}
		}
	}
	for _, route := range routes {
		if _, ok := described[route]; !ok {
			t.Errorf("admin.json lacks %s", route)
		}
	}
	for route := range described {
		if !slices.Contains(routes, route) {
			t.Errorf("admin.json has %s, which is no route", route)
		}
	}
	if _, errs := d.validator.ValidateDocument(); errs != nil {
		for _, e := range errs {
			t.Errorf("%s: %v", e.Message, e.SchemaValidationErrors)
		}
	}
}

// TestTheDescriptionOfTheOperatorsPortIsTrue: whatever it answers is described, and whatever is
// described can be answered.
func TestTheDescriptionOfTheOperatorsPortIsTrue(t *testing.T) {
	users, admin := operatorSite(t, "sqlite:"+filepath.Join(t.TempDir(), "log.snug"))
	public, d := readDescription(t, users), readDescription(t, admin)
	seat := public.join(users, "room1", "ada")
	member, _, _ := strings.Cut(seat, ".")
	with := []string{"Content-Type", "application/json", "Snug-Seat", seat}
	for _, command := range []string{
		`{"type":"send","id":"1","content":"hello"}`,
		`{"type":"set","id":"2","name":"The Lab","keep_seconds":864000}`,
		`{"type":"ban","id":"3","member":"m1","reason":"spam","seconds":600}`,
	} {
		if resp := request(t, users, "POST", "/r/room1/commands", command, with...); resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", command, resp.Status)
		}
	}
	var hook struct{ Member string }
	answer := public.wants(users, "POST", "/r/room1/commands", `{"type":"hook","id":"4","name":"Alerts"}`, 200, "", with...)
	if err := json.Unmarshal([]byte(answer), &hook); err != nil {
		t.Fatal(err)
	}

	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	post := func(path string, status int, code string, fields ...string) {
		values := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			values.Set(fields[i], fields[i+1])
		}
		d.wants(admin, "POST", path, values.Encode(), status, code, form...)
	}
	d.wants(admin, "GET", "/openapi.json", "", 200, "")
	d.wants(admin, "GET", "/rooms?search=LAB&order=bytes&limit=1", "", 200, `"room1"`)
	d.wants(admin, "GET", "/rooms?all=yes", "", 200, `"room1"`)
	d.wants(admin, "GET", "/rooms?order=size", "", 400, "bad-field")
	d.wants(admin, "GET", "/rooms?all=maybe", "", 400, "bad-field")
	if shown := d.wants(admin, "GET", "/rooms/room1", "", 200, `"Alerts"`); strings.Contains(shown, "/hooks/") {
		t.Errorf("the operator is shown the secret of a hook: %s", shown)
	}
	d.wants(admin, "GET", "/rooms/room1/messages?limit=10", "", 200, "hello")
	d.wants(admin, "GET", "/rooms/room1/messages?limit=0", "", 400, "bad-field")
	for _, format := range []string{"", "?format=html", "?format=txt"} {
		d.wants(admin, "GET", "/rooms/room1/export"+format, "", 200, "hello")
	}
	d.wants(admin, "GET", "/rooms/room1/export?format=pdf", "", 400, "bad-field")
	file := d.wants(admin, "GET", "/rooms/room1/export", "", 200, "hello")
	post("/rooms/room1/lock", 200, "lock")
	post("/rooms/room1/unlock", 200, "unlock")
	post("/rooms/room1/unhook", 400, "bad-field")
	post("/rooms/room1/unhook", 404, "not-found", "member", "m1")
	post("/rooms/room1/unhook", 200, "unhook", "member", hook.Member)
	post("/rooms/room1/unban", 400, "bad-field")
	post("/rooms/room1/unban", 200, "unban", "member", "m1")
	post("/rooms/room1/unban", 404, "not-found", "member", "m1")
	lines := []string{"Content-Type", "application/jsonl"}
	d.wants(admin, "POST", "/rooms/copy/import", file, 200, `"messages":1`, lines...)
	d.wants(admin, "POST", "/rooms/copy/import", "hello", 400, "line 1", lines...)
	d.wants(admin, "POST", "/rooms/room1/import", file, 409, "id-conflict", lines...)
	post("/erase", 200, "1", "room", "room1", "member", member)
	post("/erase", 400, "")
	post("/erase", 404, "", "room", "nowhere", "member", member)
	post("/owner", 200, member, "room", "room1", "member", member)
	post("/owner", 400, "")
	post("/owner", 404, "", "room", "room1", "member", "m1")
	guest := public.wants(users, "POST", "/r/room1", "hello", 201, "", "Content-Type", "text/plain")
	var said struct{ From struct{ Member string } }
	if err := json.Unmarshal([]byte(guest), &said); err != nil {
		t.Fatal(err)
	}
	post("/owner", 409, "", "room", "room1", "member", said.From.Member)
	eve, _, _ := strings.Cut(public.join(users, "room1", "eve"), ".")
	post("/revoke", 200, eve, "room", "room1", "member", eve)
	post("/revoke", 400, "")
	post("/revoke", 404, "", "room", "nowhere", "member", eve)
	post("/revoke", 409, "", "room", "room1", "member", member)
	post("/prune", 200, "pruned", "keep", "30d")
	post("/prune", 400, "", "keep", "1m")
	post("/prune", 409, "")
	d.wants(admin, "POST", "/backup", "", 200, "SQLite")
	post("/rooms/room1/erase", 400, "bad-field")
	post("/rooms/room1/erase", 200, "erase", "confirm", "ROOM1")
	if text := d.wants(admin, "GET", "/rooms/room1/messages", "", 200, ""); strings.Contains(text, "hello") {
		t.Errorf("an erased room has %s", text)
	}
	post("/rooms/room1/close", 400, "bad-field", "confirm", "room2")
	post("/rooms/room1/close", 200, "close", "confirm", "room1")
	for _, path := range []string{"/erase", "/owner", "/revoke"} {
		post(path, 410, "closed", "room", "room1", "member", member)
	}
	for name := range d.document.operations(t) {
		method, path, _ := strings.Cut(name, " ")
		if !strings.HasPrefix(path, "/rooms/") {
			continue
		}
		bodies := map[string]string{ // by what is done to the room
			"/close": "confirm=room1", "/erase": "confirm=room1", "/unban": "member=m1", "/unhook": "member=m1", "/import": file,
		}
		action := path[strings.LastIndex(path, "/"):]
		body, with := bodies[action], form
		if action == "/import" {
			with = lines
		}
		d.wants(admin, method, strings.Replace(path, "{code}", "room1", 1), body, 410, "closed", with...)
		d.wants(admin, method, strings.Replace(path, "{code}", "-", 1), body, 400, "bad-field", with...)
		if action != "/import" {
			d.wants(admin, method, strings.Replace(path, "{code}", "nowhere", 1), strings.Replace(body, "room1", "nowhere", 1), 404, "not-found", with...)
		}
	}
	_, inMemory := operatorSite(t, "memory:")
	d.wants(inMemory, "POST", "/backup", "", 409, "in memory")
	for name, o := range d.document.operations(t) {
		for status := range o.Responses {
			if !d.seen[name+" "+status] {
				t.Errorf("%s %s is described, and was not seen", name, status)
			}
		}
	}
}
