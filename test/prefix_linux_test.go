package test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"snug/internal/servertest/vacant"
)

// Everything works below /chat/, whether the proxy removes it from paths or not. The proxies run with the files
// in examples/prefix.
func TestServerBelowAPathBehindARealProxy(t *testing.T) {
	for file, program := range map[string]string{
		"nginx.conf": "nginx", "nginx-stripping.conf": "nginx", "Caddyfile": "caddy", "Caddyfile.stripping": "caddy",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			path := needs(t, program, "a server below a path behind it")
			text, err := os.ReadFile("../examples/prefix/" + file)
			if err != nil {
				t.Fatal(err)
			}
			free := vacant.Addresses(t, 2)
			backend, addr := free[0], free[1]
			base := "http://" + addr + "/chat/"
			newSite(t, "--addr="+backend, "--trusted-proxies=127.0.0.1", "--public-url="+base).start()
			config := strings.NewReplacer("127.0.0.1:8080", backend, "listen 80;", "listen "+addr+";", "\nexample.com {", "\nhttp://"+addr+" {\n\tbind 127.0.0.1").Replace(string(text))
			dir := t.TempDir()
			if program == "nginx" {
				config = fmt.Sprintf("worker_processes 1;\npid %s/pid;\nevents {}\nhttp {\naccess_log off;\n%s\n%s\n}\n", dir, places(dir), config)
			} else {
				config = "{\n\tadmin off\n}\n" + config
			}
			name := filepath.Join(dir, "config")
			if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(path, proxies[program].args(dir, name)...)
			cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
			serve(t, cmd, addr)
			checkBelow(t, base)
		})
	}
}

// checkBelow checks the server at base: the page and what it loads, its worker, a WebSocket, a message with a file,
// the stream of events, and the links that the server writes.
func checkBelow(t *testing.T, base string) {
	t.Helper()
	site, _ := strings.CutSuffix(base, "/chat/")
	bare := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := bare.Get(strings.TrimSuffix(base, "/"))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close() // it has been answered
	if to, err := answer.Location(); err != nil || to.Path != "/chat/" {
		t.Errorf("without its slash, the prefix leads to %v, %v", to, err)
	}

	get := func(address, accept string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", accept)
		answer, err := bare.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s, %v", address, answer.Status, err)
		}
		return string(body)
	}
	for _, page := range []string{base, base + "r/tea"} {
		at, err := url.Parse(page)
		if err != nil {
			t.Fatal(err)
		}
		document := get(page, "text/html")
		if m := regexp.MustCompile(`<base href="([^"]+)"`).FindStringSubmatch(document); m != nil {
			if at, err = at.Parse(m[1]); err != nil {
				t.Fatal(err)
			}
		}
		loads := regexp.MustCompile(`(?:src|href)="([^"#]+\.(?:js|css|svg|webmanifest|json)[^"]*)"`).FindAllStringSubmatch(document, -1)
		if len(loads) == 0 {
			t.Errorf("%s loads nothing", page)
		}
		for _, load := range loads {
			file, err := at.Parse(load[1])
			if err != nil || !strings.HasPrefix(file.String(), base) {
				t.Errorf("%s loads %v, %v", page, file, err)
				continue
			}
			get(file.String(), "*/*")
		}
	}
	for _, file := range []string{"sw.js", "embed.js", "healthz", "openapi.json"} {
		get(base+file, "*/*")
	}
	if text := get(base, "text/plain"); !strings.Contains(text, base+"r/room1") || !strings.Contains(text, "ws"+strings.TrimPrefix(base, "http")+"ws?") {
		t.Errorf("the server says that it is elsewhere:\n%s", text)
	}

	ctx := within(t)
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+"ws?roomCode=tea", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {site}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	file := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(file, []byte("what is in it"), 0o600); err != nil {
		t.Fatal(err)
	}
	snug := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(ctx, snugProgram, args...)
		cmd.Env = environment("SNUG_SERVER="+base, "XDG_CONFIG_HOME="+filepath.Dir(file), "XDG_STATE_HOME="+filepath.Dir(file))
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("snug %s: %v: %s", args, err, said)
		}
		return string(said)
	}
	snug("send", "--nick=ann", "--file="+file, "tea", contents)
	if _, got, err := conn.Read(ctx); err != nil || !strings.Contains(string(got), contents) {
		t.Errorf("over the WebSocket: %s, %v", got, err)
	}
	link := regexp.MustCompile(regexp.QuoteMeta(base) + `r/tea/files/\S+/notes\.txt`).FindString(snug("tail", "--count=1", "tea"))
	if link == "" {
		t.Error("the link to the file isn't below the prefix")
	} else if got := get(link, "*/*"); got != "what is in it" {
		t.Errorf("the file has %q", got)
	}
	stream, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"r/tea/events?history=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream.Header.Set("Accept", "text/event-stream")
	events, err := bare.Do(stream)
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	for seen := ""; !strings.Contains(seen, contents); {
		part := make([]byte, 4096)
		n, err := events.Body.Read(part)
		if seen += string(part[:n]); err != nil && !strings.Contains(seen, contents) {
			t.Fatalf("the stream: %s, %v, %s", events.Status, err, seen)
		}
	}
}
