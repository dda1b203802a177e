package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// admin is what an operator does with a running server.
type admin struct {
	Admin      string `default:"http://127.0.0.1:9090" env:"SNUG_ADMIN" placeholder:"URL" help:"Where the server listens for its operator: its --admin (${default}, ${env})."`
	SecretFile string `name:"admin-secret-file" env:"SNUG_ADMIN_SECRET_FILE" placeholder:"FILE" help:"The file with the secret that the server asks for (${env})."`

	Status status `cmd:"" help:"Say how the server is. The exit status is 0 only if it is ready."`
	Backup backup `cmd:"" help:"Make a backup of the running server's journal."`
	Erase  erase  `cmd:"" help:"Erase all messages of a member in a room."`
	Owner  owner  `cmd:"" help:"Make a member an owner of a room."`
	Revoke revoke `cmd:"" help:"Make all seats of a member of a room invalid."`
	Prune  prune  `cmd:"" help:"Remove now what the server isn't to keep, or what --keep doesn't."`
}

// ask makes a request. The answer's body is the caller's to close.
func (a *admin) ask(ctx context.Context, method, path string, form url.Values) (*http.Response, error) {
	at, err := url.Parse(a.Admin)
	if err != nil || at.Host == "" || (at.Scheme != "http" && at.Scheme != "https") {
		return nil, fmt.Errorf("--admin is %q: as http://127.0.0.1:9090", a.Admin)
	}
	r, err := http.NewRequestWithContext(ctx, method, at.JoinPath(path).String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a.SecretFile != "" {
		text, err := os.ReadFile(a.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("--admin-secret-file: %w", err)
		}
		secret, _, _ := strings.Cut(string(text), "\n")
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(secret))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w: is the server started with --admin, and is that %s?", err, a.Admin)
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, refusal(answer)
	}
	return answer, nil
}

// refusal is what the server says is wrong.
func refusal(answer *http.Response) error {
	var problem struct{ Detail string }
	if err := json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&problem); err != nil || problem.Detail == "" {
		return fmt.Errorf("it answers %s: that is no Snug server's operator's port", answer.Status)
	}
	return errors.New(problem.Detail)
}

// askFor makes a request whose answer is JSON, into v.
func (a *admin) askFor(ctx context.Context, method, path string, form url.Values, v any) error {
	answer, err := a.ask(ctx, method, path, form)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(v); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

type status struct{}

// Run says it.
func (status) Run(ctx context.Context, a *admin, std *streams) error {
	var now struct {
		Ready       string
		Connections int
		Rooms       int `json:"open_rooms"`
		Messages    uint64
		Goroutines  int
		Heap        uint64  `json:"heap_bytes"`
		Uptime      float64 `json:"uptime_seconds"`
	}
	if err := a.askFor(ctx, http.MethodGet, "inside.json", nil, &now); err != nil {
		return err
	}
	how := "ready"
	if now.Ready != "" {
		how = "not ready: " + now.Ready
	}
	up := time.Duration(now.Uptime * float64(time.Second)).Round(time.Second)
	_, err := fmt.Fprintf(std.out, "%s\nup for       %v\nconnections  %d\nrooms open   %d\nmessages     %d since the start\ngoroutines   %d\nmemory       %d MiB\n",
		how, up, now.Connections, now.Rooms, now.Messages, now.Goroutines, now.Heap>>20)
	if err == nil && now.Ready != "" {
		err = errors.New(how)
	}
	return err
}

type backup struct {
	File string `arg:"" help:"The file to make. It must not be there."`
}

// Help is shown by snug admin backup --help.
func (backup) Help() string {
	return `The server goes on meanwhile. The file is a journal of its own: a server that is started on it has what was there at the moment of the backup, and a new epoch for each room, so that clients begin anew.

Example:

  snug admin backup /backup/snug-$(date +%F).db`
}

// Run makes it: aside, and then into its place, so that what has the name is whole.
func (c *backup) Run(ctx context.Context, a *admin, std *streams) (err error) {
	if _, err := os.Lstat(c.File); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s is there already: name another file", c.File)
		}
		return err
	}
	part := c.File + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	size, err := a.download(ctx, file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(part, c.File)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
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
	if size, err = io.Copy(to, answer.Body); err != nil {
		return size, fmt.Errorf("read the backup: %w", err)
	}
	return size, nil
}

type erase struct {
	Code   string `arg:"" help:"The room's code."`
	Member string `arg:"" help:"The member, as in from.member of what it said (snug tail --json shows it)."`
}

// Run erases.
func (c *erase) Run(ctx context.Context, a *admin, std *streams) error {
	var done struct{ Erased int }
	err := a.askFor(ctx, http.MethodPost, "erase", url.Values{"room": {c.Code}, "member": {c.Member}}, &done)
	if err != nil {
		return err
	}
	if done.Erased == 0 {
		return fmt.Errorf("nothing was erased: in %s there is no message of a member %s", c.Code, c.Member)
	}
	std.say("%d messages erased", done.Erased)
	return nil
}

type owner struct {
	Code   string `arg:"" help:"The room's code."`
	Member string `arg:"" help:"The member, as in from.member of its messages (snug tail --json shows it)."`
}

// Run makes the member an owner.
func (c *owner) Run(ctx context.Context, a *admin, std *streams) error {
	var done struct{ Owner string }
	if err := a.askFor(ctx, http.MethodPost, "owner", url.Values{"room": {c.Code}, "member": {c.Member}}, &done); err != nil {
		return err
	}
	std.say("%s owns %s", done.Owner, c.Code)
	return nil
}

type revoke struct {
	Code   string `arg:"" help:"The room's code."`
	Member string `arg:"" help:"The member, as in from.member of its messages (snug tail --json shows it)."`
}

// Run revokes the seats.
func (c *revoke) Run(ctx context.Context, a *admin, std *streams) error {
	var done struct{ Revoked string }
	if err := a.askFor(ctx, http.MethodPost, "revoke", url.Values{"room": {c.Code}, "member": {c.Member}}, &done); err != nil {
		return err
	}
	std.say("the seats of %s in %s are revoked", done.Revoked, c.Code)
	return nil
}

type prune struct {
	Keep    string `placeholder:"AGE,N" help:"Keep this instead of what the server keeps: an age such as 30d, a number of each room's newest events such as 10000events, or both as 30d,10000events."`
	Confirm bool   `help:"Confirm a --keep under an hour, or under 100 events."`
}

// Run prunes.
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
