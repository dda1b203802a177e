package cli

import (
	"reflect"
	"slices"
	"testing"

	"snug"
	"snug/internal/cli"
)

// Whoever adds an option decides here whether it has a flag.
func TestEveryOptionHasAFlagOrAReason(t *testing.T) {
	without := map[string]string{
		"MessageBurst": "follows from --message-rate for users",
		"RoomIdle":     "an internal matter of memory",
		"Log":          "--log-format and --log-level",
		"NoOwners":     "--owners",
		"NoLimits":     "--limits",
	}
	f := reflect.TypeFor[flags]()
	o := reflect.TypeFor[snug.Options]()
	for option := range o.Fields() {
		flag, there := f.FieldByName(option.Name)
		if reason := without[option.Name]; there == (reason != "") {
			t.Errorf("%s: has a flag: %t; reason for none: %q", option.Name, there, reason)
		}
		if there && flag.Type != option.Type && option.Name != "Keep" {
			t.Errorf("%s is %v as an option and %v as a flag: it isn't copied", option.Name, option.Type, flag.Type)
		}
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
		{o.Origins, []string{"https://a.example", "https://b.example"}},
		{o.TrustedProxies, []string{"::1", "10.0.0.0/8"}},
		{f.Domain, []string{"a.example", "b.example"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestFlagsBecomeOptions(t *testing.T) {
	var f flags
	parser := newParser(&f, func(int) {})
	if _, err := parser.Parse([]string{"--max-rooms=7", "--keep=30d", "--owners=none", "--limits=off", "--trusted-proxies=::1,10.0.0.0/8", "--cluster-keep=1h"}); err != nil {
		t.Fatal(err)
	}
	o, err := f.options()
	if err != nil || o.MaxRooms != 7 || o.Keep == (snug.Keep{}) || !o.NoOwners || !o.NoLimits || len(o.TrustedProxies) != 2 || o.ClusterKeep.Hours() != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if d := snug.Defaults(); o.MaxMembers != d.MaxMembers || o.MessageBurst != d.MessageBurst || o.Journal != d.Journal {
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
