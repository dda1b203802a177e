package terminal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// command is a command that people type after a slash.
type command struct {
	name, usage, help string
	nicks             bool // its first argument is a nick
	secret            bool // it isn't kept in the history
	run               func(m *model, words string) (tea.Cmd, error)
}

// commands returns all commands, in the order of the help.
func commands() []command {
	return []command{
		{name: "me", usage: "TEXT", help: "say what you are doing", run: (*model).sendAction},
		{name: "reply", usage: "[TEXT]", help: "reply to the chosen message, or to the last one from somebody else", run: (*model).reply},
		{name: "edit", usage: "[TEXT]", help: "replace your chosen message, or your last one", run: (*model).change},
		{name: "delete", usage: "", help: "erase the chosen message, or your last one", run: (*model).erase},
		{name: "react", usage: "EMOJI", help: "react to the chosen message, or to the last one from somebody else; repeat it to remove the reaction", run: (*model).react},
		{name: "nick", usage: "NICK", help: "change your nick", run: (*model).rename},
		{name: "search", usage: "[WORDS]", help: "find messages: words, \"phrases\", from:NICK, before:2026-01-31, after:2026-01-31, has:link, has:file; without anything, older ones of the last search", run: (*model).search},
		{name: "join", usage: "ROOM [PASSWORD]", help: "open another room next to this one, or go to it: ROOM is its code, or a link to it", secret: true, run: (*model).join},
		{name: "knock", usage: "ROOM [NOTE]", help: "open a room that is locked: ask those inside to let you in, with this note", run: (*model).knock},
		{name: "leave", usage: "", help: "leave this room, and stay in the others", run: func(m *model, _ string) (tea.Cmd, error) { return m.rooms.leave(m), nil }},
		{name: "rooms", usage: "", help: "list your rooms", run: (*model).listRooms},
		{name: "who", usage: "", help: "list who is here", run: (*model).who},
		{name: "retry", usage: "", help: "send failed messages again (Ctrl+R)", run: (*model).retryCommand},
		{name: "drop", usage: "", help: "discard failed messages", run: (*model).drop},
		{name: "kick", usage: "[NICK] [REASON]", help: "remove somebody for a minute", nicks: true, run: (*model).kick},
		{name: "ban", usage: "[NICK] [TIME] [REASON]", help: "remove somebody and keep them out: for a time such as 30m, 12h or 7d, or for good", nicks: true, run: (*model).ban},
		{name: "unban", usage: "NICK", help: "lift somebody's ban", nicks: true, run: (*model).unban},
		{name: "bans", usage: "", help: "list who is banned", run: (*model).bans},
		{name: "role", usage: "NICK owner|moderator|member", help: "give somebody a role", nicks: true, run: (*model).role},
		{name: "pin", usage: "", help: "pin the chosen message, or the last one", run: (*model).pin},
		{name: "unpin", usage: "[NUMBER]", help: "unpin the chosen message, that with a number of /pins, or the last one that was pinned", run: (*model).unpin},
		{name: "pins", usage: "", help: "show the pinned messages", run: (*model).pins},
		{name: "name", usage: "[TEXT|-]", help: "show or set the room's name, its title; - removes it", run: (*model).name},
		{name: "topic", usage: "[TEXT|-]", help: "show or set the room's topic; - removes it", run: (*model).topic},
		{name: "lock", usage: "", help: "let no newcomers in", run: (*model).lock},
		{name: "unlock", usage: "", help: "let everyone in", run: (*model).unlock},
		{name: "invite", usage: "[NUMBER] [TIME]", help: "make a link that lets newcomers in: so many, and for a time such as 24h, or any number for good", run: (*model).invite},
		{name: "invites", usage: "", help: "list the invites", run: (*model).invites},
		{name: "uninvite", usage: "INVITE", help: "take an invite back", run: (*model).uninvite},
		{name: "admit", usage: "[NICK]", help: "let in somebody who waits before the locked room", run: (*model).admit},
		{name: "password", usage: "WORD|-", help: "set the password for newcomers; - removes it", secret: true, run: (*model).password},
		{name: "slow", usage: "TIME|off", help: "slow mode: the time between two messages of a member, such as 10s", run: (*model).slow},
		{name: "audience", usage: "members|anyone", help: "who may read over HTTP without joining", run: (*model).audience},
		{name: "keep", usage: "TIME|off", help: "remove messages when they are older than this, such as 7d", run: (*model).keep},
		{name: "expires", usage: "TIME|never", help: "when the room closes by itself, and its messages are erased: after a time such as 30d, or at a date such as 2026-05-01", run: (*model).expires},
		{name: "close", usage: "CODE", help: "close the room for everyone, and erase its messages", run: (*model).closeRoom},
		{name: "device", usage: "", help: "show a link with which another device is the same member as you", run: (*model).device},
		{name: "help", usage: "", help: "show this help (F1, or ?)", run: func(m *model, _ string) (tea.Cmd, error) { m.help(); return nil, nil }},
		{name: "quit", usage: "", help: "leave all rooms (Ctrl+C twice)", run: func(m *model, _ string) (tea.Cmd, error) { return m.rooms.quit(), nil }},
	}
}

// isSecret reports whether what is written is a command that isn't kept.
func isSecret(written string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(written, "/"), " ")
	return strings.HasPrefix(written, "/") && slices.ContainsFunc(commands(), func(c command) bool { return c.secret && strings.EqualFold(c.name, name) })
}

// runCommand runs the command that is written. An unknown one, and one with words that it
// doesn't take, stay in the composer.
func (m *model) runCommand(written string) tea.Cmd {
	name, words, _ := strings.Cut(written[1:], " ")
	all := commands()
	if strings.EqualFold(name, "part") { // as IRC has it
		name = "leave"
	}
	i := slices.IndexFunc(all, func(c command) bool { return strings.EqualFold(c.name, name) })
	if i < 0 {
		m.remark(fault, fmt.Sprintf("there is no /%s: /help lists the commands, and // starts a message with a slash", name))
		return nil
	}
	words = strings.TrimSpace(words)
	if all[i].usage == "" && words != "" {
		m.transcript.follow()
		m.remark(fault, fmt.Sprintf("/%s takes nothing after it: %s", all[i].name, all[i].help))
		return nil
	}
	m.composer.set("")
	if !all[i].secret {
		m.composer.remember(written)
	}
	m.transcript.follow()
	cmd, err := all[i].run(m, words)
	if err != nil {
		m.showError(fmt.Errorf("/%s: %w", all[i].name, err))
	}
	return cmd
}

// showError shows an error, if there is one.
func (m *model) showError(err error) {
	if err != nil {
		m.remark(fault, err.Error())
	}
}

// answered shows the outcome of a command that asks for something.
func (m *model) answered(msg answered) {
	switch {
	case msg.err == nil:
		m.page = msg.page
	case m.calls.ctx.Err() == nil:
		m.failed(msg.command, msg.err)
	}
}

// failed says why a command has failed.
func (m *model) failed(command string, why error) {
	m.remark(fault, "/"+command+": "+reason(why))
}

// reason returns the innermost error's text, which is what people need. An error that explains another one in its own
// words, such as that no server answers, is the last one that counts.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil || !strings.Contains(err.Error(), ": "+inner.Error()) {
			return err.Error()
		}
		err = inner
	}
}
