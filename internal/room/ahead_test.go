package room

import (
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/protocol"
)

// openAhead opens a log that was written while the system's clock was ahead by a time.
func openAhead(t *testing.T, by time.Duration) journal.Journal {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.snug")
	open := func() *local.Journal {
		j, err := local.Open(t.Context(), path, local.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	if err := open().Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("UPDATE log SET at = ?", time.Now().Add(by).UnixMilli())
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return closeAtEnd(t, open())
}

// What ends by the log's clock would end at once: the room would be closed and erased.
func TestWhatWouldHaveEndedIsRefusedWhereTheClockWasAhead(t *testing.T) {
	const day = 24 * time.Hour
	ann := mustJoin(t, newRegistry(t, Options{Journal: openAhead(t, 30*day)}), v1("ann"))
	expires := func(in time.Duration) Moderation {
		at := time.Now().Add(in).UTC().Format(protocol.TimeLayout)
		return Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Expires: &at}}
	}
	for name, m := range map[string]Moderation{
		"expires": expires(7 * day),
		"invite":  {Action: protocol.ActionInvite, For: 7 * day},
	} {
		m.ID = auto(ann)
		d, err := ann.Moderate(t.Context(), m)
		if err == nil {
			_, err = ann.Commit(t.Context(), d)
		}
		if code(t, err) != string(protocol.Forbidden) || !strings.Contains(err.Error(), "clock was ahead") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ann.mustModerate(expires(60 * day))
	ann.mustModerate(Moderation{Action: protocol.ActionInvite, For: 60 * day})
	never := ""
	ann.mustModerate(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Expires: &never}})
}
