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
		`{"adr": ":80"}`:           `unknown key "adr": did you mean "addr"?`,
		`{"max_rooms": 7}`:         `did you mean "max-rooms"?`,
		`{"version": true}`:        `unknown key "version"`,
		`{"config": "other.json"}`: `unknown key "config"`,
		`{"auth": ""}`:             `"auth" is empty`,
		`{"auth": null}`:           `"auth" is empty`,
		`{"max-rooms": "many"}`:    "--max-rooms",
		`{"max-rooms": 1.5}`:       "--max-rooms",
		`{"max-rooms": {"a": 1}}`:  "--max-rooms",
		`{"owners": "all"}`:        "--owners",
		`{"max-rooms": 1} {}`:      "there is more after it",
		`["max-rooms"]`:            "not a JSON object",
		``:                         "not a JSON object",
	} {
		file := filepath.Join(t.TempDir(), "snug.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := parse([]string{"--config=" + file}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want %q", text, err, says)
		}
	}
	if _, _, err := parse([]string{"--config=/nowhere/snug.json"}); err == nil || !strings.Contains(err.Error(), "/nowhere/snug.json") {
		t.Errorf("a file that isn't there: %v", err)
	}
}
