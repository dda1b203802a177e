package chat

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"snug/internal/room"
	"snug/protocol"
)

// publish says something in a room: the body of a request is the message, JSON with it, or a
// form with it and its files.
func (s *Server) publish(w http.ResponseWriter, r *http.Request, c *caller) error {
	if err := s.authenticate(r.Context(), c); err != nil {
		return err
	}
	key, err := retryKey(r)
	if err != nil {
		return err
	}
	post := protocol.Command{Type: protocol.CommandSend, ID: key}
	if isForm(r) {
		err = s.publishForm(w, r, c, key)
	} else {
		err = s.publishBody(w, r, c, &post)
	}
	return refusalOfCommand(err, &post)
}

// publishBody says something in a room: the body of a request, or the JSON in it. It sets the ID of post, which has
// the request's key, to that in the JSON.
func (s *Server) publishBody(w http.ResponseWriter, r *http.Request, c *caller, post *protocol.Command) error {
	m, err := s.readMessage(w, r, post.ID)
	if err != nil {
		return err
	}
	post.ID = m.ID
	if m.ID == "" {
		m.ID = newKey()
	}
	p, err := s.visit(r.Context(), c, m.ID)
	if err != nil {
		return err
	}
	defer p.Leave()
	if err := s.limitMessages(c, p.You()); err != nil {
		return err
	}
	if err := p.Reach(r.Context(), m.ReplyTo); err != nil {
		return err
	}
	d, err := p.SendFiles(r.Context(), m, nil)
	if err != nil {
		return err
	}
	return commit(w, r, p, d, &protocol.Command{Type: protocol.CommandSend, ID: m.ID}, http.StatusCreated)
}

// commit appends the draft of a command, and answers with the event, for a hook or an invite with what
// only its maker is told, and for a close, which erases the event, with the goodbye.
func commit(w http.ResponseWriter, r *http.Request, p *room.Participant, d room.Draft, cmd *protocol.Command, status int) error {
	o, err := p.Commit(r.Context(), d)
	if err != nil {
		return err
	}
	if o.Duplicate {
		answerJSON(w, http.StatusOK, protocol.AppendEvent(nil, protocol.EventAck, protocol.Ack{ID: cmd.ID, Seq: o.Seq, Duplicate: true}))
		return nil
	}
	if cmd.Type == protocol.CommandRevoke && cmd.Member == p.You().Member {
		seat, err := p.NewSeat(r.Context())
		if err != nil {
			return err
		}
		w.Header().Set("Snug-Seat", seat)
	}
	if cmd.Type == protocol.CommandClose {
		answerJSON(w, status, protocol.AppendEvent(nil, protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeClosed}))
		return nil
	}
	if d.Hook != nil {
		answerJSON(w, status, protocol.AppendEvent(nil, protocol.EventHook, d.Hook))
		return nil
	}
	if d.Invite != nil {
		answerJSON(w, status, protocol.AppendEvent(nil, protocol.EventInvite, d.Invite))
		return nil
	}
	e, err := p.Event(r.Context(), o.Seq)
	var refusal *protocol.Error
	switch {
	case errors.As(err, &refusal) && refusal.Code == protocol.NotFound: // it was stored, and is no longer kept
		answerJSON(w, status, protocol.AppendEvent(nil, protocol.EventAck, protocol.Ack{ID: cmd.ID, Seq: o.Seq, Duplicate: true}))
		return nil
	case err != nil:
		return err
	}
	answerJSON(w, status, e.AppendJSON(nil))
	return nil
}

// readMessage reads the message that a request with a key publishes; its ID is empty if the request says none. The
// error is a *protocol.Error.
func (s *Server) readMessage(w http.ResponseWriter, r *http.Request, key string) (m room.Message, err error) {
	body, err := s.readBody(w, r)
	if err != nil {
		return m, err
	}
	m.ID = key
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/json":
		post, err := protocol.DecodePost(body)
		if err != nil {
			return m, err
		}
		if key != "" && post.ID != "" && key != post.ID {
			return m, protocol.Errorf(protocol.BadField, `"id" and the header Idempotency-Key differ: either is enough`)
		}
		if post.ID != "" {
			m.ID = post.ID
		}
		m.Content, m.ReplyTo, m.Files, m.Alts = post.Content, post.ReplyTo, post.Files, post.Alts
	default:
		m.Content = strings.TrimSuffix(strings.TrimSuffix(string(body), "\n"), "\r")
	}
	return m, nil
}

// executeRequest carries out one v1 command, which is the body of a request.
func (s *Server) executeRequest(w http.ResponseWriter, r *http.Request, c *caller) error {
	if err := s.authenticate(r.Context(), c); err != nil {
		return err
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	cmd, err := protocol.DecodeCommand(body)
	if c.seat == "" && c.holder == nil && cmd.Type != protocol.CommandKnock {
		err = protocol.Errorf(protocol.Forbidden, "a command needs the header Snug-Seat, with the seat of a welcome, or a token")
	}
	if err == nil {
		err = s.answerCommand(w, r, c, &cmd)
	}
	return refusalOfCommand(err, &cmd)
}

// refusalOfCommand returns what the sender of a command is told of err: the error has the command's id and ref.
func refusalOfCommand(err error, cmd *protocol.Command) error {
	if err == nil {
		return nil
	}
	e := refusalOf(err)
	if e.ID == "" && e.Ref == "" {
		e.ID, e.Ref = cmd.ID, cmd.Ref
	}
	if errors.Is(err, room.ErrNoSpace) {
		return fmt.Errorf("%w: %w", room.ErrNoSpace, e)
	}
	return e
}

func (s *Server) answerCommand(w http.ResponseWriter, r *http.Request, c *caller, cmd *protocol.Command) error {
	switch cmd.Type {
	case protocol.CommandJoin:
		return protocol.Errorf(protocol.BadField, "a join is the body of POST …/events, whose answer is the stream of the room")
	case protocol.CommandKnock:
		return protocol.Errorf(protocol.BadField, "a request can't wait until somebody admits you: knock over a WebSocket, in place of the join")
	case protocol.CommandAuth:
		return s.answerAuth(w, r, c, cmd)
	}
	p, err := s.visit(r.Context(), c, "")
	if err != nil {
		return err
	}
	defer p.Leave()
	if cmd.Type == protocol.CommandTyping && s.typed.Take(rateKey(c, p.You())) > 0 {
		w.WriteHeader(http.StatusNoContent) // as over a WebSocket: the room knows already
		return nil
	}
	if err := s.limitCommand(c, p.You(), cmd); err != nil {
		return err
	}
	if err := p.Reach(r.Context(), max(cmd.Seq, cmd.ReplyTo)); err != nil {
		return err
	}
	a, err := s.execute(r.Context(), p, &c.handshake, c.holder, cmd)
	switch {
	case err != nil:
		return err
	case a.isDraft:
		return commit(w, r, p, a.draft, cmd, http.StatusOK)
	case a.event != nil:
		answerJSON(w, http.StatusOK, a.event)
	case cmd.Type == protocol.CommandNick:
		answerJSON(w, http.StatusOK, protocol.AppendEvent(nil, protocol.EventRenamed, protocol.Renamed{Member: p.You().Member, Nick: p.Nick(r.Context())}))
	default:
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

// limitCommand takes a command from its sender's rate. Pages and pings are limited as all
// requests are, and a search has a rate of its own.
func (s *Server) limitCommand(c *caller, me protocol.Member, cmd *protocol.Command) error {
	switch cmd.Type {
	case protocol.CommandHistory, protocol.CommandSearch, protocol.CommandBans, protocol.CommandHooks, protocol.CommandInvites, protocol.CommandPing, protocol.CommandTyping,
		protocol.CommandVisible:
		return nil
	}
	return s.limitMessages(c, me)
}

// answerAuth verifies a fresh token. A stream ends with the token that it was opened with.
func (s *Server) answerAuth(w http.ResponseWriter, r *http.Request, c *caller, cmd *protocol.Command) error {
	h, err := s.identify(r.Context(), cmd.Token, c.code)
	if err != nil {
		return err
	}
	if h != nil && !h.Same(c.holder) {
		return protocol.Errorf(protocol.BadToken, "the token is another member's than that of the request")
	}
	answerJSON(w, http.StatusOK, protocol.AppendEvent(nil, protocol.EventAuth, protocol.Auth{Ref: cmd.Ref, TokenMS: tokenMS(h)}))
	return nil
}
