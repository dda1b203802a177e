package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"snug/internal/endpoint"
	"snug/internal/text"
)

// admin holds the commands for operators of a running server.
type admin struct {
	Admin      string `default:"http://127.0.0.1:9090" env:"SNUG_ADMIN" placeholder:"URL" help:"The server's operator's port, its --admin: a URL, or host:port (${default}, ${env})."`
	SecretFile string `name:"admin-secret-file" env:"SNUG_ADMIN_SECRET_FILE" placeholder:"FILE" help:"The file with the secret of the operator's port, if it has one (${env})."`

	Status status `cmd:"" help:"Print the server's state. The exit status is 0 only if it is ready."`
	Backup backup `cmd:"" help:"Make a backup of the running server's journal."`
	Erase  erase  `cmd:"" help:"Erase all messages of a member in a room."`
	Owner  owner  `cmd:"" help:"Make a member an owner of a room."`
	Revoke revoke `cmd:"" help:"Make all seats of a member of a room invalid."`
	Rooms  rooms  `cmd:"" help:"List the rooms of the server, look into them, and lock, erase, close, export or import one."`
	Prune  prune  `cmd:"" help:"Remove old entries now: those that the server doesn't keep, or that --keep excludes."`
}

// ask makes a request with a form. The caller closes the answer's body.
func (a *admin) ask(ctx context.Context, method, path string, form url.Values) (*http.Response, error) {
	return a.send(ctx, method, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// send makes a request with a body. The caller closes the answer's body.
func (a *admin) send(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	at, err := endpoint.ParseServer(a.Admin)
	if err != nil {
		return nil, fmt.Errorf("--admin: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, method, at.Full()+"/"+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", contentType)
	if a.SecretFile != "" {
		data, err := readFile(ctx, a.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("--admin-secret-file: %w", err)
		}
		secret, _, _ := strings.Cut(string(data), "\n")
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(secret))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w; was the server started with --admin %s?", endpoint.Unreachable(at, err), at.Address())
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		refusal := endpoint.ReadRefusal(answer)
		if refusal.Detail == "" || refusal.Status == http.StatusNotFound && refusal.Code == "" { // nothing is there at all
			return nil, fmt.Errorf("%s answers %s: it isn't the operator's port of a Snug server", at, answer.Status)
		}
		return nil, errors.New(refusal.Detail)
	}
	return answer, nil
}

// maxAnswer bounds what is read of an answer in JSON, in bytes.
const maxAnswer = 1 << 20

// readWithin bounds a request that changes nothing. Others, such as a prune, have no bound. A test sets it.
var readWithin = 30 * time.Second

// askFor makes a request whose answer is JSON, and decodes it into v.
func (a *admin) askFor(ctx context.Context, method, path string, form url.Values, v any) error {
	if method == http.MethodGet {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, readWithin)
		defer cancel()
	}
	answer, err := a.ask(ctx, method, path, form)
	if err != nil {
		return err
	}
	return a.decode(answer, v)
}

// decode decodes an answer in JSON into v.
func (a *admin) decode(answer *http.Response, v any) error {
	defer answer.Body.Close()
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(v); err != nil {
		return a.foreign(fmt.Sprintf("nothing that can be read (%v)", err))
	}
	return nil
}

// foreign returns the error for an answer that isn't from a Snug server, and has what is there in place of what was
// asked for.
func (a *admin) foreign(there string) error {
	return fmt.Errorf("%s isn't the operator's port of a Snug server: its answer has %s", a.Admin, there)
}

type status struct{}

// Run prints the server's state.
func (status) Run(ctx context.Context, a *admin, std *streams) error {
	var now struct {
		Ready       *string
		Connections int
		Rooms       int `json:"open_rooms"`
		Messages    uint64
		Goroutines  int
		Heap        uint64   `json:"heap_bytes"`
		Uptime      *float64 `json:"uptime_seconds"`
	}
	if err := a.askFor(ctx, http.MethodGet, "inside.json", nil, &now); err != nil {
		return err
	}
	if now.Ready == nil || now.Uptime == nil {
		return a.foreign("no state")
	}
	how := "ready"
	if *now.Ready != "" {
		how = "not ready: " + *now.Ready
	}
	up := time.Duration(*now.Uptime * float64(time.Second)).Round(time.Second)
	err := std.print(fmt.Sprintf("%s\nup for       %v\nconnections  %d\nrooms open   %d\nmessages     %d since the start\ngoroutines   %d\nmemory       %d MiB\n",
		text.Line(how), up, now.Connections, now.Rooms, now.Messages, now.Goroutines, now.Heap>>20))
	if err == nil && *now.Ready != "" {
		err = errors.New(how)
	}
	return err
}

type backup struct {
	File string `arg:"" help:"The file to create, which must not exist; - is standard output."`
}

// Help is shown by snug admin backup --help.
func (backup) Help() string {
	return `The server keeps running. The file is a complete journal, with the files that people have sent: a server that is started with it has everything up to the moment of the backup, and a new epoch for each room, so that clients start again.

Example:

  snug admin backup /backup/snug-$(date +%F).db`
}

// Run makes the backup.
func (c *backup) Run(ctx context.Context, a *admin, std *streams) error {
	if c.File == "-" {
		_, err := a.download(ctx, std.out)
		return err
	}
	var size int64
	err := writeNew(c.File, func(file *os.File) (err error) {
		if size, err = a.download(ctx, file); err != nil {
			return err
		}
		return file.Sync()
	})
	if err != nil {
		return err
	}
	std.say("%s has %d bytes", c.File, size)
	return nil
}

func (a *admin) download(ctx context.Context, to io.Writer) (size int64, err error) {
	answer, err := a.ask(ctx, http.MethodPost, "backup", nil)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	switch kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind {
	case "application/vnd.sqlite3", "application/x-tar": // without files, and with them
	default:
		return 0, a.foreign("no backup")
	}
	if size, err = io.Copy(to, answer.Body); err != nil {
		return size, fmt.Errorf("read the backup: %w", err)
	}
	return size, nil
}

// memberOf names a member of a room, for the commands about one.
type memberOf struct {
	Room   string `arg:"" name:"room" help:"The room's code, or a link to the room."`
	Member string `arg:"" help:"The member's ID: from.member of its messages (snug tail --json prints it)."`
}

// ask has the server do something about the member, and decodes the answer into v. It
// returns the room's code.
func (m *memberOf) ask(ctx context.Context, a *admin, path string, v any) (code string, err error) {
	if _, code, err = endpoint.ParseRoom(m.Room); err != nil {
		return "", err
	}
	return code, a.askFor(ctx, http.MethodPost, path, url.Values{"room": {code}, "member": {m.Member}}, v)
}

type erase struct {
	memberOf `embed:""`
}

// Run erases the messages.
func (c *erase) Run(ctx context.Context, a *admin, std *streams) error {
	var done struct{ Erased int }
	code, err := c.ask(ctx, a, "erase", &done)
	if err != nil {
		return err
	}
	if done.Erased == 0 {
		return fmt.Errorf("nothing was erased: room %s has no message of a member %s", code, c.Member)
	}
	what := "messages"
	if done.Erased == 1 {
		what = "message"
	}
	std.say("%d %s erased", done.Erased, what)
	return nil
}

type owner struct {
	memberOf `embed:""`
}

// Run makes the member an owner.
func (c *owner) Run(ctx context.Context, a *admin, std *streams) error {
	var done struct{ Owner string }
	code, err := c.ask(ctx, a, "owner", &done)
	if err != nil {
		return err
	}
	std.say("%s owns %s", done.Owner, code)
	return nil
}

type revoke struct {
	memberOf `embed:""`
}

// Run revokes the seats.
func (c *revoke) Run(ctx context.Context, a *admin, std *streams) error {
	var done struct{ Revoked string }
	code, err := c.ask(ctx, a, "revoke", &done)
	if err != nil {
		return err
	}
	std.say("the seats of %s in %s are revoked", done.Revoked, code)
	return nil
}

type prune struct {
	Keep    string `placeholder:"AGE,N" help:"What to keep, in place of the server's own --keep: an age such as 30d, a number of each room's newest events such as 10000events, or both as 30d,10000events."`
	Confirm bool   `help:"Confirm a --keep under an hour, or under 100 events."`
}

// Run removes old entries.
func (c *prune) Run(ctx context.Context, a *admin, std *streams) error {
	values := url.Values{"keep": {c.Keep}}
	if c.Confirm {
		values.Set("confirm", "yes")
	}
	var done struct{ Pruned int }
	if err := a.askFor(ctx, http.MethodPost, "prune", values, &done); err != nil {
		return err
	}
	std.say("%d entries removed", done.Pruned)
	return nil
}
