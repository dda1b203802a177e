package cli

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestNearest(t *testing.T) {
	flags := []string{"addr", "admin", "auth", "auth-issuer", "journal", "keep", "max-rooms", "max-members", "trusted-proxies"}
	for word, want := range map[string]string{
		"adr": "addr", "add": "addr", "auht": "auth", "auths": "auth", "jurnal": "journal", "max-room": "max-rooms",
		"trusted-proxy": "trusted-proxies", "xyz": "", "": "", "x": "", "MAX-ROOMS": "",
	} {
		if got := Nearest(word, flags); got != want {
			t.Errorf("%q is near %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestAWrongCallSuggestsARightOne(t *testing.T) {
	var flags struct {
		Addr string `default:":8080"`
		TLS  bool   `name:"tls"`
		Rate float64
		Lock string `enum:",yes,no" default:""`
		Send struct {
			Text string
		} `cmd:"" default:"1"`
	}
	parser := kong.Must(&flags, kong.Exit(func(int) {}), Values())
	hints := map[string]string{"port": "--addr :PORT", "help": "--help"}
	for args, want := range map[string]string{
		"--adr=:1":  "did you mean --addr?",
		"-addr :1":  "did you mean --addr?",
		"--txt a":   "did you mean --text?",
		"--port=80": "did you mean --addr :PORT?",
		"help":      "did you mean --help?",
		"--tls yes": "unexpected argument yes: --tls alone turns it on, and --tls=no turns it off",
		"--lock x":  `--lock must be one of "yes","no" but got "x"`,
		"--rate x":  `--rate: "x" isn't a number such as 10 or 0.5`,
		"--zzzzzz":  "unknown flag --zzzzzz",
	} {
		if _, err := Parse(parser, strings.Fields(args), hints); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
	if _, err := Parse(parser, []string{"--addr=:1"}, hints); err != nil {
		t.Error(err)
	}
}

func TestOnlyFlagsOfTheCommandAreSuggested(t *testing.T) {
	var flags struct {
		Send struct {
			Name  string   `placeholder:"NICK"`
			Words []string `arg:"" optional:""`
		} `cmd:""`
		Invite struct {
			Uses int
			Name string `placeholder:"TEXT"`
		} `cmd:""`
	}
	for args, want := range map[string]string{
		"send --dashes":  "unknown flag --dashes: --help lists all flags; write -- before words that begin with a dash",
		"send --nam x":   "unknown flag --nam: did you mean --name? --help lists all flags; write -- before words that begin with a dash",
		"send -x":        "unknown flag -x: --help lists all flags; write -- before words that begin with a dash",
		"send --name":    "--name has no value: write --name NICK",
		"invite --use 1": "unknown flag --use: did you mean --uses? --help lists all flags",
		"invite -x":      "unknown flag -x: --help lists all flags",
		"--use 1 invite": "unknown flag --use: did you mean --uses? --help lists all flags",
	} {
		parser := kong.Must(&flags, kong.Exit(func(int) {}))
		if _, err := Parse(parser, strings.Fields(args), nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}

// Or it would become something else on its way.
func TestWhatIsNoTextIsRefused(t *testing.T) {
	var flags struct {
		Name  string
		Words []string `arg:"" optional:""`
	}
	parser := kong.Must(&flags, kong.Exit(func(int) {}))
	for _, args := range [][]string{{"--name=a\xff"}, {"--name", "\xff"}, {"a", "\xc3"}, {"--", "\xed\xa0\x80"}} {
		if _, err := Parse(parser, args, nil); err == nil || !strings.Contains(err.Error(), "isn't text in UTF-8") {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, err := Parse(parser, []string{"--name=ä", "�"}, nil); err != nil || flags.Words[0] != "�" {
		t.Errorf("%q, %v", flags.Words, err)
	}
	t.Setenv("SNUG_PASSWORD", "a\xff")
	if err := CheckEnvironment(); err == nil || !strings.Contains(err.Error(), "$SNUG_PASSWORD isn't text in UTF-8") {
		t.Errorf("a variable: %v", err)
	}
}

func TestUnknownVariablesAreRefused(t *testing.T) {
	for _, ok := range []string{"SNUG_AUTH", "SNUG_SERVER", "SNUG_VERSION", "SNUG_SERVICE_HOST", "SNUG_PORT", "SNUG_PORT_8080_TCP_ADDR", "SNUG_SERVICE_PORT_HTTP", "SNUGGLE"} {
		t.Run(ok, func(t *testing.T) {
			t.Setenv(ok, "x")
			if err := CheckEnvironment(); err != nil {
				t.Error(err)
			}
		})
	}
	for name, want := range map[string]string{
		"SNUG_AUTHS": "did you mean $SNUG_AUTH?", "SNUG_MAX_ROOM": "did you mean $SNUG_MAX_ROOMS?",
		"SNUG_auth": "unknown environment variable $SNUG_auth", "SNUG_": "unknown", "SNUG_PORTS": "unknown", "SNUG_WHATEVER": "unset it",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "x")
			if err := CheckEnvironment(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// A script's unset variable must not be taken for a flag that was left out.
func TestEmptyFlagsAreRefused(t *testing.T) {
	var flags struct {
		Key   string   `env:"SNUG_KEY"`
		Rooms []string `sep:","`
		Topic *string
		Lock  string `enum:",yes,no" default:""`
		Count int
	}
	parse := func(args ...string) error { // kong's parsers remember what was set
		_, err := Parse(kong.Must(&flags, kong.Exit(func(int) {})), args, nil)
		return err
	}
	for _, args := range [][]string{{"--key", ""}, {"--key="}, {"--rooms="}, {"--rooms", " , "}, {"--count", "0", "--key="}} {
		if err := parse(args...); err == nil || !strings.Contains(err.Error(), "is empty: leave it out, or set it") {
			t.Errorf("%q: %v", args, err)
		}
	}
	if err := parse("--topic=", "--rooms=a,", "--count=0"); err != nil || flags.Topic == nil {
		t.Errorf("an empty topic, which is none: %v", err)
	}
}

func TestANegativeNumberIsAValue(t *testing.T) {
	var flags struct {
		Limit int `short:"n"`
		All   bool
		Words []string `arg:"" optional:""`
	}
	parser := kong.Must(&flags, kong.Exit(func(int) {}))
	for _, args := range [][]string{{"--limit", "-1"}, {"-n", "-1"}, {"--limit=-1"}} {
		if _, err := Parse(parser, args, nil); err != nil || flags.Limit != -1 {
			t.Errorf("%q: %d, %v", args, flags.Limit, err)
		}
	}
	for _, args := range [][]string{{"--all", "-1"}, {"--limit"}, {"--limit", "--all"}} {
		if _, err := Parse(parser, args, nil); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
	if _, err := Parse(parser, []string{"--", "--limit", "-1"}, nil); err != nil || len(flags.Words) != 2 {
		t.Errorf("words: %q, %v", flags.Words, err)
	}
}

func TestAVersionThatCannotBeWrittenIsAnError(t *testing.T) {
	var flags struct{ Version Version }
	for _, fails := range []bool{false, true} {
		exited := false
		parser := kong.Must(&flags, kong.Exit(func(int) { exited = true }), kong.Writers(failing(fails), io.Discard), kong.Vars{"version": "1"})
		if _, err := Parse(parser, []string{"--version"}, nil); (err != nil) != fails || exited == fails {
			t.Errorf("fails: %v; %v, exited %v", fails, err, exited)
		}
	}
}

// failing is a writer that fails if it is true.
type failing bool

func (f failing) Write(p []byte) (int, error) {
	if f {
		return 0, errors.New("the disk is full")
	}
	return len(p), nil
}
