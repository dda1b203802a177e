package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
)

// description is the served OpenAPI document, of which a test has seen some answers.
type description struct {
	t         testing.TB
	validator validator.Validator
	document  document
	seen      map[string]bool // "METHOD path status" and error codes
}

// document is the part of a description that the tests themselves read.
type document struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Responses map[string]struct {
			Content map[string]struct {
				Schema struct {
					AllOf []struct {
						Properties struct {
							Code struct {
								Enum  []string `json:"enum"`
								Const string   `json:"const"`
							} `json:"code"`
						} `json:"properties"`
					} `json:"allOf"`
				} `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"components"`
}

// operation is a method of a path of a description.
type operation struct {
	Responses map[string]json.RawMessage `json:"responses"`
}

// operations returns what the description has, by "METHOD path".
func (d *document) operations(t testing.TB) map[string]operation {
	t.Helper()
	all := make(map[string]operation)
	for path, methods := range d.Paths {
		for method, raw := range methods {
			if method == "parameters" {
				continue
			}
			var o operation
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			all[strings.ToUpper(method)+" "+path] = o
		}
	}
	return all
}

// readDescription reads the description that a server serves.
func readDescription(t testing.TB, url string) *description {
	t.Helper()
	resp := request(t, url, http.MethodGet, "/openapi.json", "")
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", resp.StatusCode, err)
	}
	d := &description{t: t, seen: make(map[string]bool)}
	if err := json.Unmarshal(raw, &d.document); err != nil {
		t.Fatal(err)
	}
	parsed, err := libopenapi.NewDocument(raw)
	if err != nil {
		t.Fatal(err)
	}
	var errs []error
	// Strict: what is sent and not described is an error, too.
	d.validator, errs = validator.NewValidator(parsed, config.WithStrictMode(), config.WithFormatAssertions(),
		config.WithStrictIgnorePaths("$.body.openapi", "$.body.info", "$.body.servers", "$.body.paths", "$.body.components", "$.body.security", // the description itself
			"$.body.text"), // to hooks, apps post what they like
		config.WithStrictIgnoredHeadersExtra("Referrer-Policy", "Cross-Origin-Resource-Policy", "X-Content-Type-Options", "X-Robots-Tag",
			"Content-Security-Policy", "Permissions-Policy", "Accept-Ranges", // of all answers, and of the page
			"Allow", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"))
	if errs != nil {
		t.Fatal(errs)
	}
	return d
}

// request sends a request and returns the answer, whose body the test closes. with are
// pairs of header names and values.
func request(t testing.TB, url, method, path, body string, with ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(with); i += 2 {
		r.Header.Set(with[i], with[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// wants sends a request, compares it and its answer with the description, and returns the
// answer's body. code is the one of an error.
func (d *description) wants(url, method, path, body string, status int, code string, with ...string) string {
	d.t.Helper()
	return d.check(request(d.t, url, method, path, body, with...), body, status, code)
}

// check does the same with the answer to a request that was sent with a body.
func (d *description) check(resp *http.Response, body string, status int, code string) string {
	d.t.Helper()
	answer := d.readAnswer(resp)
	method, path := resp.Request.Method, resp.Request.URL.Path
	if resp.StatusCode != status || !strings.Contains(answer, code) {
		d.t.Errorf("%s %s %.200q: %d %s, want %d %s", method, path, body, resp.StatusCode, answer, status, code)
	}
	d.seen[code] = true
	for described := range d.document.Paths {
		if matches(described, path) {
			d.seen[fmt.Sprintf("%s %s %d", method, described, resp.StatusCode)] = true
		}
	}
	d.compare(resp, body, answer)
	return answer
}

// compare compares an answer, and the request for it unless it was refused, with the
// description.
func (d *description) compare(resp *http.Response, body, answer string) {
	d.t.Helper()
	what := fmt.Sprintf("%s %s: %d", resp.Request.Method, resp.Request.URL.Path, resp.StatusCode)
	if resp.Header.Get("Content-Type") == "application/jsonl" {
		quoted, _ := json.Marshal(answer) // the validator knows JSON and no JSON Lines, which are described as a string
		answer = string(quoted)
	}
	resp.Body = io.NopCloser(strings.NewReader(answer))
	_, errs := d.validator.ValidateHttpResponse(resp.Request, resp)
	if resp.StatusCode < http.StatusBadRequest {
		r := resp.Request.Clone(context.Background())
		if r.Header.Get("Content-Type") == "application/jsonl" {
			quoted, _ := json.Marshal(body) // as above
			body = string(quoted)
		}
		r.Body = io.NopCloser(strings.NewReader(body))
		_, more := d.validator.ValidateHttpRequest(r)
		errs = append(errs, more...)
	}
	for _, e := range errs {
		d.t.Errorf("%s: %s: %s; %s %v\n%s", what, e.Message, e.Reason, e.HowToFix, e.SchemaValidationErrors, answer)
	}
}

// matches reports whether a path is one of those that the description writes with {names}.
func matches(described, path string) bool {
	parts, wants := strings.Split(path, "/"), strings.Split(described, "/")
	return slices.EqualFunc(parts, wants, func(part, want string) bool { return part == want || strings.HasPrefix(want, "{") })
}

// readAnswer reads a body, or the first events of a stream.
func (d *description) readAnswer(resp *http.Response) string {
	d.t.Helper()
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		all, err := io.ReadAll(resp.Body)
		if err != nil {
			d.t.Fatal(err)
		}
		return string(all)
	}
	var events bytes.Buffer
	for buf := make([]byte, 4096); !strings.HasSuffix(events.String(), "\n\n") || !strings.Contains(events.String(), "welcome"); {
		n, err := resp.Body.Read(buf)
		events.Write(buf[:n])
		if err != nil {
			d.t.Fatalf("the stream ended after %q: %v", &events, err)
		}
	}
	return events.String()
}
