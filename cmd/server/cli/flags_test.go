package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"snug"
	"snug/internal/cli"
)

// Whoever adds an option decides here whether it has a flag.
func TestEveryOptionHasAFlagOrAReason(t *testing.T) {
	without := map[string]string{
		"Limits.MessageBurst": "follows from --message-rate for users",
		"Rooms.Idle":          "an internal matter of memory",
		"Rooms.Keep":          "--keep, which is parsed",
		"Rooms.NoOwners":      "--owners",
		"Limits.Off":          "--limits",
		"Auth.Authenticate":   "a function, for programs that embed the server",
		"Filter":              "a function, for programs that embed the server",
		"Traces":              "--traces and --traces-share",
		"Log":                 "--log-format and --log-level",
	}
	flagged := map[string]reflect.Type{}
	for flag := range reflect.TypeFor[flags]().Fields() {
		if path := flag.Tag.Get("option"); path != "" {
			flagged[path] = flag.Type
		}
	}
	check := func(path string, option reflect.Type) {
		flag, there := flagged[path]
		if reason := without[path]; there == (reason != "") {
			t.Errorf("%s: has a flag: %t; reason for none: %q", path, there, reason)
		}
		if there && flag != option {
			t.Errorf("%s is %v as an option and %v as a flag: it can't be copied", path, option, flag)
		}
		delete(flagged, path)
	}
	for option := range reflect.TypeFor[snug.Options]().Fields() {
		if !strings.HasSuffix(option.Type.Name(), "Options") {
			check(option.Name, option.Type)
			continue
		}
		for grouped := range option.Type.Fields() {
			check(option.Name+"."+grouped.Name, grouped.Type)
		}
	}
	for path := range flagged {
		t.Errorf("there is no option %s for a flag to set", path)
	}
}

func TestAnErrorAboutAnOptionNamesItsFlag(t *testing.T) {
	parser := newParser(new(flags), func(int) {})
	for path, want := range map[string]string{
		"Limits.MaxRooms": "--max-rooms (or $SNUG_MAX_ROOMS) is -1: a number",
		"Web.PublicURL":   "--public-url (or $SNUG_PUBLIC_URL) is -1: a number",
		"Auth.Method":     "--auth (or $SNUG_AUTH) is -1: a number",
		"Rooms.Idle":      "Rooms.Idle is -1: a number",
	} {
		err := asFlag(parser, fmt.Errorf("start: %w", &snug.OptionError{Option: path, Value: -1, Want: "a number"}))
		if !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	err := asFlag(parser, &snug.OptionError{Option: "Auth.Guests", Value: true, Want: "without Auth.Method, leave Rooms.Idle out"})
	if want := "--guests (or $SNUG_GUESTS) is true: without --auth, leave Rooms.Idle out"; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestListsMayHaveSpaces(t *testing.T) {
	f, _, err := parse([]string{"--origins= https://a.example, https://b.example,", "--trusted-proxies=::1, 10.0.0.0/8", "--domain=a.example , b.example"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := f.options()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want []string }{
		{o.Web.Origins, []string{"https://a.example", "https://b.example"}},
		{o.Web.TrustedProxies, []string{"::1", "10.0.0.0/8"}},
		{f.Domain, []string{"a.example", "b.example"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// What a flag replaces unseen may be the --auth in another --config.
func TestFlagsAreGivenOnce(t *testing.T) {
	dir := t.TempDir()
	open, closed := filepath.Join(dir, "open.json"), filepath.Join(dir, "closed.json")
	for file, text := range map[string]string{open: `{"max-rooms": 5}`, closed: `{"auth": "hmac:secret"}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for args, says := range map[string]string{
		"--config=" + closed + " --config=" + open: "--config is given twice",
		"--auth hmac:a --auth=hmac:b":              "--auth is given twice",
		"--guests --guests=false":                  "--guests is given twice",
		"--tls-cert a --tls-key b --tls-cert c":    "--tls-cert is given twice",
	} {
		if _, _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want %s", args, err, says)
		}
	}
	if f, _, err := parse([]string{"--domain=a.example", "--domain=b.example", "--config=" + open}); err != nil || len(f.Domain) != 2 || f.MaxRooms != 5 {
		t.Errorf("a list in parts: %+v, %v", f, err)
	}
	t.Setenv("SNUG_CONFIG", closed)
	if _, _, err := parse([]string{"--config=" + open}); err == nil || !strings.Contains(err.Error(), "--config and $SNUG_CONFIG") {
		t.Errorf("a file of each: %v", err)
	}
}

// A script's unset variable must not leave the server open.
func TestEmptyFlagsAreRefused(t *testing.T) {
	for _, flag := range newParser(new(flags), func(int) {}).Model.Flags {
		if flag.IsBool() {
			continue
		}
		for _, args := range [][]string{{"--" + flag.Name, ""}, {"--" + flag.Name + "="}} {
			if _, _, err := parse(args); err == nil || !strings.Contains(err.Error(), "--"+flag.Name) {
				t.Errorf("%q: %v", args, err)
			}
		}
		if flag.IsSlice() {
			t.Setenv(flag.Envs[0], " "+string(flag.Tag.Sep))
			if _, _, err := parse(nil); err == nil || !strings.Contains(err.Error(), "$"+flag.Envs[0]+") is empty") {
				t.Errorf("$%s with nothing but spaces: %v", flag.Envs[0], err)
			}
			t.Setenv(flag.Envs[0], "")
			if err := os.Unsetenv(flag.Envs[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"SNUG_AUTH", "SNUG_OIDC_GROUPS", "SNUG_ADMIN_SECRET_FILE", "SNUG_CONFIG"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "")
			if _, _, err := parse(nil); err == nil || !strings.Contains(err.Error(), name+" is empty") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestErrorsAboutValuesSayWhatWouldBeRight(t *testing.T) {
	for args, want := range map[string]string{
		"--addr":               "--addr has no value: write --addr HOST:PORT|unix:FILE",
		"--addr --journal x":   "--addr has no value",
		"--max-file-size 25MB": `--max-file-size: "25MB" isn't a whole number of bytes`,
		"--max-rooms many":     `--max-rooms: "many" isn't a whole number`,
		"--oidc-session 12":    `--oidc-session: "12" isn't a time such as 90s, 15m or 12h`,
		"--cert=x":             "unknown flag --cert: did you mean --tls-cert?",
		"start":                "unexpected argument start: did you mean no argument at all?",
		"addr=:80":             "unexpected argument addr=:80: did you mean --addr=:80?",
	} {
		if _, _, err := parse(strings.Fields(args)); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Count(err.Error(), "did you mean") > 1 {
			t.Errorf("%s: %v; want %s", args, err, want)
		}
	}
	if f, _, err := parse([]string{"--max-rooms", "-1"}); err != nil || f.MaxRooms != -1 {
		t.Errorf("a negative number, which snug.New refuses: %d, %v", f.MaxRooms, err)
	}
}

func TestFlagsBecomeOptions(t *testing.T) {
	var f flags
	parser := newParser(&f, func(int) {})
	if _, err := parser.Parse([]string{"--max-rooms=7", "--keep=30d", "--owners=none", "--limits=off", "--trusted-proxies=::1,10.0.0.0/8", "--cluster-keep=1h"}); err != nil {
		t.Fatal(err)
	}
	o, err := f.options()
	if err != nil || o.Limits.MaxRooms != 7 || o.Rooms.Keep == (snug.Keep{}) || !o.Rooms.NoOwners || !o.Limits.Off || len(o.Web.TrustedProxies) != 2 || o.Cluster.Keep.Hours() != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if d := snug.Defaults(); o.Limits.MaxMembers != d.Limits.MaxMembers || o.Limits.MessageBurst != d.Limits.MessageBurst || o.Journal != d.Journal {
		t.Errorf("not the defaults: %+v", o)
	}
}

func TestEveryVariableIsKnown(t *testing.T) {
	var f flags
	for _, flag := range newParser(&f, func(int) {}).Model.Flags {
		for _, env := range flag.Envs {
			if !cli.Knows(env) {
				t.Errorf("internal/cli doesn't know %s", env)
			}
		}
	}
}
