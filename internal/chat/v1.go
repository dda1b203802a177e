package chat

import (
	"errors"
	"time"

	"snug/internal/journal"
	"snug/internal/room"
	"snug/protocol"
)

// v1 is the dialect for programs.
type v1 struct {
	*conn
	typed time.Time // when the room was last told that the client types
}

func (*v1) begin() error { return nil }

func (*v1) refused(e *protocol.Error) []byte {
	return protocol.AppendFrame(nil, protocol.OpText, protocol.AppendError(nil, e))
}

func v1Event(typ protocol.EventType, fields any) []byte {
	return protocol.AppendFrame(nil, protocol.OpText, protocol.AppendEvent(nil, typ, fields))
}

func (c *v1) command(frame []byte) error {
	cmd, err := protocol.DecodeCommand(frame)
	if err == nil {
		err = c.obey(&cmd)
	}
	var refused *protocol.Error
	if errors.As(err, &refused) && refused.ID == "" && refused.Ref == "" {
		refused.ID, refused.Ref = cmd.ID, cmd.Ref
	}
	return err
}

func (c *v1) obey(cmd *protocol.Command) error {
	if cmd.Type == protocol.CommandPing {
		c.out.put(v1Event(protocol.EventPong, protocol.Pong{Ref: cmd.Ref}))
		return c.strike()
	}
	if (cmd.Type == protocol.CommandJoin) != (c.me == nil) {
		if c.me == nil {
			return protocol.Errorf(protocol.JoinFirst, "this connection isn't in its room yet: the first command is a join")
		}
		return protocol.Errorf(protocol.BadField, "this connection has joined already: open another one to join again")
	}
	switch cmd.Type {
	case protocol.CommandJoin:
		return c.enter(cmd)
	case protocol.CommandSend:
		return c.send(room.Message{ID: cmd.ID, Content: cmd.Content, ReplyTo: cmd.ReplyTo})
	case protocol.CommandTyping:
		return c.typing()
	case protocol.CommandNick:
		return c.rename(cmd)
	case protocol.CommandHistory:
		return c.history(cmd)
	case protocol.CommandBans:
		return c.bans(cmd)
	case protocol.CommandAuth:
		return c.auth(cmd)
	default: // DecodeCommand lets no others pass
		return c.say(cmd.ID, func(done journal.Done) error { return c.change(cmd, done) })
	}
}

// change carries out a command about a message or about the room.
func (c *v1) change(cmd *protocol.Command, done journal.Done) error {
	switch cmd.Type {
	case protocol.CommandEdit:
		return c.me.Edit(c.ctx(), cmd.ID, cmd.Seq, cmd.Content, done)
	case protocol.CommandDelete:
		return c.me.Delete(c.ctx(), cmd.ID, cmd.Seq, done)
	case protocol.CommandReact:
		return c.me.React(c.ctx(), cmd.ID, cmd.Seq, cmd.Emoji, cmd.Remove, done)
	}
	return c.me.Moderate(c.ctx(), moderation(cmd), done)
}

// moderation takes the fields of a command that are its type's: the others are
// unchecked.
func moderation(cmd *protocol.Command) room.Moderation {
	m := room.Moderation{ID: cmd.ID, Action: protocol.Action(cmd.Type), Member: cmd.Member}
	switch cmd.Type {
	case protocol.CommandKick, protocol.CommandBan:
		m.Reason = cmd.Reason
		if cmd.Type == protocol.CommandBan && cmd.Seconds != nil {
			m.For = time.Duration(*cmd.Seconds) * time.Second
		}
	case protocol.CommandRole:
		m.Role = cmd.Role
	case protocol.CommandSet:
		m.Member = ""
		m.Settings = protocol.SettingsChange{Topic: cmd.Topic, Locked: cmd.Locked, SlowMS: cmd.SlowMS}
		if cmd.Password != nil {
			there := *cmd.Password != ""
			m.Password, m.Settings.Password = *cmd.Password, &there
		}
	}
	return m
}

func (c *v1) bans(cmd *protocol.Command) error {
	if err := c.leaf(); err != nil {
		return err
	}
	bans, err := c.me.Bans(c.ctx())
	if err != nil {
		return err
	}
	c.out.put(v1Event(protocol.EventBans, protocol.Bans{Ref: cmd.Ref, Bans: bans}))
	return nil
}

func (c *v1) enter(cmd *protocol.Command) error {
	token := cmd.Token
	if token == "" {
		token = c.door.token
	}
	holder, err := c.identify(token)
	if err != nil {
		return c.turnedAway(room.Refusal(err))
	}
	nick, err := named(holder, cmd.Nick)
	if err != nil {
		return err
	}
	history := c.server.options.History
	if cmd.History != nil {
		history = *cmd.History
	}
	q := room.Request{Nick: nick, Seat: cmd.Seat, Since: cmd.Since, History: history}
	if cmd.Password != nil {
		q.Password = *cmd.Password
	}
	welcome, err := c.join(q, holder)
	if err != nil {
		return err
	}
	c.out.sit(c.me, v1Event(protocol.EventWelcome, welcome))
	return nil
}

// typingEvery is how often the room is told that one client types, however
// often the client says so.
const typingEvery = time.Second

func (c *v1) typing() error {
	now := time.Now()
	if now.Sub(c.typed) < typingEvery {
		return c.strike()
	}
	c.typed = now
	c.me.Typing(c.ctx())
	return nil
}

func (c *v1) rename(cmd *protocol.Command) error {
	if c.holder != nil && c.holder.Name != "" {
		return protocol.Errorf(protocol.Forbidden, "your nick is the name in your token: who gave you that can change it")
	}
	nick, err := room.ParseNick(cmd.Nick)
	if err != nil {
		return err
	}
	if err := c.allow(); err != nil {
		return err
	}
	return c.me.Rename(c.ctx(), nick)
}

func (c *v1) history(cmd *protocol.Command) error {
	if err := c.leaf(); err != nil {
		return err
	}
	limit := protocol.DefaultPage
	if cmd.Limit != nil {
		limit = *cmd.Limit
	}
	var page protocol.History
	var err error
	switch {
	case cmd.After != nil:
		page, err = c.me.ReadAfter(c.ctx(), *cmd.After, limit)
	case cmd.Before != nil:
		page, err = c.me.ReadBefore(c.ctx(), *cmd.Before, limit)
	default:
		page, err = c.me.ReadBefore(c.ctx(), protocol.MaxSeq, limit)
	}
	if err != nil {
		c.log().Error("a page of history can't be read", "err", err)
		return protocol.Errorf(protocol.Unavailable, "the history can't be read now: ask again in a while")
	}
	c.out.put(protocol.AppendFrame(nil, protocol.OpText, protocol.AppendHistory(nil, cmd.Ref, page.Events, page.More)))
	return nil
}
