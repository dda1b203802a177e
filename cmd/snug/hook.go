package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

type hook struct {
	via

	Room   string   `arg:"" name:"room" help:"The room's code, or a link to the room."`
	Name   string   `placeholder:"NAME" help:"Make a hook that posts under this name."`
	To     string   `placeholder:"URL" help:"With --name: deliver the room's events to this URL, too."`
	Events []string `placeholder:"EVENTS" help:"With --to: all (if absent), mentions, or types of events such as message,edited."`
	Secret string   `placeholder:"FILE" help:"With --name: a file with the secret that GitHub, GitLab or Gitea sign with. Unsigned posts are then refused."`
	Remove string   `placeholder:"NAME" help:"Remove the hook with this name."`
	JSON   bool     `name:"json" help:"Print JSON, one object for each hook."`
}

// Help is shown by snug hook --help.
func (hook) Help() string {
	return `A hook has a URL. What a program posts there becomes a message in the room, under the hook's name. The URL is a secret: whoever has it can post. It doesn't reveal the room's code.

Without --name and --remove, the command lists the room's hooks. Owners and moderators may use it. Owners see all URLs, and moderators those of the hooks that they have made. With --name it prints the URL of the new hook alone, and with --to a second line: the secret that deliveries are signed with.

Examples:

  snug hook ops --name Alerts
  curl -d 'disk full' "$(snug hook ops --name Disk)"
  snug hook ops
  snug hook ops --remove Alerts`
}

// Validate refuses flags that don't fit together.
func (c *hook) Validate() error {
	switch {
	case c.Name != "" && c.Remove != "":
		return errors.New("--name makes a hook and --remove removes one: use one of them")
	case c.Name == "" && (c.To != "" || c.Secret != ""):
		return errors.New("--to and --secret need --name: a hook can't be changed, so make another one and remove the old one")
	case c.To == "" && len(c.Events) > 0:
		return errors.New("--events needs --to: the URL that they are delivered to")
	}
	return nil
}

// Run makes, removes or lists hooks.
func (c *hook) Run(ctx context.Context, s *site, std *streams) (err error) {
	code, err := s.find(c.Room)
	if err != nil {
		return err
	}
	var secret string
	if c.Secret != "" {
		data, err := readFile(ctx, c.Secret)
		if err != nil {
			return fmt.Errorf("--secret: %w", err)
		}
		secret = strings.TrimRight(string(data), "\r\n") // as some editors add them
	}
	// Only a new hook may make the user the owner of a room that has none.
	room, err := s.enter(ctx, code, client.Options{History: -1, Transport: c.Transport, NoClaim: c.Name == ""}, std)
	if err != nil {
		return err
	}
	defer func() { err = room.end(err) }()
	switch {
	case c.Name != "":
		h, err := room.Hook(ctx, client.NewHook{Name: c.Name, Secret: secret, To: c.To, Events: c.Events})
		if err != nil {
			return err
		}
		return c.made(std, h)
	case c.Remove != "":
		return c.remove(ctx, room.Room)
	}
	hooks, err := room.Hooks(ctx)
	if err != nil {
		return err
	}
	return c.list(std, hooks)
}

func (c *hook) made(std *streams, h protocol.HookInfo) error {
	if c.JSON {
		return c.list(std, []protocol.HookInfo{h})
	}
	lines := text.Line(h.URL) + "\n"
	if h.SigningSecret != "" {
		lines += text.Line(h.SigningSecret) + "\n"
	}
	return std.print(lines)
}

func (c *hook) remove(ctx context.Context, room *client.Room) error {
	hooks, err := room.Hooks(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(hooks, func(h protocol.HookInfo) bool { return h.Name == c.Remove || h.Member == c.Remove })
	if i < 0 {
		return fmt.Errorf("no hook of the room is named %q: snug hook %s lists them", c.Remove, c.Room)
	}
	return room.Unhook(ctx, hooks[i].Member)
}

func (c *hook) list(std *streams, hooks []protocol.HookInfo) error {
	if c.JSON {
		for _, h := range hooks {
			if err := std.printJSON(h, ""); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, h := range hooks {
		used := "never used"
		if h.Used != nil {
			used = "last used " + h.Used.Local().Format("2006-01-02 15:04")
		}
		at := h.URL
		if at == "" {
			at = "(its URL is for owners and for whoever made it)"
		}
		_, _ = fmt.Fprintf(w, "%s\tby %s\t%s\t%s\n", text.Line(h.Name), text.Line(h.By.Nick), used, text.Line(at)) // Flush tells
		if h.To != "" {
			_, _ = fmt.Fprintf(w, "\tdelivers %s\t%s\tto %s\n", text.Line(strings.Join(h.Events, ", ")), deliveryState(&h), text.Line(h.To))
		}
	}
	if err := w.Flush(); err != nil {
		return writeError(err)
	}
	if len(hooks) == 0 {
		std.say("the room has no hooks: --name makes one")
	}
	return nil
}

// deliveryState says how the deliveries of an outgoing hook go, if they don't go well.
func deliveryState(h *protocol.HookInfo) string {
	switch {
	case h.Paused:
		return "paused: it failed for too long"
	case h.Failing != nil:
		return "failing since " + h.Failing.Local().Format("2006-01-02 15:04")
	}
	return ""
}
