package protocol

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// check returns why c can't be carried out anywhere: its type is unknown, or one of
// its fields is missing or out of bounds. nil means that c is good.
func (c *Command) check() *Error {
	if err := c.checkType(); err != nil {
		return err
	}
	// An error may echo both, whatever the command is.
	if err := checkLabel("id", c.ID); err != nil {
		return err
	}
	if err := checkLabel("ref", c.Ref); err != nil {
		return err
	}
	if c.ID == "" && c.Type.Logged() {
		return Errorf(BadField, `"id" is missing: %s needs one, 1 to %d printable ASCII characters, new for each command`, c.Type, MaxIDChars)
	}
	switch c.Type {
	case CommandJoin:
		return c.checkJoin()
	case CommandSend:
		if err := checkFiles(c.Files, c.Alts); err != nil {
			return err
		}
		return checkSeq("reply_to", c.ReplyTo)
	case CommandEdit, CommandDelete, CommandPin, CommandUnpin, CommandSeen:
		return c.checkTarget()
	case CommandReact:
		return c.checkReact()
	case CommandHistory:
		return c.checkHistory()
	case CommandSearch:
		return c.checkSearch()
	case CommandBans, CommandHooks, CommandInvites, CommandTransfer:
		return c.checkRef()
	case CommandPush:
		return c.checkPush()
	case CommandVisible:
		if c.Visible == nil {
			return Errorf(BadField, `"visible" is missing: true or false`)
		}
	case CommandInvite:
		return c.checkInvite()
	case CommandUninvite:
		if c.Invite == "" {
			return Errorf(BadField, `"invite" is missing: invites lists those that there are`)
		}
		return checkLabel("invite", c.Invite)
	case CommandKnock:
		return c.checkKnock()
	case CommandKick, CommandBan, CommandUnban, CommandRole, CommandRevoke, CommandUnhook, CommandAdmit:
		return c.checkModeration()
	case CommandSet:
		return c.checkSettings()
	case CommandHook:
		return c.checkHook()
	case CommandAuth:
		if c.Token == "" {
			return Errorf(BadField, `"token" is missing: auth brings a fresh one`)
		}
	}
	return nil
}

func (c *Command) checkType() *Error {
	if c.Type.Logged() {
		return nil
	}
	switch c.Type {
	case CommandJoin, CommandTyping, CommandNick, CommandHistory, CommandSearch, CommandBans, CommandHooks, CommandAuth, CommandPing,
		CommandInvites, CommandKnock, CommandSeen, CommandTransfer, CommandPush, CommandVisible:
		return nil
	case "":
		return Errorf(UnknownType, `"type" is missing: one of %s`, commandNames)
	}
	return Errorf(UnknownType, "%s is no command here: one of %s", quote(string(c.Type)), commandNames)
}

func (c *Command) checkJoin() *Error {
	if c.Since != nil {
		if err := checkSeq("since.seq", c.Since.Seq); err != nil {
			return err
		}
	}
	if c.History != nil && (*c.History < 0 || *c.History > MaxReplay) {
		return Errorf(BadField, `"history" is %d: a number of messages from 0 to %d`, *c.History, MaxReplay)
	}
	if err := checkLabel("transfer", c.Transfer); err != nil {
		return err
	}
	if c.Invite != "" && c.ID == "" {
		return Errorf(BadField, `"id" is missing: a join with "invite" needs one, so that a retry doesn't use the invite up twice`)
	}
	return c.checkPassword()
}

func (c *Command) checkPassword() *Error {
	if c.Password == nil {
		return nil
	}
	return checkChars("password", *c.Password, MaxPasswordChars)
}

func (c *Command) checkTarget() *Error {
	if c.Seq == 0 {
		return Errorf(BadField, `"seq" is missing: %s needs that of a message`, c.Type)
	}
	return checkSeq("seq", c.Seq)
}

func (c *Command) checkReact() *Error {
	if c.Emoji == "" {
		return Errorf(BadField, `"emoji" is missing: a reaction is one`)
	}
	if err := checkChars("emoji", c.Emoji, MaxEmojiChars); err != nil {
		return err
	}
	if CanonicalEmoji(c.Emoji) == "" {
		return Errorf(BadField, `"emoji" has nothing but variation selectors: a reaction is one emoji`)
	}
	for _, r := range c.Emoji {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return Errorf(BadField, `"emoji" has a space or a control character: a reaction is one emoji`)
		}
	}
	if !c.Remove { // which earlier versions have accepted can be taken back
		if err := checkEmojiShown(c.Emoji); err != nil {
			return err
		}
	}
	return c.checkTarget()
}

// checkEmojiShown checks that a reaction can be seen, and turns no text around.
func checkEmojiShown(emoji string) *Error {
	if !strings.ContainsFunc(emoji, canBeSeen) {
		return Errorf(BadField, `"emoji" has no character that can be seen: a reaction is one emoji`)
	}
	if strings.ContainsFunc(emoji, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) {
		return Errorf(BadField, `"emoji" has a character that changes the direction of text: a reaction is one emoji`)
	}
	return nil
}

// checkRef requires a ref, by which the client tells the answer from others.
func (c *Command) checkRef() *Error {
	if c.Ref == "" {
		return Errorf(BadField, `"ref" is missing: %s needs one, 1 to %d printable ASCII characters, which its answer repeats`, c.Type, MaxIDChars)
	}
	return nil
}

func (c *Command) checkHistory() *Error {
	if err := c.checkRef(); err != nil {
		return err
	}
	if c.Before != nil && c.After != nil {
		return Errorf(BadField, `"before" and "after" are both there: a page lies on one side of a position`)
	}
	if c.After != nil {
		if err := checkSeq("after", *c.After); err != nil {
			return err
		}
	}
	return c.checkPage()
}

func (c *Command) checkSearch() *Error {
	if err := c.checkRef(); err != nil {
		return err
	}
	if err := checkChars("q", c.Query, MaxQueryChars); err != nil {
		return err
	}
	return c.checkPage()
}

// checkPage checks what commands have in common that are answered with a page.
func (c *Command) checkPage() *Error {
	if c.Before != nil {
		if err := checkSeq("before", *c.Before); err != nil {
			return err
		}
	}
	if c.Limit != nil && (*c.Limit < 1 || *c.Limit > MaxPage) {
		return Errorf(BadField, `"limit" is %d: a number of events from 1 to %d`, *c.Limit, MaxPage)
	}
	return nil
}

func (c *Command) checkModeration() *Error {
	if c.Member == "" {
		return Errorf(BadField, `"member" is missing: %s needs to know whom`, c.Type)
	}
	if err := checkLabel("member", c.Member); err != nil {
		return err
	}
	if err := checkShown("reason", c.Reason, MaxReasonChars); err != nil {
		return err
	}
	if s := c.Seconds; s != nil && (*s < 1 || *s > int64(MaxBan/time.Second)) {
		return Errorf(BadField, `"seconds" is %d: a time from 1 to %d, or without it for good`, *s, int64(MaxBan/time.Second))
	}
	switch c.Role {
	case RoleOwner, RoleModerator, RoleMember:
		return nil
	case "":
		if c.Type != CommandRole {
			return nil
		}
		return Errorf(BadField, `"role" is missing: one of %s, %s, %s`, RoleOwner, RoleModerator, RoleMember)
	}
	return Errorf(BadField, `"role" is %s: one of %s, %s, %s`, quote(string(c.Role)), RoleOwner, RoleModerator, RoleMember)
}

// checkShown checks one line of text that people are shown. It may be empty, and otherwise can be seen.
func checkShown(name, s string, most int) *Error {
	if s != "" && !strings.ContainsFunc(s, canBeSeen) {
		return Errorf(BadField, `"%s" has no character that can be seen: leave it empty for none`, name)
	}
	return checkText(name, s, most)
}

// checkText checks one line of text.
func checkText(name, s string, most int) *Error {
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) {
			return Errorf(BadField, `"%s" has a control character or a line separator: it is one line of text`, name)
		}
	}
	return checkChars(name, s, most)
}

func checkChars(name, s string, most int) *Error {
	if n := utf8.RuneCountInString(s); n > most {
		return Errorf(TooLong, `"%s" has %d characters: at most %d`, name, n, most)
	}
	return nil
}

func checkSeq(name string, seq uint64) *Error {
	if seq > MaxSeq {
		return Errorf(BadField, `"%s" is %d: a seq is a whole number below 2^53`, name, seq)
	}
	return nil
}

// checkLabel checks an id, a ref or a member. It may be absent.
func checkLabel(name, s string) *Error {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return Errorf(BadField, `"%s" has a character that isn't printable ASCII: it has 1 to %d printable ASCII characters`, name, MaxIDChars)
		}
	}
	if len(s) > MaxIDChars {
		return Errorf(BadField, `"%s" has %d characters: at most %d`, name, len(s), MaxIDChars)
	}
	return nil
}
