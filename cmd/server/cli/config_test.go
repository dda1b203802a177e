package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestConfigIsForWhatNeitherFlagsNorTheEnvironmentSet(t *testing.T) {
	file := filepath.Join(t.TempDir(), "snug.json")
	text := `{"max-rooms": 1, "max-members": 2, "history": 3, "max-files": 10000000000000, "message-rate": 0.5,
		"origins": ["https://a.example", "https://b.example"], "proxy-protocol": true, "cluster-keep": "2h"}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SNUG_MAX_ROOMS", "10")
	t.Setenv("SNUG_MAX_MEMBERS", "20")
	t.Setenv("SNUG_CONFIG", file)
	f, _, err := parse([]string{"--max-rooms=100"})
	if err != nil {
		t.Fatal(err)
	}
	if f.MaxRooms != 100 || f.MaxMembers != 20 || f.History != 3 || f.MaxFiles != 1e13 || f.MessageRate != 0.5 || !f.ProxyProtocol ||
		f.ClusterKeep.Hours() != 2 || !slices.Equal(f.Origins, []string{"https://a.example", "https://b.example"}) || f.MaxContent != 4000 {
		t.Errorf("%+v", f)
	}
}

func TestMistakesInAConfigAreNamed(t *testing.T) {
	for text, says := range map[string]string{
		`{"adr": ":80"}`:                  `unknown key "adr": did you mean "addr"?`,
		`{"max_rooms": 7}`:                `did you mean "max-rooms"?`,
		`{"version": true}`:               `unknown key "version"`,
		`{"config": "other.json"}`:        `unknown key "config"`,
		`{"auth": ""}`:                    `"auth" is empty`,
		`{"auth": null}`:                  `"auth" is empty`,
		`{"max-rooms": "many"}`:           "--max-rooms",
		`{"max-rooms": 1.5}`:              "--max-rooms",
		`{"max-rooms": {"a": 1}}`:         `"max-rooms" is an object`,
		`{"owners": "all"}`:               "--owners",
		strings.Repeat(" ", 1<<16) + "{}": "more than 65536 bytes",
		`{"max-rooms": 1} {}`:             "not a JSON object",
		`["max-rooms"]`:                   "not a JSON object",
		``:                                "not a JSON object",
		`null`:                            "not a JSON object",

		`{"auth": "hmac:a", "guests": false, "guests": true}`: `the name "guests" appears twice`,

		`{"oidc-groups": []}`:  `"oidc-groups" is empty`,
		`{"oidc-groups": ";"}`: "--oidc-groups (or $SNUG_OIDC_GROUPS) is empty",
		`{"domain": [""]}`:     `"domain" has an element that is empty`,
		`{"origins": [null]}`:  `"origins" has null in its list`,
		`{"auth": " "}`:        `"auth" is empty`,
		`{"auth": ["hmac:a"]}`: `"auth" is a list: it must be a string`,
		`{"auth": true}`:       `"auth" is a boolean: it must be a string`,
		`{"domain": {}}`:       `"domain" is an object: it must be a list of strings`,
		`{"guests": 1}`:        `"guests" is a number: it must be true or false`,
	} {
		file := filepath.Join(t.TempDir(), "snug.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := parse([]string{"--config=" + file}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want %q", text, err, says)
		}
	}
	one := filepath.Join(t.TempDir(), "one.json")
	if err := os.WriteFile(one, []byte("\uFEFF{\"max-rooms\": 1}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, _, err := parse([]string{"--config=" + one}); err != nil || f.MaxRooms != 1 {
		t.Errorf("with a byte order mark: %d, %v", f.MaxRooms, err)
	}
	if _, _, err := parse([]string{"--config=/nowhere/snug.json"}); err == nil || !strings.Contains(err.Error(), "/nowhere/snug.json") {
		t.Errorf("a file that isn't there: %v", err)
	}
}
