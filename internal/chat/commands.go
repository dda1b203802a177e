package chat

import (
	"context"
	"time"

	"snug/internal/auth"
	"snug/internal/room"
	"snug/protocol"
)

// answer is what a v1 command leads to: a draft that is to be appended, an event for its
// sender alone, or neither.
type answer struct {
	isDraft bool
	draft   room.Draft
	event   []byte // as JSON
}

// answerWith returns the answer that is an event.
func answerWith(typ protocol.EventType, fields any) answer {
	return answer{event: protocol.AppendEvent(nil, typ, fields)}
}

// execute has the room carry out a command of a member, other than join and auth, that came
// as h says; holder is who the member's token says it is, nil for none. It is the same for all transports. The
// error is a *protocol.Error, or says that the room or ctx has ended.
func (s *Server) execute(ctx context.Context, me *room.Participant, h *handshake, holder *auth.Holder, cmd *protocol.Command) (answer, error) {
	switch cmd.Type {
	case protocol.CommandPing:
		return answerWith(protocol.EventPong, protocol.Pong{Ref: cmd.Ref}), nil
	case protocol.CommandTyping:
		me.Typing(ctx)
		return answer{}, nil
	case protocol.CommandNick:
		return answer{}, rename(ctx, me, holder, cmd.Nick)
	case protocol.CommandHistory:
		return s.history(ctx, me, cmd)
	case protocol.CommandSearch:
		found, err := s.search(ctx, me, h.from, cmd)
		if err != nil {
			return answer{}, err
		}
		found.Ref = cmd.Ref
		return answer{event: protocol.AppendSearch(nil, found)}, nil
	case protocol.CommandBans:
		bans, err := me.Bans(ctx)
		if err != nil {
			return answer{}, err
		}
		return answerWith(protocol.EventBans, protocol.Bans{Ref: cmd.Ref, Bans: bans}), nil
	case protocol.CommandSeen:
		return answer{}, me.Seen(ctx, cmd.Seq)
	case protocol.CommandTransfer:
		t, err := me.Transfer(ctx)
		if err != nil {
			return answer{}, err
		}
		t.Ref, t.URL = cmd.Ref, h.base.Value()+t.URL
		return answerWith(protocol.EventTransfer, t), nil
	case protocol.CommandPush:
		if err := me.Push(ctx, cmd, h.base.Value()); err != nil {
			return answer{}, err
		}
		return answerWith(protocol.EventPush, protocol.Push{Ref: cmd.Ref, Level: cmd.Level}), nil
	case protocol.CommandVisible:
		me.SetVisible(ctx, *cmd.Visible)
		return answer{}, nil
	case protocol.CommandHooks:
		all, err := hooks(ctx, me, cmd.Ref, h.base.Value())
		if err != nil {
			return answer{}, err
		}
		return answerWith(protocol.EventHooks, all), nil
	case protocol.CommandInvites:
		all, err := invites(ctx, me, cmd.Ref, h.base.Value())
		if err != nil {
			return answer{}, err
		}
		return answerWith(protocol.EventInvites, all), nil
	}
	d, err := draft(ctx, me, cmd)
	completeURL(d, cmd.Ref, h.base.Value())
	return answer{isDraft: true, draft: d}, err
}

// draft has the room check a command that becomes a log event.
func draft(ctx context.Context, me *room.Participant, cmd *protocol.Command) (room.Draft, error) {
	switch cmd.Type {
	case protocol.CommandSend:
		return me.SendFiles(ctx, room.Message{ID: cmd.ID, Content: cmd.Content, ReplyTo: cmd.ReplyTo, Files: cmd.Files, Alts: cmd.Alts}, nil)
	case protocol.CommandEdit:
		return me.Edit(ctx, cmd.ID, cmd.Seq, cmd.Content)
	case protocol.CommandDelete:
		return me.Delete(ctx, cmd.ID, cmd.Seq)
	case protocol.CommandReact:
		return me.React(cmd.ID, cmd.Seq, cmd.Emoji, cmd.Remove)
	}
	return me.Moderate(ctx, moderation(cmd))
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
		m.Name, m.To, m.Events, m.Secret = *cmd.Name, cmd.To, cmd.Events, cmd.Secret
	case protocol.CommandInvite:
		m.Member = ""
		if cmd.Seconds != nil {
			m.For = time.Duration(*cmd.Seconds) * time.Second
		}
		if cmd.Uses != nil {
			m.Uses = *cmd.Uses
		}
	case protocol.CommandUninvite:
		m.Member, m.Invite = "", cmd.Invite
	case protocol.CommandPin, protocol.CommandUnpin:
		m.Member, m.Seq = "", cmd.Seq
	case protocol.CommandClose:
		m.Member = ""
	case protocol.CommandSet:
		m.Member = ""
		m.Settings = protocol.SettingsChange{
			Name: cmd.Name, Topic: cmd.Topic, Locked: cmd.Locked, SlowMS: cmd.SlowMS, Reading: cmd.Reading,
			KeepSeconds: cmd.KeepSeconds, Expires: cmd.Expires,
		}
		if cmd.Password != nil {
			present := *cmd.Password != ""
			m.Password, m.Settings.Password = *cmd.Password, &present
		}
	}
	return m
}

func rename(ctx context.Context, me *room.Participant, holder *auth.Holder, to string) error {
	if holder != nil && holder.Name != "" {
		return protocol.Errorf(protocol.Forbidden, "your nick is the name in your token: only the site that signed it can change it")
	}
	nick, err := room.ParseNick(to)
	if err != nil {
		return err
	}
	return me.Rename(ctx, nick)
}

func (s *Server) history(ctx context.Context, me *room.Participant, cmd *protocol.Command) (answer, error) {
	page, err := s.page(ctx, me, cmd)
	return answer{event: protocol.AppendHistory(nil, cmd.Ref, page.Events, page.More)}, err
}

// page reads the page of history that a command asks for. The error is a *protocol.Error.
func (s *Server) page(ctx context.Context, me *room.Participant, cmd *protocol.Command) (page protocol.History, err error) {
	limit := protocol.DefaultPage
	if cmd.Limit != nil {
		limit = *cmd.Limit
	}
	switch {
	case cmd.After != nil:
		page, err = me.ReadAfter(ctx, *cmd.After, limit)
	case cmd.Before != nil:
		page, err = me.ReadBefore(ctx, *cmd.Before, limit)
	default:
		page, err = me.ReadBefore(ctx, protocol.MaxSeq, limit)
	}
	if err == nil && cmd.Current {
		err = me.MakeCurrent(ctx, &page, cmd.After == nil)
	}
	if err != nil {
		s.options.Log.Error("a page of history can't be read", "room", me.Room(), "err", err)
		err = protocol.Errorf(protocol.Unavailable, "the history can't be read now: ask again in a while")
	}
	return page, err
}

// joinRequest returns what a join command asks for. The error is a *protocol.Error.
func (s *Server) joinRequest(cmd *protocol.Command, holder *auth.Holder) (room.Request, error) {
	nick, err := nickOf(holder, cmd.Nick)
	if err != nil {
		return room.Request{}, err
	}
	q := room.Request{Nick: nick, Seat: cmd.Seat, Since: cmd.Since, History: s.options.History, NoClaim: cmd.Claim != nil && !*cmd.Claim}
	if cmd.History != nil {
		q.History = *cmd.History
	}
	if cmd.Password != nil {
		q.Password = *cmd.Password
	}
	q.Transfer, q.Invite, q.InviteKey = cmd.Transfer, cmd.Invite, cmd.ID
	return q, nil
}
