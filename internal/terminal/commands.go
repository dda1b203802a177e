package terminal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// command is what one can do by a word that begins with a slash.
type command struct {
	name, usage, help string
	nicks             bool // its first word is a nick
	secret            bool // it isn't to be recalled
	run               func(m *model, words string) (tea.Cmd, error)
}

// commands are all of them, in the order in which help lists them.
func commands() []command {
	return []command{
		{name: "me", usage: "TEXT", help: "say what you do", run: (*model).act},
		{name: "reply", usage: "[TEXT]", help: "answer the chosen message, or the last one of another's", run: (*model).reply},
		{name: "edit", usage: "[TEXT]", help: "replace your chosen message, or your last one", run: (*model).change},
		{name: "delete", usage: "", help: "erase the chosen message, or your last one", run: (*model).erase},
		{name: "react", usage: "EMOJI", help: "react to the chosen message, or the last one of another's; again takes it back", run: (*model).react},
		{name: "nick", usage: "NICK", help: "take another nick", run: (*model).rename},
		{name: "who", usage: "", help: "who is here", run: (*model).who},
		{name: "retry", usage: "", help: "send again what has failed (Ctrl+R)", run: (*model).again},
		{name: "drop", usage: "", help: "give up what has failed", run: (*model).giveUp},
		{name: "kick", usage: "[NICK] [REASON]", help: "put somebody out for a minute", nicks: true, run: (*model).kick},
		{name: "ban", usage: "[NICK] [TIME] [REASON]", help: "keep somebody out, for a time such as 30m, 12h or 7d, or for good", nicks: true, run: (*model).ban},
		{name: "unban", usage: "NICK", help: "let somebody in again", nicks: true, run: (*model).unban},
		{name: "bans", usage: "", help: "who is kept out", run: (*model).bans},
		{name: "role", usage: "NICK owner|moderator|member", help: "say what somebody may do", nicks: true, run: (*model).role},
		{name: "topic", usage: "[TEXT|-]", help: "say what the room is about, or that it is about nothing", run: (*model).topic},
		{name: "lock", usage: "", help: "let nobody new in", run: (*model).lock},
		{name: "unlock", usage: "", help: "let everybody in", run: (*model).unlock},
		{name: "password", usage: "WORD|-", help: "ask newcomers for a password, or for none", secret: true, run: (*model).password},
		{name: "slow", usage: "TIME|off", help: "a message in so much time from each, such as 10s", run: (*model).slow},
		{name: "help", usage: "", help: "this (F1, or ?)", run: func(m *model, _ string) (tea.Cmd, error) { m.help(); return nil, nil }},
		{name: "quit", usage: "", help: "leave (Ctrl+C twice)", run: func(m *model, _ string) (tea.Cmd, error) { return m.quit(), nil }},
	}
}

// carryOut carries out what is written. If that can't be done it stays there.
func (m *model) carryOut(written string) tea.Cmd {
	name, words, _ := strings.Cut(written[1:], " ")
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return strings.EqualFold(c.name, name) })
	if i < 0 {
		m.remark(fault, fmt.Sprintf("there is no /%s: /help lists what there is, and // begins a message with a slash", name))
		return nil
	}
	m.composer.set("")
	if !all[i].secret {
		m.composer.remember(written)
	}
	m.transcript.follow()
	cmd, err := all[i].run(m, strings.TrimSpace(words))
	if err != nil {
		m.try(fmt.Errorf("/%s: %w", all[i].name, err))
	}
	return cmd
}

// try tells what went wrong, if anything did.
func (m *model) try(err error) {
	if err != nil {
		m.remark(fault, err.Error())
	}
}

// done takes the outcome of a command.
func (m *model) done(msg done) {
	switch {
	case msg.err != nil && m.calls.ctx.Err() == nil:
		m.remark(fault, "/"+msg.command+": "+reason(msg.err))
	case msg.page != nil:
		m.page = msg.page
	}
}

// reason is what a person needs of an error.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
