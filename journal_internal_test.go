package snug

import (
	"strings"
	"testing"
)

func TestAWrongJournalIsAnsweredWithARightOne(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "",
		"chat.db":             "sqlite:chat.db",
		"/var/lib/snug.db":    "sqlite:/var/lib/snug.db",
		"./a:b.db":            "sqlite:./a:b.db",
		`C:\\chat.db`:         `sqlite:C:\\chat.db`,
		"memory":              "memory:",
		"memory:x":            "memory:",
		"Memory:":             "memory:",
		"sqlite":              "sqlite:snug.db",
		"sqlite:":             "sqlite:snug.db",
		"SQLite:chat.db":      "sqlite:chat.db",
		"sqlite3:chat.db":     "sqlite:chat.db",
		"file:chat.db":        "sqlite:chat.db",
		"file:///chat.db":     "sqlite:/chat.db",
		"cluster:":            "cluster:snug-cluster",
		"cluster":             "cluster:snug-cluster",
		"Cluster:dir":         "cluster:dir",
		"NATS://localhost":    "nats://localhost",
		"postgres://host/db":  "",
		"nats:localhost:4222": "nats://localhost:4222",
		"nats:":               "",
		"nats://":             "",
	} {
		got := wantedJournal(text)
		if !strings.Contains(got, journalLikes) || want == "" && strings.Contains(got, "did you") || want != "" && !strings.HasPrefix(got, "did you mean "+want+"?") {
			t.Errorf("%q: %q, want it to say %q", text, got, want)
		}
	}
}
