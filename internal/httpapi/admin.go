package httpapi

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"snug/internal/journal"
	"snug/internal/problem"
	"snug/internal/room"
	"snug/protocol"
)

// Admin is the operator's port. Its functions must be safe for concurrent use. If they
// return a [*RefusedError] or a [*protocol.Error], the request is at fault.
type Admin struct {
	Log     *slog.Logger
	Metrics prometheus.Gatherer
	// Ready returns why the server should get no new clients; nil if it may get some.
	Ready func() error
	// Inside returns the snapshot for the live page, which is sent as JSON.
	Inside func() any
	// Backup returns a copy of the journal and its size in bytes.
	Backup func(ctx context.Context) (io.ReadCloser, int64, error)
	// Erase erases the messages of a member in a room and returns their number.
	Erase func(ctx context.Context, room, member string) (int, error)
	// GiveOwner makes a member an owner of a room.
	GiveOwner func(ctx context.Context, room, member string) error
	// RevokeSeats makes the seats of a member of a room invalid.
	RevokeSeats func(ctx context.Context, room, member string) error
	// Prune removes the entries that keep doesn't keep, or that the server's own rule
	// doesn't keep if it is empty, and returns how many it removed. A keep that keeps
	// very little is refused unless the operator has confirmed it.
	Prune func(ctx context.Context, keep string, confirmed bool) (int, error)
	// Rooms are all rooms.
	Rooms *room.Registry
}

// RefusedError says what is wrong with a request and what would be right.
type RefusedError struct {
	Status int // of HTTP
	Why    string
}

func (r *RefusedError) Error() string { return r.Why }

// Handler returns the handler of the operator's port. All requests but those for health must
// bring the secret; if it is empty, they must be addressed to this machine (see guarded).
func (a *Admin) Handler(secret string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.Metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /inside.json", a.inside)
	mux.HandleFunc("POST /backup", a.backup)
	mux.HandleFunc("POST /erase", a.withForm(a.erase, "room", "member"))
	mux.HandleFunc("POST /owner", a.withForm(a.owner, "room", "member"))
	mux.HandleFunc("POST /revoke", a.withForm(a.revoke, "room", "member"))
	mux.HandleFunc("POST /prune", a.withForm(a.prune, "keep", "confirm"))
	a.addRooms(mux)
	mux.HandleFunc("GET /openapi.json", describeAdmin)
	addPage(mux)
	addProfiles(mux)
	all := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if allow := slices.Concat(problem.Methods(mux, r), problem.Methods(all, r)); len(allow) > 0 {
			problem.WriteMethods(w, allow)
			return
		}
		problem.Write(w, http.StatusNotFound, "not found: / is the live page, and docs/operations.md describes the rest")
	})

	all.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, "ok\n") })
	all.HandleFunc("GET /readyz", a.ready)
	all.Handle("/", guarded(mux, secret))
	return all
}

func say(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text) // the client may be gone
}

func (a *Admin) ready(w http.ResponseWriter, _ *http.Request) {
	if err := a.Ready(); err != nil {
		problem.Write(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	say(w, "ready\n")
}

func (a *Admin) inside(w http.ResponseWriter, _ *http.Request) { answer(w, a.Inside()) }

// answer sends v as JSON.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

// sqliteMagic is what a backup without files begins with.
const sqliteMagic = "SQLite format 3\x00"

func (a *Admin) backup(w http.ResponseWriter, r *http.Request) {
	backup, size, err := a.Backup(r.Context())
	if err != nil {
		a.fail(w, "a backup can't be made", err)
		return
	}
	defer backup.Close()
	content := bufio.NewReader(backup)
	contentType, name := "application/vnd.sqlite3", "snug-backup.db"
	if begin, err := content.Peek(len(sqliteMagic)); err == nil && string(begin) != sqliteMagic { // it has files
		contentType, name = "application/x-tar", "snug-backup.tar"
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	if n, err := io.Copy(w, content); err != nil {
		a.Log.Warn("a backup was cut short", "bytes", n, "of", size, "err", err)
		return
	}
	a.audit(r, "backup", "", "bytes", size)
}

// withForm returns a handler that calls do for requests whose form checkForm takes, and refuses others.
func (a *Admin) withForm(do http.HandlerFunc, fields ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := checkForm(r, fields...); err != nil {
			a.fail(w, "a request failed", err)
			return
		}
		do(w, r)
	}
}

// checkForm reads the form that a request has as its body, or in its address. The error is a
// [*protocol.Error]: the body is no form or can't be read, or the form says something twice, or has another
// field than those that are given, which is a mistake for one of them.
func checkForm(r *http.Request, fields ...string) error {
	const inMemory = 1 << 20
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength != 0 && kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return protocol.Errorf(protocol.BadField, "the body is no form: send it as application/x-www-form-urlencoded")
	}
	err := r.ParseForm()
	if err == nil {
		err = r.ParseMultipartForm(inMemory)
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return protocol.Errorf(protocol.BadField, "the form can't be read: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Form)) {
		if n := len(r.Form[name]); n > 1 {
			return protocol.Errorf(protocol.BadField, "the form field %.40q is there %d times: once is enough", name, n)
		}
		if !slices.Contains(fields, name) {
			return protocol.Errorf(protocol.BadField, "there is no form field %.40q here: there is %s", name, strings.Join(fields, " and "))
		}
	}
	return nil
}

func (a *Admin) erase(w http.ResponseWriter, r *http.Request) {
	room, member := r.FormValue("room"), r.FormValue("member")
	if room == "" || member == "" {
		problem.Write(w, http.StatusBadRequest, "the form fields room and member must say whose messages to erase")
		return
	}
	n, err := a.Erase(r.Context(), room, member)
	if n > 0 || err == nil {
		a.audit(r, "erase-member", room, "member", member, "messages", n)
	}
	if err != nil {
		a.fail(w, "a member's messages can't be erased", err)
		return
	}
	answer(w, map[string]int{"erased": n})
}

func (a *Admin) owner(w http.ResponseWriter, r *http.Request) {
	room, member := r.FormValue("room"), r.FormValue("member")
	if room == "" || member == "" {
		problem.Write(w, http.StatusBadRequest, "room and member are missing: they say who is to own which room, as form fields")
		return
	}
	if err := a.GiveOwner(r.Context(), room, member); err != nil {
		a.fail(w, "the room can't be given an owner", err)
		return
	}
	a.audit(r, "owner", room, "member", member)
	answer(w, map[string]string{"owner": member})
}

func (a *Admin) revoke(w http.ResponseWriter, r *http.Request) {
	room, member := r.FormValue("room"), r.FormValue("member")
	if room == "" || member == "" {
		problem.Write(w, http.StatusBadRequest, "room and member are missing: they say whose seats are to be revoked, as form fields")
		return
	}
	if err := a.RevokeSeats(r.Context(), room, member); err != nil {
		a.fail(w, "the seats can't be revoked", err)
		return
	}
	a.audit(r, "revoke", room, "member", member)
	answer(w, map[string]string{"revoked": member})
}

func (a *Admin) prune(w http.ResponseWriter, r *http.Request) {
	n, err := a.Prune(r.Context(), r.FormValue("keep"), r.FormValue("confirm") == "yes")
	if n > 0 || err == nil {
		a.audit(r, "prune", "", "entries", n)
	}
	if err != nil {
		a.fail(w, "the journal can't be pruned", err)
		return
	}
	answer(w, map[string]int{"pruned": n})
}

// statuses are the HTTP statuses of refusals on the operator's port.
var statuses = map[protocol.ErrorCode]int{
	protocol.BadField:    http.StatusBadRequest,
	protocol.TooLong:     http.StatusBadRequest,
	protocol.NotFound:    http.StatusNotFound,
	protocol.Closed:      http.StatusGone,
	protocol.TooMany:     http.StatusTooManyRequests,
	protocol.Unavailable: http.StatusServiceUnavailable,
}

// fail answers a request that was refused or has failed.
func (a *Admin) fail(w http.ResponseWriter, what string, err error) {
	var (
		refused *RefusedError
		refusal *protocol.Error
	)
	switch {
	case errors.As(err, &refused):
		problem.Write(w, refused.Status, refused.Why)
	case errors.As(err, &refusal):
		if refusal.RetryAfter > 0 {
			problem.SetRetryAfter(w.Header(), refusal.RetryAfter)
		}
		status := cmp.Or(statuses[refusal.Code], http.StatusConflict)
		problem.WriteError(w, status, refusal)
	case errors.Is(err, room.ErrClosed), errors.Is(err, journal.ErrClosed):
		problem.Write(w, http.StatusServiceUnavailable, "the server is shutting down")
	case errors.Is(err, journal.ErrUnavailable):
		problem.Write(w, http.StatusServiceUnavailable, "the journal accepts nothing now: try again in a while")
	case errors.Is(err, room.ErrNoCatalog):
		problem.Write(w, http.StatusConflict, err.Error())
	default:
		a.Log.Error(what, "err", err) //nolint:sloglint // the callers' messages are constants
		problem.Write(w, http.StatusInternalServerError, what+": "+err.Error())
	}
}
