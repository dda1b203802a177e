package openapi_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/jsonschema/v6"

	"snug/internal/hookapi"
	"snug/internal/servertest"
)

var (
	handled = regexp.MustCompile(`mux\.Handle(?:Func)?\(([^,]+),`)
	keyed   = regexp.MustCompile(`(?m)^\s+("/[^"]*"):\s+\{http\.Method`)
)

// undescribed are the routes that aren't for programs, and the subtrees that have them.
var undescribed = []string{"/", "/{$}", "/r", "/r/", "/ws", "/robots.txt", "/.well-known/security.txt"}

func TestEveryRouteIsDescribed(t *testing.T) {
	var routes []string
	for _, pattern := range []string{"../../snug.go", "../httpapi/index.go", "../chat/*.go", "../hookapi/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || files == nil {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range slices.Concat(handled.FindAllSubmatch(source, -1), keyed.FindAllSubmatch(source, -1)) {
				switch route := string(m[1]); route {
				case "path": // of a table, found by its keys
				case "signin.Route", `signin.Route+"/"`: // for the page, and the browser that shows it
				case "hookapi.Route":
					routes = append(routes, hookapi.Route)
				default:
					routes = append(routes, strings.Trim(route, `"`))
				}
			}
		}
	}
	described := readDescription(t, servertest.Start(t, "memory:").URL).document.Paths
	for _, route := range routes {
		if described[route] == nil && !slices.Contains(undescribed, route) {
			t.Errorf("the server has the route %s, which openapi.json lacks", route)
		}
	}
	for path := range described {
		if !slices.Contains(routes, path) {
			t.Errorf("openapi.json has %s, which is no route of the server", path)
		}
	}
}

func TestEveryMethodIsDescribed(t *testing.T) {
	s := servertest.Start(t, "memory:")
	d := readDescription(t, s.URL)
	for path, methods := range d.document.Paths {
		at := strings.NewReplacer("{code}", "room1", "{secret}", "none").Replace(path)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			resp := request(t, s.URL, method, at, "")
			_, want := methods[strings.ToLower(method)]
			if got := resp.StatusCode != http.StatusMethodNotAllowed; got != want {
				t.Errorf("%s %s: %d, described: %v", method, path, resp.StatusCode, want)
			}
			if want {
				continue
			}
			for allowed := range strings.SplitSeq(resp.Header.Get("Allow"), ", ") {
				if _, ok := methods[strings.ToLower(allowed)]; !ok && allowed != "HEAD" {
					t.Errorf("%s %s: allowed is %q, which is not described", method, path, allowed)
				}
			}
		}
	}
}

// TestTheExamplesAreValid: each one fits the schema beside it.
func TestTheExamplesAreValid(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(request(t, servertest.Start(t, "memory:").URL, http.MethodGet, "/openapi.json", "").Body)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("openapi.json", document); err != nil {
		t.Fatal(err)
	}
	checked := 0
	var walk func(at string, node any)
	walk = func(at string, node any) {
		fields, ok := node.(map[string]any)
		if !ok {
			return
		}
		examples, _ := fields["examples"].(map[string]any)
		if one, ok := fields["example"]; ok {
			examples = map[string]any{"": map[string]any{"value": one}}
		}
		if examples != nil {
			schema, err := compiler.Compile("openapi.json#" + at + "/schema")
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range examples {
				checked++
				if err := schema.Validate(e.(map[string]any)["value"]); err != nil {
					t.Errorf("%s: %v", at, err)
				}
			}
		}
		for name, child := range fields {
			walk(at+"/"+strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(name), child)
		}
	}
	walk("", document)
	if checked < 20 {
		t.Errorf("there are only %d examples", checked)
	}
}
