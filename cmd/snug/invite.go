package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

type invite struct {
	via

	Room   string `arg:"" name:"room" help:"The room's code, or a link to the room."`
	For    span   `placeholder:"TIME" help:"How long the invite can be used, such as 24h or 7d. If absent, until it is removed."`
	Uses   *int   `placeholder:"N" help:"How many may come in by it. If absent, any number."`
	List   bool   `help:"List the room's invites instead."`
	Remove string `placeholder:"INVITE" help:"Take this invite back instead."`
	JSON   bool   `name:"json" help:"Print JSON, one object for each invite."`
}

// Help is shown by snug invite --help.
func (invite) Help() string {
	return `An invite is a link that lets newcomers into a room that is locked or has a password. The command makes one and prints it. The link is a secret: pass it on only to those whom you invite.

Owners and moderators may use the command. Owners see all links, and moderators those that they have made.

Examples:

  snug invite ops --for 24h --uses 1
  snug invite ops --list
  snug invite ops --remove INVITE`
}

// Validate refuses flags that don't fit together.
func (c *invite) Validate() error {
	switch {
	case c.List && c.Remove != "":
		return errors.New("--list lists invites and --remove takes one back: use one of them")
	case (c.List || c.Remove != "") && (c.For != 0 || c.Uses != nil):
		return errors.New("--for and --uses are for a new invite: leave out --list and --remove")
	case c.Uses != nil && (*c.Uses < 1 || *c.Uses > protocol.MaxInviteUses):
		return fmt.Errorf("--uses is %d: give a number from 1 to %d", *c.Uses, protocol.MaxInviteUses)
	}
	return nil
}

// Run makes, removes or lists invites.
func (c *invite) Run(ctx context.Context, s *site, std *streams) (err error) {
	room, err := s.visit(ctx, c.Room, c.via, std)
	if err != nil {
		return err
	}
	defer func() { err = room.end(err) }()
	switch {
	case c.Remove != "":
		return room.Uninvite(ctx, c.Remove)
	case c.List:
		all, err := room.Invites(ctx)
		if err != nil {
			return err
		}
		return c.list(std, all)
	}
	invite := client.NewInvite{Lasts: time.Duration(c.For)}
	if c.Uses != nil {
		invite.Uses = *c.Uses
	}
	made, err := room.Invite(ctx, invite)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return c.list(std, []protocol.InviteInfo{made})
	}
	return std.print(text.Line(made.URL) + "\n")
}

func (c *invite) list(std *streams, all []protocol.InviteInfo) error {
	if c.JSON {
		for _, i := range all {
			if err := std.printJSON(i, ""); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, i := range all {
		at := i.URL
		if at == "" {
			at = "(its link is for owners and for whoever made it)"
		}
		_, _ = fmt.Fprintf(w, "%s\tby %s\t%s\t%s\n", text.Line(i.Invite), text.Line(i.By.Nick), text.InviteHolds(&i), text.Line(at)) // Flush tells
	}
	if err := w.Flush(); err != nil {
		return writeError(err)
	}
	if len(all) == 0 {
		std.say("the room has no invites: without --list, the command makes one")
	}
	return nil
}

// span is a time on the command line, such as 24h or 7d.
type span time.Duration

// UnmarshalText parses a time.
func (s *span) UnmarshalText(written []byte) error {
	d, err := text.ParseSpan(string(written))
	*s = span(d)
	return err
}
