package chat

import (
	"errors"
	"net/http"
	"time"

	"snug/internal/archive"
	"snug/internal/room"
	"snug/protocol"
)

// maxExports is how many archives are written at once. Each reads a whole log.
const maxExports = 8

// exportPatience is how long a client may take for a page of an archive.
const exportPatience = time.Minute

// export answers with the room's log as a file, for owners and moderators.
func (s *Server) export(w http.ResponseWriter, r *http.Request, c *caller) error {
	format, err := archive.ParseFormat(c.query.Get("format"))
	if err != nil {
		return protocol.Errorf(protocol.BadField, "%s", err)
	}
	if err := s.authenticate(r.Context(), c); err != nil {
		return err
	}
	if c.seat == "" && c.holder == nil {
		return protocol.Errorf(protocol.Forbidden, "an export needs the header Snug-Seat, with the seat of an owner or a moderator, or a token")
	}
	p, err := s.visit(r.Context(), c, "")
	if err != nil {
		return err
	}
	defer p.Leave()
	if err := p.MayExport(r.Context()); err != nil {
		return err
	}
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	default:
		e := protocol.Errorf(protocol.TooMany, "%d exports are under way on this server: try again later", maxExports)
		e.RetryAfter = exportRetry
		return e
	}
	return s.writeArchive(w, r, p, format)
}

// exportRetry is when a client tries again that was one export too many.
const exportRetry = 10 * time.Second

func (s *Server) writeArchive(w http.ResponseWriter, r *http.Request, p *room.Participant, format archive.Format) error {
	name, err := p.Name(r.Context())
	if err != nil {
		return err
	}
	now := time.Now()
	about := archive.Room{Code: p.Room(), Name: name}
	about.Epoch, about.First, about.Head = p.Position()
	archive.SetHeaders(w.Header(), about.Code, format, now)
	if r.Method == http.MethodHead {
		return nil
	}
	control := http.NewResponseController(w)
	// The server's own deadlines are for a short response. Where there are none, none have to
	// be removed.
	_ = control.SetReadDeadline(time.Time{})
	err = archive.Write(r.Context(), w, format, about, p, now, func() error {
		if s.Draining() {
			return &archive.IncompleteError{Why: "the server is shutting down: export the room again"}
		}
		_ = control.SetWriteDeadline(time.Now().Add(exportPatience))
		return r.Context().Err()
	})
	var incomplete *archive.IncompleteError
	if err != nil && r.Context().Err() == nil && !errors.As(err, &incomplete) {
		s.options.Log.Warn("an export broke off", "room", about.Code, "err", err)
	}
	return nil // what was wrong is in the file
}
