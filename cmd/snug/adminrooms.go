package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"snug/internal/endpoint"
	"snug/internal/text"
	"snug/protocol"
)

// rooms holds the commands about the rooms of a running server.
type rooms struct {
	List   listRooms  `cmd:"" default:"withargs" help:"List the rooms."`
	Show   showRoom   `cmd:"" help:"Print a room's settings, roles, hooks and bans."`
	Read   readRoom   `cmd:"" help:"Print the newest messages of a room, without joining it."`
	Lock   lockRoom   `cmd:"" help:"Lock a room: only those who were there before can join."`
	Unlock unlockRoom `cmd:"" help:"Unlock a room."`
	Erase  eraseRoom  `cmd:"" help:"Erase everything that was said in a room. The room, its settings, roles and bans stay."`
	Close  shutRoom   `cmd:"" help:"Close a room for good, and erase its log."`
	Unhook unhookRoom `cmd:"" help:"Remove a hook of a room."`
	Unban  unbanRoom  `cmd:"" help:"Lift a ban."`
	Export exportRoom `cmd:"" help:"Write a room into a file."`
	Import importRoom `cmd:"" help:"Add the messages of a file to a room."`
}

// listedRoom is a room in a list.
type listedRoom struct {
	Room     string            `json:"room"`
	Name     string            `json:"name,omitempty"`
	Locked   bool              `json:"locked"`
	Password bool              `json:"password"`
	Owners   []protocol.Member `json:"owners"`
	Present  int               `json:"present"`
	Messages int64             `json:"messages"`
	Bytes    int64             `json:"bytes"`
	Said     *time.Time        `json:"said,omitempty"`
}

type listRooms struct {
	Search string `placeholder:"TEXT" help:"Only rooms whose code or name has this part, without regard to case."`
	Order  string `enum:"said,code,messages,bytes" default:"said" help:"${enum}: the newest message, the code, the most messages or the most bytes first (${default})."`
	Limit  int    `default:"100" placeholder:"N" help:"How many rooms; 0 for all (${default})."`
	All    bool   `help:"Also rooms that have no messages: those that were erased, and those in which nobody has said anything."`
	JSON   bool   `name:"json" help:"Print JSON, one object for each room."`
}

// Help is shown by snug admin rooms list --help.
func (listRooms) Help() string {
	return `Examples:

  snug admin rooms
  snug admin rooms --search lab --order bytes
  snug admin rooms --limit 0 --json | jq -r .room`
}

// adminPage is how many rooms are requested at once.
const adminPage = 100

// Run lists the rooms.
func (c *listRooms) Run(ctx context.Context, a *admin, std *streams) error {
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	if !c.JSON {
		_, _ = fmt.Fprint(w, "CODE\tNAME\tOWNERS\tHERE\tMESSAGES\tSIZE\tLAST SAID\t\n") // Flush tells
	}
	seen := 0
	for after := ""; ; {
		limit := adminPage
		if c.Limit > 0 {
			limit = min(limit, c.Limit-seen)
		}
		var page struct {
			Rooms []listedRoom
			Next  string
		}
		query := url.Values{"search": {c.Search}, "order": {c.Order}, "limit": {strconv.Itoa(limit)}, "after": {after}}
		if c.All {
			query.Set("all", "yes")
		}
		if err := a.askFor(ctx, http.MethodGet, "rooms?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		for i := range page.Rooms {
			if c.JSON {
				if err := std.printJSON(&page.Rooms[i], ""); err != nil {
					return err
				}
				continue
			}
			_, _ = fmt.Fprint(w, page.Rooms[i].line()) // as above
		}
		if err := w.Flush(); err != nil {
			return writeError(err)
		}
		seen += len(page.Rooms)
		if after = page.Next; after == "" {
			return nil
		}
		if c.Limit > 0 && seen >= c.Limit {
			std.say("there are more rooms: --limit 0 lists all")
			return nil
		}
	}
}

// line returns the room as a line of a table.
func (r *listedRoom) line() string {
	said := "-"
	if r.Said != nil {
		said = r.Said.Local().Format("2006-01-02 15:04")
	}
	var marks []string
	if r.Locked {
		marks = append(marks, "locked")
	}
	if r.Password {
		marks = append(marks, "password")
	}
	return fmt.Sprintf("%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", text.Line(r.Room), dash(text.Line(r.Name)), dash(memberNames(r.Owners)),
		r.Present, r.Messages, byteSize(r.Bytes), said, strings.Join(marks, ", "))
}

// dash returns s, or a dash for nothing.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// memberNames returns the nicks of members, or their IDs where no nick is known.
func memberNames(all []protocol.Member) string {
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = text.Line(m.Nick)
		if m.Nick == "" {
			names[i] = text.Line(m.Member)
		}
	}
	return strings.Join(names, ", ")
}

// byteSize returns a number of bytes for people.
func byteSize(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d B", n)
	case n < 10_000<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	case n < 10_000<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d GiB", n>>30)
}

// oneRoom names a room, for the commands about one.
type oneRoom struct {
	Room string `arg:"" name:"room" help:"The room's code, or a link to the room."`
}

// path returns the path of requests about the room.
func (c *oneRoom) path(what string) (string, error) {
	_, code, err := endpoint.ParseRoom(c.Room)
	if err != nil {
		return "", err
	}
	return "rooms/" + url.PathEscape(code) + what, nil
}

// change has the server change the room, and says what was done.
func (c *oneRoom) change(ctx context.Context, a *admin, std *streams, action string, form url.Values, done string) error {
	path, err := c.path("/" + action)
	if err != nil {
		return err
	}
	var answer struct{ Room string }
	if err := a.askFor(ctx, http.MethodPost, path, form, &answer); err != nil {
		return err
	}
	std.say(done, answer.Room)
	return nil
}

// destroy is change for what can't be undone.
func (c *oneRoom) destroy(ctx context.Context, a *admin, std *streams, action string, confirmed bool, done string) error {
	if !confirmed {
		return fmt.Errorf("%s can't be undone: repeat the command with --confirm", action)
	}
	_, code, err := endpoint.ParseRoom(c.Room)
	if err != nil {
		return err
	}
	return c.change(ctx, a, std, action, url.Values{"confirm": {code}}, done)
}

type lockRoom struct{ oneRoom }

// Run locks the room.
func (c *lockRoom) Run(ctx context.Context, a *admin, std *streams) error {
	return c.change(ctx, a, std, "lock", nil, "%s is locked")
}

type unlockRoom struct{ oneRoom }

// Run unlocks the room.
func (c *unlockRoom) Run(ctx context.Context, a *admin, std *streams) error {
	return c.change(ctx, a, std, "unlock", nil, "%s is unlocked")
}

type eraseRoom struct {
	oneRoom
	Confirm bool `help:"Confirm it: what is erased can't be restored but from an export or a backup."`
}

// Run erases what was said in the room.
func (c *eraseRoom) Run(ctx context.Context, a *admin, std *streams) error {
	return c.destroy(ctx, a, std, "erase", c.Confirm, "everything that was said in %s is erased")
}

type shutRoom struct {
	oneRoom
	Confirm bool `help:"Confirm it: a closed room can't be opened again."`
}

// Run closes the room.
func (c *shutRoom) Run(ctx context.Context, a *admin, std *streams) error {
	return c.destroy(ctx, a, std, "close", c.Confirm, "%s is closed, and its log erased; the code can be used again in a day")
}

type unhookRoom struct {
	oneRoom
	Member string `arg:"" help:"The hook's member, as snug admin rooms show prints it."`
}

// Run removes the hook.
func (c *unhookRoom) Run(ctx context.Context, a *admin, std *streams) error {
	return c.change(ctx, a, std, "unhook", url.Values{"member": {c.Member}}, "the hook is removed from %s")
}

type unbanRoom struct {
	oneRoom
	Member string `arg:"" help:"The banned member, as snug admin rooms show prints it."`
}

// Run lifts the ban.
func (c *unbanRoom) Run(ctx context.Context, a *admin, std *streams) error {
	return c.change(ctx, a, std, "unban", url.Values{"member": {c.Member}}, "the ban in %s is lifted")
}
