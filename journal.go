package snug

import (
	"fmt"
	"strings"
)

// journalLikes says how a journal is written.
const journalLikes = "sqlite:FILE, memory: without more, cluster:DIR, or nats://HOST:PORT"

// wantedJournal says what would be right in the place of a journal that is wrong.
func wantedJournal(text string) string {
	engine, rest, colon := strings.Cut(text, ":")
	suggestion := ""
	switch lower := strings.ToLower(engine); {
	case text == "":
	case lower == "sqlite" && rest == "":
		suggestion = "sqlite:snug.db"
	case lower == "cluster" && rest == "":
		suggestion = "cluster:snug-cluster"
	case lower == "memory":
		suggestion = "memory:"
	case lower != engine && (lower == "sqlite" || lower == "cluster" || lower == "nats" || lower == "tls"):
		suggestion = lower + ":" + rest
	case (engine == "nats" || engine == "tls") && rest != "" && !strings.HasPrefix(rest, "//"):
		suggestion = engine + "://" + rest
	case lower == "sqlite3" || lower == "file" || lower == "db":
		suggestion = "sqlite:" + strings.TrimPrefix(rest, "//")
	case !colon || len(engine) == 1 || strings.ContainsAny(engine, `/\\`): // a file's name, perhaps of Windows
		suggestion = "sqlite:" + text
	}
	if suggestion == "" || suggestion == text {
		return journalLikes
	}
	return fmt.Sprintf("did you mean %s? It may be %s", suggestion, journalLikes)
}
