package chat

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"snug/internal/room"
	"snug/protocol"
)

// streamToReader streams the log to somebody who isn't a member.
func (s *Server) streamToReader(w http.ResponseWriter, r *http.Request, c *caller) error {
	since, err := lastEventID(r, c.query)
	if err != nil {
		return err
	}
	history, err := number(c.query, "history", 0, protocol.MaxReplay)
	if err != nil {
		return err
	}
	q, err := s.readerRequest(r, c)
	if err != nil {
		return err
	}
	c.dialect = protocol.Reading
	q.Dialect, q.Since = c.dialect, since
	if history != nil {
		q.History = int(*history)
	}
	return s.serveStream(w, r, c.handshake, q, c.holder, func(found protocol.Welcome) any {
		return protocol.ReaderWelcome{
			Room: found.Room, Epoch: found.Epoch, First: found.First, Head: found.Head, Resumed: found.Resumed,
			Count: found.Count, Settings: found.Settings, Limits: found.Limits, TokenMS: found.TokenMS,
		}
	})
}

// streamToMember joins the room by the command in the body, and streams what the member
// is told.
func (s *Server) streamToMember(w http.ResponseWriter, r *http.Request, c *caller) error {
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	cmd, err := protocol.DecodeCommand(body)
	if err == nil {
		err = s.streamJoin(w, r, c, &cmd)
	}
	return refusalOfCommand(err, &cmd)
}

// streamJoin joins by a join command, and streams what the member is told.
func (s *Server) streamJoin(w http.ResponseWriter, r *http.Request, c *caller, cmd *protocol.Command) error {
	if cmd.Type != protocol.CommandJoin {
		return protocol.Errorf(protocol.BadField, `"type" is %q: the body is a join, and other commands go to …/commands`, cmd.Type)
	}
	if cmd.Token != "" {
		c.token = cmd.Token
	}
	cmd.Seat = cmp.Or(cmd.Seat, c.seat) // what the command doesn't say is in the headers, as with other requests
	if cmd.Password == nil {
		cmd.Password = &c.password
	}
	since, err := lastEventID(r, nil)
	if err != nil {
		return err
	}
	cmd.Since = cmp.Or(since, cmd.Since) // a client adds the first by itself when it opens the stream again
	if err := s.authenticate(r.Context(), c); err != nil {
		return err
	}
	q, err := s.joinRequest(cmd, c.holder)
	if err != nil {
		return err
	}
	return s.serveStream(w, r, c.handshake, q, c.holder, func(found protocol.Welcome) any { return found })
}

// readerRequest returns the request of somebody who only reads.
func (s *Server) readerRequest(r *http.Request, c *caller) (room.Request, error) {
	if err := s.authenticate(r.Context(), c); err != nil {
		return room.Request{}, err
	}
	c.nick = "" // readers have none
	q, err := s.request(c, newKey())
	q.Reads = true
	return q, err
}

// visitToRead has the caller visit the room to read it, which makes no member of it.
func (s *Server) visitToRead(r *http.Request, c *caller) (*room.Participant, error) {
	q, err := s.readerRequest(r, c)
	if err != nil {
		return nil, err
	}
	return s.options.Rooms.Visit(r.Context(), c.code, q)
}

// lastEventID returns the position after which a stream continues; nil if there is none.
func lastEventID(r *http.Request, query url.Values) (*protocol.Position, error) {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = query.Get("last_event_id")
	}
	if id == "" {
		return nil, nil
	}
	epoch, digits, _ := strings.Cut(id, ":")
	seq, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || epoch == "" || seq > protocol.MaxSeq {
		return nil, protocol.Errorf(protocol.BadField, "the Last-Event-ID is no position in a log: it is the id of an event of the stream, EPOCH:SEQ")
	}
	return &protocol.Position{Epoch: epoch, Seq: seq}, nil
}

// number returns a whole number from least to most in the query; nil if it isn't there.
func number(query url.Values, name string, least, most uint64) (*uint64, error) {
	text := query.Get(name)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > most {
		return nil, protocol.Errorf(protocol.BadField, "%q is not a whole number from %d to %d", name, least, most)
	}
	return &n, nil
}

// boolean returns whether something is set in the query; false if it isn't there.
func boolean(query url.Values, name string) (bool, error) {
	switch text := query.Get(name); text {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	default:
		return false, protocol.Errorf(protocol.BadField, "%q is %q: true or false", name, text)
	}
}

// pageLimit returns how many events the query asks for; nil if it doesn't say.
func pageLimit(query url.Values) (*int, error) {
	limit, err := number(query, "limit", 1, protocol.MaxPage)
	if limit == nil {
		return nil, err
	}
	return new(int(*limit)), nil
}

// readPage answers with a page of the log.
func (s *Server) readPage(w http.ResponseWriter, r *http.Request, c *caller) error {
	cmd := protocol.Command{Type: protocol.CommandHistory}
	var err error
	if cmd.Before, err = number(c.query, "before", 0, protocol.MaxSeq); err != nil {
		return err
	}
	if cmd.After, err = number(c.query, "after", 0, protocol.MaxSeq); err != nil {
		return err
	}
	if cmd.Limit, err = pageLimit(c.query); err != nil {
		return err
	}
	if cmd.Current, err = boolean(c.query, "current"); err != nil {
		return err
	}
	if cmd.Before != nil && cmd.After != nil {
		return protocol.Errorf(protocol.BadField, `"before" and "after" are both there: a page lies on one side of a position`)
	}
	p, err := s.visitToRead(r, c)
	if err != nil {
		return err
	}
	defer p.Leave()
	if cmd.After != nil {
		if err := p.Reach(r.Context(), *cmd.After); err != nil {
			return err
		}
	}
	page, err := s.page(r.Context(), p, &cmd)
	if err != nil {
		return err
	}
	epoch, first, head := p.Position()
	answerJSON(w, http.StatusOK, protocol.AppendPage(nil, protocol.Page{Epoch: epoch, First: first, Head: head, Events: page.Events, More: page.More}))
	return nil
}

// describe answers with what somebody should know of a room before they join it.
func (s *Server) describe(w http.ResponseWriter, r *http.Request, c *caller) error {
	if err := s.authenticate(r.Context(), c); err != nil {
		return err
	}
	d, err := s.options.Rooms.Describe(r.Context(), c.code)
	if err != nil {
		return fmt.Errorf("describe a room: %w", err)
	}
	if d.Topic != nil && !s.mayRead(r, c) {
		d = protocol.Description{Locked: d.Locked, Password: d.Password}
	}
	answerJSON(w, http.StatusOK, protocol.AppendDescription(nil, d))
	return nil
}

// mayRead reports whether the caller may read the room: it isn't banned, and a member if only those may.
func (s *Server) mayRead(r *http.Request, c *caller) bool {
	p, err := s.visitToRead(r, c)
	if err != nil {
		return false
	}
	p.Leave()
	return true
}
