package chat

import (
	"errors"
	"time"

	"snug/internal/room"
	"snug/internal/websocket"
	"snug/protocol"
)

// v1 is the dialect for programs.
type v1 struct {
	*conn
	typedAt time.Time // when the room was last told that the client is typing
}

func (*v1) begin() error { return nil }

func (*v1) refused(e *protocol.Error) []byte {
	return websocket.AppendFrame(nil, websocket.OpText, protocol.AppendError(nil, e))
}

// v1Event returns a frame with an event that is not in the log.
func v1Event(typ protocol.EventType, fields any) []byte {
	return websocket.AppendFrame(nil, websocket.OpText, protocol.AppendEvent(nil, typ, fields))
}

func (c *v1) command(frame []byte) error {
	cmd, err := protocol.DecodeCommand(frame)
	if err == nil {
		err = c.handle(&cmd)
	}
	var refusal *protocol.Error
	if errors.As(err, &refusal) && refusal.ID == "" && refusal.Ref == "" {
		refusal.ID, refusal.Ref = cmd.ID, cmd.Ref
	}
	return err
}

func (c *v1) handle(cmd *protocol.Command) error {
	if cmd.Type == protocol.CommandPing {
		c.out.put(v1Event(protocol.EventPong, protocol.Pong{Ref: cmd.Ref}))
		return c.countViolation()
	}
	if (cmd.Type == protocol.CommandJoin) != (c.me == nil) {
		if c.me == nil {
			return protocol.Errorf(protocol.JoinFirst, "this connection isn't in its room yet: the first command is a join")
		}
		return protocol.Errorf(protocol.BadField, "this connection has joined already: open another one to join again")
	}
	switch cmd.Type {
	case protocol.CommandJoin:
		return c.handleJoin(cmd)
	case protocol.CommandSend:
		return c.sendMessage(room.Message{ID: cmd.ID, Content: cmd.Content, ReplyTo: cmd.ReplyTo})
	case protocol.CommandTyping:
		return c.handleTyping()
	case protocol.CommandNick:
		return c.handleNick(cmd)
	case protocol.CommandHistory:
		return c.handleHistory(cmd)
	case protocol.CommandBans:
		return c.handleBans(cmd)
	case protocol.CommandAuth:
		return c.handleAuth(cmd)
	case protocol.CommandHooks:
		return c.handleHooks(cmd)
	default: // DecodeCommand lets no others pass
		return c.handleChange(cmd)
	}
}

func (c *v1) handleJoin(cmd *protocol.Command) error {
	token := cmd.Token
	if token == "" {
		token = c.handshake.token
	}
	holder, err := c.identify(token)
	if err != nil {
		return c.refuseJoin(room.Refusal(err))
	}
	nick, err := nickOf(holder, cmd.Nick)
	if err != nil {
		return err
	}
	history := c.server.options.History
	if cmd.History != nil {
		history = *cmd.History
	}
	q := room.Request{Nick: nick, Seat: cmd.Seat, Since: cmd.Since, History: history, NoClaim: cmd.Claim != nil && !*cmd.Claim}
	if cmd.Password != nil {
		q.Password = *cmd.Password
	}
	welcome, err := c.join(q, holder)
	if err != nil {
		return err
	}
	c.out.attach(c.me, v1Event(protocol.EventWelcome, welcome))
	return nil
}

// handleChange handles a command about a message, a member or the room.
func (c *v1) handleChange(cmd *protocol.Command) error {
	if err := c.allow(); err != nil {
		return err
	}
	d, err := c.draft(cmd)
	if err != nil {
		return err
	}
	completeHook(d, cmd.Ref, c.handshake.base.Value())
	return c.append(cmd.ID, d)
}

// draft has the room check a command about a message, a member or the room.
func (c *v1) draft(cmd *protocol.Command) (room.Draft, error) {
	switch cmd.Type {
	case protocol.CommandEdit:
		return c.me.Edit(c.ctx(), cmd.ID, cmd.Seq, cmd.Content)
	case protocol.CommandDelete:
		return c.me.Delete(c.ctx(), cmd.ID, cmd.Seq)
	case protocol.CommandReact:
		return c.me.React(cmd.ID, cmd.Seq, cmd.Emoji, cmd.Remove)
	}
	return c.me.Moderate(c.ctx(), moderation(cmd))
}

// moderation returns the fields of a command that belong to its type. The others are
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
	case protocol.CommandHook:
		m.Member = ""
		m.Name, m.To, m.Events, m.Secret = cmd.Name, cmd.To, cmd.Events, cmd.Secret
	case protocol.CommandSet:
		m.Member = ""
		m.Settings = protocol.SettingsChange{Topic: cmd.Topic, Locked: cmd.Locked, SlowMS: cmd.SlowMS}
		if cmd.Password != nil {
			present := *cmd.Password != ""
			m.Password, m.Settings.Password = *cmd.Password, &present
		}
	}
	return m
}

// typingInterval is how often the room is told that one client is typing, however often
// the client says so.
const typingInterval = time.Second

func (c *v1) handleTyping() error {
	now := time.Now()
	if now.Sub(c.typedAt) < typingInterval {
		return c.countViolation()
	}
	c.typedAt = now
	c.me.Typing(c.ctx())
	return nil
}

func (c *v1) handleNick(cmd *protocol.Command) error {
	if c.holder != nil && c.holder.Name != "" {
		return protocol.Errorf(protocol.Forbidden, "your nick is the name in your token: only the site that signed it can change it")
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

func (c *v1) handleHistory(cmd *protocol.Command) error {
	if err := c.waitPageQuota(); err != nil {
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
	c.out.put(websocket.AppendFrame(nil, websocket.OpText, protocol.AppendHistory(nil, cmd.Ref, page.Events, page.More)))
	return nil
}

func (c *v1) handleBans(cmd *protocol.Command) error {
	if err := c.waitPageQuota(); err != nil {
		return err
	}
	bans, err := c.me.Bans(c.ctx())
	if err != nil {
		return err
	}
	c.out.put(v1Event(protocol.EventBans, protocol.Bans{Ref: cmd.Ref, Bans: bans}))
	return nil
}

func (c *v1) handleHooks(cmd *protocol.Command) error {
	if err := c.waitPageQuota(); err != nil {
		return err
	}
	all, err := hooks(c.ctx(), c.me, cmd.Ref, c.handshake.base.Value())
	if err != nil {
		return err
	}
	c.out.put(v1Event(protocol.EventHooks, all))
	return nil
}

// handleAuth takes a fresh token of the same member. If it is refused, the old token
// stays as it is.
func (c *v1) handleAuth(cmd *protocol.Command) error {
	if err := c.countViolation(); err != nil { // verifying a token has a cost
		return err
	}
	h, err := c.identify(cmd.Token)
	if err != nil {
		return err
	}
	if h != nil {
		if !h.Same(c.holder) {
			return protocol.Errorf(protocol.BadToken, "the token is another member's than the one you joined with: open another connection for it")
		}
		if err := c.me.Grant(c.ctx(), h.Role); err != nil {
			return err
		}
	}
	c.setHolder(h)
	c.out.put(v1Event(protocol.EventAuth, protocol.Auth{Ref: cmd.Ref, TokenMS: c.tokenMS()}))
	return nil
}
