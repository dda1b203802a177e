package web_test

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"snug/internal/httpapi"
	"snug/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts the page, with what is around it, below prefix.
func serve(t *testing.T, prefix string, ancestors ...string) *httptest.Server {
	t.Helper()
	page, err := web.New(ancestors, "")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix(prefix, httpapi.New(page, httpapi.Options{})))
	t.Cleanup(server.Close)
	return server
}

// get asks for an address with the header fields given, as "Name: value".
func get(t *testing.T, address string, fields ...string) (*http.Response, string) {
	t.Helper()
	return request(t, http.MethodGet, address, fields...)
}

func request(t *testing.T, method, address string, fields ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Set(name, value)
	}
	if r.Header.Get("Accept-Encoding") == "" {
		r.Header.Set("Accept-Encoding", "identity") // or the client would inflate it unseen
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

const html = "Accept: text/html,*/*;q=0.8"

// loaded finds what a page loads and is linked to.
var loaded = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

func TestPageAndAllThatItLoads(t *testing.T) {
	for _, prefix := range []string{"", "/below/a/path"} {
		s := serve(t, prefix)
		for page, up := range map[string]string{"/": "./", "/r/room1": "../", "/r/%C3%A9-1": "../"} {
			resp, body := get(t, s.URL+prefix+page, html)
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Fatalf("%s: status %d, type %q", page, resp.StatusCode, resp.Header.Get("Content-Type"))
			}
			links := loaded.FindAllStringSubmatch(body, -1)
			if len(links) < 5 {
				t.Fatalf("%s names only %q", page, links)
			}
			for _, link := range links {
				name, ok := strings.CutPrefix(link[1], up)
				if !ok {
					t.Errorf("%s names %q: it should begin with %q", page, link[1], up)
				}
				if resp, _ := get(t, s.URL+prefix+"/"+name); resp.StatusCode != http.StatusOK {
					t.Errorf("%s: status %d", name, resp.StatusCode)
				}
			}
		}
	}
}

func TestHeadersOfEveryResponse(t *testing.T) {
	s := serve(t, "")
	_, body := get(t, s.URL, html)
	paths := []string{"/", "/r/room1", "/r/<script>", "/manifest.webmanifest", "/icon.svg", "/sw.js", "/embed.js"}
	for _, link := range loaded.FindAllStringSubmatch(body, -1) {
		paths = append(paths, strings.TrimPrefix(link[1], "."))
	}
	for _, path := range paths {
		resp, _ := get(t, s.URL+path, html)
		for name, want := range map[string]string{
			"Referrer-Policy":            "no-referrer",
			"X-Content-Type-Options":     "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Permissions-Policy":         "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		policy := resp.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "media-src 'self'", "worker-src 'self'", "trusted-types snug-worker", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy+";", want+";") {
				t.Errorf("%s: the policy %q lacks %q", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
}

// Pages of other sites load embed.js, and nothing else.
func TestOtherSitesMayLoadTheElementAlone(t *testing.T) {
	for _, prefix := range []string{"", "/below/a/path"} {
		s := serve(t, prefix)
		paths := []string{"/", "/r/room1", "/sw.js", "/icon.svg", "/manifest.webmanifest", "/embed.js"}
		_, body := get(t, s.URL+prefix+"/", html)
		for _, link := range loaded.FindAllStringSubmatch(body, -1) {
			paths = append(paths, strings.TrimPrefix(link[1], "."))
		}
		for _, path := range paths {
			resp, script := get(t, s.URL+prefix+path, html, "Origin: https://itself.example")
			origin, resource := "", "same-origin"
			if path == "/embed.js" {
				origin, resource = "*", "cross-origin"
				if !strings.Contains(script, "snug-room") {
					t.Errorf("%s%s: status %d, %.80s", prefix, path, resp.StatusCode, script)
				}
			}
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != origin {
				t.Errorf("%s%s: Access-Control-Allow-Origin is %q, want %q", prefix, path, got, origin)
			}
			if got := resp.Header.Get("Cross-Origin-Resource-Policy"); got != resource {
				t.Errorf("%s%s: Cross-Origin-Resource-Policy is %q, want %q", prefix, path, got, resource)
			}
			if got := resp.Header.Get("Access-Control-Allow-Credentials"); got != "" {
				t.Errorf("%s%s: Access-Control-Allow-Credentials is %q", prefix, path, got)
			}
		}
	}
}

func TestPageHasNothingInline(t *testing.T) {
	s := serve(t, "")
	_, body := get(t, s.URL, html)
	for _, inline := range []string{`<script>`, `<style`, ` style=`, ` on[a-z]+=`, `https?://`} {
		if found := regexp.MustCompile(inline).FindString(body); found != "" {
			t.Errorf("the page has %q in it", found)
		}
	}
}

func TestWhoMayFrameThePage(t *testing.T) {
	for _, c := range []struct {
		ancestors []string
		want      string
	}{
		{nil, "frame-ancestors 'none'"},
		{[]string{"self"}, "frame-ancestors 'self'"},
		{[]string{"*"}, "frame-ancestors *"},
		{[]string{"self", "https://itself.example"}, "frame-ancestors 'self' https://itself.example"},
	} {
		resp, _ := get(t, serve(t, "", c.ancestors...).URL, html)
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; "+c.want) {
			t.Errorf("%q: the policy is %q, want it to end with %q", c.ancestors, policy, c.want)
		}
	}
}

func TestHashedFilesAreKeptForGood(t *testing.T) {
	s := serve(t, "")
	_, body := get(t, s.URL, html)
	hashed := regexp.MustCompile(`\./(assets/main-[0-9A-Z]{8}\.(?:js|css))"`).FindAllStringSubmatch(body, -1)
	if len(hashed) != 2 {
		t.Fatalf("the page names %q: a script and a style are wanted", hashed)
	}
	for _, h := range hashed {
		resp, _ := get(t, s.URL+"/"+h[1])
		if got := resp.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control is %q", h[1], got)
		}
	}
	for _, path := range []string{"/", "/r/room1", "/manifest.webmanifest", "/sw.js", "/embed.js"} {
		resp, _ := get(t, s.URL+path, html)
		if got := resp.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: Cache-Control is %q", path, got)
		}
	}
}

func TestTheWorkerKnowsThePage(t *testing.T) {
	s := serve(t, "")
	_, script := get(t, s.URL+"/sw.js")
	head, _, _ := strings.Cut(script, ";\n")
	var shell struct {
		Build string
		Files map[string]string
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(head, "self.shell=")), &shell); err != nil {
		t.Fatalf("the worker begins with %.80q: %v", script, err)
	}
	page, err := web.New(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if shell.Build == "" || shell.Build != page.Build() {
		t.Errorf("the worker is of the build %q, the page's is %q", shell.Build, page.Build())
	}
	known := make(map[string]bool)
	for name, integrity := range shell.Files {
		known[name] = true
		resp, body := get(t, s.URL+"/"+name)
		hash := sha256.Sum256([]byte(body))
		if want := "sha256-" + base64.StdEncoding.EncodeToString(hash[:]); resp.StatusCode != http.StatusOK || integrity != want {
			t.Errorf("%s: status %d, hash %s, want %s", name, resp.StatusCode, integrity, want)
		}
	}
	for path, up := range map[string]string{"/": "./", "/r/room1": "../"} {
		_, body := get(t, s.URL+path, html)
		if want := `<meta name="build" content="` + shell.Build + `">`; !strings.Contains(body, want) {
			t.Errorf("%s lacks %s", path, want)
		}
		for _, link := range loaded.FindAllStringSubmatch(body, -1) {
			if name := strings.TrimPrefix(link[1], up); !known[name] {
				t.Errorf("%s loads %s, which the worker doesn't know", path, name)
			}
		}
	}
}

func TestWhatIsKnownIsNotSentAgain(t *testing.T) {
	s := serve(t, "")
	for _, coding := range []string{"identity", "gzip"} {
		resp, _ := get(t, s.URL+"/r/room1", html, "Accept-Encoding: "+coding)
		tag := resp.Header.Get("ETag")
		resp, body := get(t, s.URL+"/r/room1", html, "Accept-Encoding: "+coding, "If-None-Match: "+tag)
		if resp.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s: with its own ETag %q: status %d and %d bytes", coding, tag, resp.StatusCode, len(body))
		}
		if resp, _ := get(t, s.URL+"/", html, "Accept-Encoding: "+coding, "If-None-Match: "+tag); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: with another page's ETag: status %d", coding, resp.StatusCode)
		}
	}
}

func TestGzipForThoseWhoTakeIt(t *testing.T) {
	s := serve(t, "")
	_, plain := get(t, s.URL, html)
	for accept, want := range map[string]bool{
		"gzip":              true,
		"br, GZIP;q=0.5":    true,
		"gzip;q=0":          false,
		"gzip;q=0.000, br":  false,
		"gzip; q=0.1":       true,
		"identity":          false,
		"deflate, br, zstd": false,
	} {
		resp, body := get(t, s.URL, html, "Accept-Encoding: "+accept)
		if got := resp.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%q: gzip is %v, want %v", accept, got, want)
		}
		if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%q: Vary is %q", accept, resp.Header.Values("Vary"))
		}
		if want {
			body = inflate(t, body)
		}
		if body != plain {
			t.Errorf("%q: another page came", accept)
		}
	}
}

func inflate(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	inflated, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(inflated)
}

// The promise is 60 KiB of script for the first load.
func TestFirstLoadIsSmall(t *testing.T) {
	s := serve(t, "")
	_, body := get(t, s.URL, html)
	scripts := regexp.MustCompile(`src="\./([^"]+\.js)"`).FindAllStringSubmatch(body, -1)
	seen, total := map[string]bool{}, 0
	for i := 0; i < len(scripts); i++ {
		name := scripts[i][1]
		if seen[name] {
			continue
		}
		seen[name] = true
		resp, sent := get(t, s.URL+"/"+name, "Accept-Encoding: gzip")
		total += len(sent)
		script := sent
		if resp.Header.Get("Content-Encoding") == "gzip" { // a very small one isn't
			script = inflate(t, sent)
		}
		// What it imports at once, but not what it does later.
		for _, more := range regexp.MustCompile(`(?:import|from)\s*"\./([^"]+\.js)"`).FindAllStringSubmatch(script, -1) {
			scripts = append(scripts, []string{"", "assets/" + more[1]})
		}
	}
	if len(seen) == 0 || total > 60<<10 {
		t.Errorf("the first load has %d scripts with %d bytes: at most %d are promised", len(seen), total, 60<<10)
	}
	t.Logf("%d bytes of script, gzipped", total)
}

func TestWhatIsNotThere(t *testing.T) {
	s := serve(t, "")
	for _, path := range []string{"/x", "/r", "/r/", "/r/a/b", "/assets/", "/assets/main.js", "/index.html", "/dist/index.html", "/assets/../web.go", "/r/..%2f..%2fetc"} {
		resp, body := get(t, s.URL+path, html)
		if path == "/r/..%2f..%2fetc" { // a code, as the page sees it: it is the page that refuses it
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s: status %d", path, resp.StatusCode)
			}
			continue
		}
		if resp.StatusCode != http.StatusNotFound || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: status %d, type %q: %.80s", path, resp.StatusCode, resp.Header.Get("Content-Type"), body)
		}
	}
}

func TestCodesStayOutOfThePage(t *testing.T) {
	s := serve(t, "")
	_, want := get(t, s.URL+"/r/room1", html)
	for _, code := range []string{"%3Cscript%3Ealert(1)%3C%2Fscript%3E", "bad%20code", "%00", "javascript:alert(1)"} {
		resp, body := get(t, s.URL+"/r/"+code, html)
		if resp.StatusCode != http.StatusOK || body != want {
			t.Errorf("%s: status %d and another page than of any room", code, resp.StatusCode)
		}
	}
}

func TestHeadHasTheHeadersAlone(t *testing.T) {
	s := serve(t, "")
	for _, path := range []string{"/", "/r/room1", "/icon.svg"} {
		want, _ := get(t, s.URL+path, html)
		resp, body := request(t, http.MethodHead, s.URL+path, html)
		if resp.StatusCode != http.StatusOK || body != "" || resp.ContentLength != want.ContentLength || resp.Header.Get("ETag") != want.Header.Get("ETag") {
			t.Errorf("%s: status %d, length %d, %d bytes", path, resp.StatusCode, resp.ContentLength, len(body))
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	s := serve(t, "")
	for _, path := range []string{"/", "/r/room1", "/icon.svg"} {
		resp, _ := request(t, http.MethodPost, s.URL+path)
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %d, Allow %q", path, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
}

func TestTextForThoseWhoAskForNoPage(t *testing.T) {
	s := serve(t, "")
	resp, body := get(t, s.URL, "Accept: */*")
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") || !strings.Contains(body, "websocat") {
		t.Errorf("status %d, type %q: %.80s", resp.StatusCode, resp.Header.Get("Content-Type"), body)
	}
	if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept") {
		t.Errorf("Vary is %q: a cache would give it to browsers", resp.Header.Values("Vary"))
	}
}

// Behind basic authentication a browser would ask for it without credentials, and get a 401.
func TestTheManifestIsAskedForWithCredentials(t *testing.T) {
	s := serve(t, "")
	for _, path := range []string{"/", "/r/room1"} {
		_, body := get(t, s.URL+path, html)
		if !regexp.MustCompile(`<link rel="manifest" href="[./]+manifest\.webmanifest" crossorigin="use-credentials">`).MatchString(body) {
			t.Errorf("%s doesn't link its manifest with credentials", path)
		}
	}
}
