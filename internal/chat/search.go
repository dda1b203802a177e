package chat

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"

	"snug/internal/room"
	"snug/internal/search"
	"snug/protocol"
)

// The searches that an address may send.
const searchesPerSecond, searchBurst = 20, 60

// search answers a search of somebody at an address who may read the room. The error is a
// *protocol.Error.
func (s *Server) search(ctx context.Context, me *room.Participant, from netip.Addr, cmd *protocol.Command) (protocol.Search, error) {
	if s.options.Search == nil {
		return protocol.Search{}, protocol.Errorf(protocol.UnknownType, "this server has no search: its operator has turned it off")
	}
	if wait := s.searched.Take(from); wait > 0 {
		return protocol.Search{}, tooFast(searchesPerSecond, "searches", wait)
	}
	q, err := search.Parse(cmd.Query)
	if err != nil {
		return protocol.Search{}, err
	}
	log := search.Log{Room: me.Room()}
	log.Epoch, log.First, log.Head = me.Position()
	before := *cmp.Or(cmd.Before, new(uint64(protocol.MaxSeq)))
	found, err := s.options.Search.Search(ctx, log, q, before, *cmp.Or(cmd.Limit, new(protocol.DefaultFound)))
	switch {
	case err == nil:
		return found, nil
	case ctx.Err() != nil:
		return protocol.Search{}, ctx.Err()
	}
	s.options.Log.Warn("a search has failed", "room", me.Room(), "err", err)
	return protocol.Search{}, protocol.Errorf(protocol.Unavailable, "the search took too long, or the messages can't be read now: search for longer words, or try again in a while")
}

// searchRoom answers a request with the messages of a room that match.
func (s *Server) searchRoom(w http.ResponseWriter, r *http.Request, c *caller) error {
	cmd := protocol.Command{Type: protocol.CommandSearch, Query: c.query.Get("q")}
	var err error
	if cmd.Before, err = number(c.query, "before", 0, protocol.MaxSeq); err != nil {
		return err
	}
	if cmd.Limit, err = pageLimit(c.query); err != nil {
		return err
	}
	p, err := s.visitToRead(r, c)
	if err != nil {
		return err
	}
	defer p.Leave()
	found, err := s.search(r.Context(), p, c.from, &cmd)
	if err != nil {
		return err
	}
	found.Epoch, _, _ = p.Position()
	answerJSON(w, http.StatusOK, protocol.AppendFound(nil, found))
	return nil
}
