package test

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Wrong values: the error names the flag and says what would be right.
func TestWrongFlagIsNamedWithWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct {
		flag, value string
		says        string // what would be right, as a regular expression
	}{
		{"--addr", "127.0.0.1", "missing port"},
		{"--addr", "9000", "did you mean :9000"},
		{"--addr", "localhost", "did you mean localhost:PORT"},
		{"--addr", "http://127.0.0.1:8080", "did you mean 127.0.0.1:8080"},
		{"--addr", "192.0.2.1:80", "one of its own"},
		{"--addr", ":99999", "invalid port"},
		{"--addr", "unix:/tmp/" + strings.Repeat("a", 200), "name a shorter one"},
		{"--addr", "127.0.0.1:http-or-so", "unknown port: write HOST:PORT"},
		{"--addr", "127.0.0.1:", "127.0.0.1: has no port: add one"},
		{"--journal", "snug.db", "sqlite:FILE.*memory:"},
		{"--journal", "sqlite:", "sqlite:FILE.*memory:"},
		{"--journal", "memory:room1", "sqlite:FILE.*memory:"},
		{"--journal", "postgres://localhost/snug", "sqlite:FILE.*memory:"},
		{"--journal", "cluster:", "cluster:DIR"},
		{"--journal", "nats:", "nats://HOST:PORT"},
		{"--journal", "nats://", "nats://HOST:PORT"},
		{"--auth", "hmac:~/secret", "write \\$HOME instead"},
		{"--cluster-listen", "127.0.0.1:6222", "for a journal as cluster:DIR"},
		{"--cluster-peers", "127.0.0.1:6222", "for a journal as cluster:DIR"},
		{"--cluster-secret-file", "secret", "for a journal as cluster:DIR"},
		{"--cluster-authority", "ca.pem", "for a journal as nats://HOST:PORT"},
		{"--cluster-creds", "snug.creds", "for a journal as nats://HOST:PORT"},
		{"--cluster-keep", "soon", "a time such as"},
		{"--message-rate", "-1", "messages a second, 0 for no limit"},
		{"--message-rate", "fast", "float|number"},
		{"--message-rate", "NaN", "number|messages a second"},
		{"--message-rate", "Inf", "number|messages a second"},
		{"--max-content", "0", "from 1 to 100000"},
		{"--max-content", "100001", "from 1 to 100000"},
		{"--max-content", "4k", "int|number"},
		{"--max-connections", "-1", "0 for no limit"},
		{"--max-connections", "1.5", "int|number"},
		{"--max-rooms", "-1", "0 for no limit"},
		{"--max-rooms", "many", "int|number"},
		{"--history", "-1", "from 0 to 1000"},
		{"--history", "1001", "from 0 to 1000"},
		{"--history", "all", "int|number"},
		{"--origins", "example.com", "https://example.com"},
		{"--origins", "null", "https://example.com"},
		{"--origins", "https://example.com/page", "https://example.com"},
		{"--origins", "https://example.com,ftp://example.com", "https://example.com"},
		{"--frame-ancestors", "example.com", "https://example.com"},
		{"--frame-ancestors", "https://a.example;script-src *", "https://example.com"},
		{"--max-members", "-1", "0 for no limit"},
		{"--max-connections-per-address", "-1", "0 for no limit"},
		{"--joins-per-minute", "-1", "0 for no limit"},
		{"--new-rooms-per-minute", "-1", "0 for no limit"},
		{"--wrong-passwords-per-minute", "-1", "0 for no limit"},
		{"--bad-frames", "-1", "0 for no limit"},
		{"--max-waiting", "0", "at least 1"},
		{"--max-journal", "-1", "0 for no limit"},
		{"--max-journal", "10G", "int|number"},
		{"--trusted-proxies", "proxy.example", "10.0.0.0/8"},
		{"--trusted-proxies", "10.0.0.0/33", "10.0.0.0/8"},
		{"--public-url", "chat.example", "https://chat.example"},
		{"--public-url", "https://user@chat.example", "https://chat.example"},
		{"--public-url", "https://chat.example/?x", "https://chat.example"},
		{"--public-url", "ftp://chat.example/", "https://chat.example"},
		{"--owners", "all", "first.*none"},
		{"--auth", "", "is empty"},
		{"--oidc-groups", ";", "is empty"},
		{"--domain", " ,", "is empty"},
		{"--auth-audience", "", "is empty"},
		{"--auth-issuer", "", "is empty"},
		{"--auth", "secret", "hmac:FILE, key:FILE or jwks:URL"},
		{"--auth", "hmac:/nowhere/secret", "no such file"},
		{"--auth", "jwks:example.com", "https://example.com/keys.json"},
		{"--security-contact", "security@example.com", "mailto:security@example.com"},
		{"--auth-audience", "snug", "--auth must name the key"},
		{"--tls-cert", "/nowhere/cert.pem", "--tls-cert and --tls-key go together"},
		{"--domain", "localhost", "a name such as chat.example.com"},
		{"--http-addr", ":0", "--tls-cert or --domain"},
		{"--limits", "none", "on.*off"},
		{"--log-level", "loud", "debug|info"},
		{"--log-format", "xml", "text.*json"},
		{"--keep", "a while", "30d,10000events"},
		{"--keep", "-1", "30d,10000events"},
		{"--keep", "30", "is it 30d or 30events"},
		{"--keep", "30x", "the units are d .days."},
		{"--admin", "9090", "missing port.*did you mean :9090"},
		{"--admin", "https://127.0.0.1:9090", "did you mean 127.0.0.1:9090"},
		{"--admin", "127.0.0.1", "did you mean 127.0.0.1:PORT"},
		{"--admin", "0.0.0.0:0", "--admin-secret-file"},
		{"--admin", ":0", "--admin-secret-file"},
		{"--admin", "unix:admin.sock", "isn't a loopback address.*--admin-secret-file"},
		{"--admin-secret-file", "/nowhere/secret", "no such file"},
		{"--admin-secret-file", "/dev/zero", "right file"},
		{"--admin-secret-file", "/dev/null", "at least 16"},
	} {
		env := variable(c.flag) + "=" + c.value
		for _, how := range []string{c.flag + "=" + c.value, env} {
			t.Run(strings.ReplaceAll(how, "/", "_"), func(t *testing.T) {
				s := newSite(t)
				server := s.command()
				server.Args = withoutFlag(server.Args, c.flag)
				if how == env {
					server.Env = append(server.Env, env)
				} else {
					server.Args = append(server.Args, how)
				}
				p := launch(t, server)
				if status := p.wait(t); status != 1 {
					t.Errorf("exit status %d", status)
				}
				said := lastLine(p.err.String())
				if !strings.HasPrefix(said, "snug-server: error: ") {
					t.Errorf("the last line is %q", said)
				}
				if !regexp.MustCompile(c.says).MatchString(said) {
					t.Errorf("%q doesn't say what would be right: %s", said, c.says)
				}
				if !strings.Contains(said, c.flag) && !strings.Contains(said, variable(c.flag)) {
					t.Errorf("%q doesn't name %s", said, c.flag)
				}
				if strings.HasPrefix(p.out.String(), "Snug is at") {
					t.Error("it has greeted all the same")
				}
				if entries := files(t, dirOf(s.file)); len(entries) > 0 {
					t.Error("it has made a journal before it looked at its flags")
				}
			})
		}
	}
}

// variable is a flag's environment variable.
func variable(flag string) string {
	return "SNUG_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "--"), "-", "_"))
}

func withoutFlag(args []string, flag string) []string {
	var rest []string
	for _, a := range args {
		if !strings.HasPrefix(a, flag+"=") {
			rest = append(rest, a)
		}
	}
	return rest
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func TestUnknownFlagsAndArgumentsAreNamed(t *testing.T) {
	for _, arg := range []string{"--bogus", "8080", "-p"} {
		p := launch(t, newCommand(arg))
		if status := p.wait(t); status == 0 || !strings.Contains(lastLine(p.err.String()), arg) {
			t.Errorf("%s: exit status %d, %q", arg, status, lastLine(p.err.String()))
		}
	}
}

// A server without the --auth of another file would be open to everyone.
func TestAFlagIsGivenOnce(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{"auth.json": `{"auth":"hmac:secret"}`, "rooms.json": `{"max-rooms":5}`} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	auth, rooms := filepath.Join(dir, "auth.json"), filepath.Join(dir, "rooms.json")
	for _, c := range []struct {
		args []string
		env  string
		says string
	}{
		{[]string{"--config=" + auth, "--config=" + rooms}, "", "--config is given twice"},
		{[]string{"--config=" + rooms}, auth, "--config and $SNUG_CONFIG"},
	} {
		server := newSite(t).command()
		server.Args = append(server.Args, c.args...)
		if c.env != "" {
			server.Env = append(server.Env, "SNUG_CONFIG="+c.env)
		}
		p := launch(t, server)
		if status := p.wait(t); status != 1 || !strings.Contains(lastLine(p.err.String()), c.says) {
			t.Errorf("%q: exit status %d, %q; want %s", c.args, status, lastLine(p.err.String()), c.says)
		}
	}
}

// A server whose --auth is misspelled would be open to everyone.
func TestMisspelledFlagsAndVariablesAreRefused(t *testing.T) {
	for _, c := range []struct{ arg, env, says string }{
		{"--prot=9000", "", "did you mean --addr :PORT?"},
		{"--port", "", "did you mean --addr :PORT?"},
		{"--jornal=sqlite:x", "", "did you mean --journal?"},
		{"help", "", "did you mean --help?"},
		{"9000", "", "did you mean --addr :9000?"},
		{"", "SNUG_AUTHS=hmac:secret", "did you mean $SNUG_AUTH?"},
		{"", "SNUG_MAX_ROOM=5", "did you mean $SNUG_MAX_ROOMS?"},
		{"", "SNUG_WHAT=5", "unknown environment variable $SNUG_WHAT"},
	} {
		p := newCommand()
		if c.arg != "" {
			p.Args = append(p.Args, c.arg)
		}
		if c.env != "" {
			p.Env = append(p.Env, c.env)
		}
		server := launch(t, p)
		if status := server.wait(t); status != 1 || !strings.Contains(lastLine(server.err.String()), c.says) {
			t.Errorf("%s%s: exit status %d, %q", c.arg, c.env, status, lastLine(server.err.String()))
		}
	}
	s := newSite(t) // what others set for their own reasons
	s.env = []string{"SNUG_TOKEN=x", "SNUG_SERVICE_HOST=10.0.0.1", "SNUG_PORT=tcp://10.0.0.1:8080", "SNUG_PORT_8080_TCP=tcp://10.0.0.1:8080"}
	s.start()
}

func TestAddressInUseIsAClearError(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := newSite(t, "--addr="+taken.Addr().String())
	p := launch(t, s.command())
	if status := p.wait(t); status != 1 {
		t.Errorf("exit status %d", status)
	}
	oneLine(t, p.err.String(), "--addr", taken.Addr().String(), "address already in use")
	if len(files(t, dirOf(s.file))) > 0 {
		t.Error("it has made a journal all the same")
	}
}

func TestHelpNamesEveryFlagItsDefaultAndItsVariable(t *testing.T) {
	for _, flag := range []string{"--help", "-h"} {
		p := launch(t, newCommand(flag))
		if status := p.wait(t); status != 0 || p.err.String() != "" {
			t.Errorf("%s: exit status %d, %s", flag, status, p.err.String())
		}
		help := p.out.String()
		for name, def := range map[string]string{
			"--addr": ":8080", "--journal": "sqlite:snug.db", "--message-rate": "10", "--max-content": "4000",
			"--max-connections": "10000", "--max-rooms": "10000", "--history": "50", "--limits": "on", "--log-level": "info", "--log-format": "text",
			"--max-members": "10000", "--max-connections-per-address": "256", "--joins-per-minute": "300", "--new-rooms-per-minute": "30",
			"--wrong-passwords-per-minute": "10", "--bad-frames": "100", "--max-waiting": "65536", "--max-journal": "10737418240", "--owners": "first",
			"--cluster-keep": "24h0m0s", "--cluster-file": "snug-cluster.db",
		} {
			_, about, found := strings.Cut(help, name+"=")
			about, _, _ = strings.Cut(about, "\n      --")
			if !found || strings.Count(strings.Join(strings.Fields(about), " "), "("+def+", "+variable(name)+")") != 1 {
				t.Errorf("%s isn't there with its default %s, once, and its variable:\n%s", name, def, about)
			}
		}
		for line := range strings.Lines(help) {
			if len(line) > 81 {
				t.Errorf("a line is too long: %s", line)
			}
		}
	}
}

// An image that is built with its version in SNUG_VERSION still starts.
func TestVersionIsAFlagAlone(t *testing.T) {
	// Nor does a variable stop it that is set to nothing, as a file of them may.
	s := newSite(t)
	s.env = []string{"SNUG_VERSION=1.2.3", "SNUG_HISTORY="}
	s.start()
}

func TestVersion(t *testing.T) {
	p := launch(t, newCommand("--version"))
	if status := p.wait(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if !regexp.MustCompile(`^snug \S+\n$`).MatchString(p.out.String()) {
		t.Errorf("%q", p.out.String())
	}
}
