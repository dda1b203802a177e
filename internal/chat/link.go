package chat

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"snug/internal/negotiate"
	"snug/internal/problem"
	"snug/internal/room"
	"snug/protocol"
)

// A room's link, /r/{code}, is its API for programs that have no WebSocket. Its files:
//
//   - link.go: routes, and how a request is refused;
//   - caller.go: who sends a request;
//   - publish.go: requests that change the room;
//   - upload.go, form.go: files that come;
//   - download.go: files that go;
//   - reading.go: requests that only read it;
//   - search.go: what is found in it;
//   - export.go: the whole log as a file;
//   - stream.go: responses that are connections.

// Link returns the handler of rooms' links. page answers requests for the page.
func (s *Server) Link(page http.Handler) http.Handler {
	mux := http.NewServeMux()
	for path, methods := range map[string]map[string]endpoint{
		"/r/{code}":                   {http.MethodGet: s.describe, http.MethodHead: s.describe, http.MethodPost: s.publish},
		"/r/{code}/events":            {http.MethodGet: s.streamToReader, http.MethodPost: s.streamToMember},
		"/r/{code}/commands":          {http.MethodPost: s.executeRequest},
		"/r/{code}/export":            {http.MethodGet: s.export, http.MethodHead: s.export},
		"/r/{code}/messages":          {http.MethodGet: s.readPage, http.MethodHead: s.readPage},
		"/r/{code}/search":            {http.MethodGet: s.searchRoom, http.MethodHead: s.searchRoom},
		"/r/{code}/files":             {http.MethodPost: s.upload},
		"/r/{code}/files/{id}/{name}": {http.MethodGet: s.download, http.MethodHead: s.download},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			do, ok := methods[r.Method]
			switch {
			case path == "/r/{code}" && wantsPage(w, r):
				page.ServeHTTP(w, r)
			case ok:
				s.serveEndpoint(w, r, do)
			case r.Method == http.MethodOptions:
				s.preflight(w, r, methods)
			default:
				if err := s.checkOrigin(w, r); err != nil { // which also lets the page of another origin read the answer
					s.refuseRequest(w, err)
					return
				}
				problem.WriteMethods(w, allowed(methods))
			}
		})
	}
	mux.Handle("/", page)
	return mux
}

// endpoint answers a request of somebody. If it returns an error, it has written nothing.
type endpoint func(w http.ResponseWriter, r *http.Request, c *caller) error

func (s *Server) serveEndpoint(w http.ResponseWriter, r *http.Request, do endpoint) {
	c, err := s.identifyCaller(w, r)
	if err == nil {
		err = do(w, r, c)
	}
	if err != nil {
		defer s.lingerAfterRefusal(w, r)()
		s.refuseRequest(w, err)
	}
}

// wantsPage reports whether a request for a room's link is one of a browser, and not of a
// program.
func wantsPage(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	w.Header().Add("Vary", "Accept")
	return !negotiate.Prefers(r, "application/json", "text/html")
}

// allowed returns the methods of an address, for the header Allow.
func allowed(methods map[string]endpoint) (names []string) {
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if methods[m] != nil {
			names = append(names, m)
		}
	}
	return names
}

// preflight answers the question whether pages of a foreign origin may send a request
// (Fetch Standard, section 3.2).
func (s *Server) preflight(w http.ResponseWriter, r *http.Request, methods map[string]endpoint) {
	if err := s.checkOrigin(w, r); err != nil {
		s.refuseRequest(w, err)
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", strings.Join(allowed(methods), ", "))
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Last-Event-ID, Range, Snug-Seat, Snug-Nick, Snug-Password")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// checkOrigin refuses pages of foreign origins that aren't allowed, and lets the others
// read the answer.
func (s *Server) checkOrigin(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Add("Vary", "Origin")
	if !s.originAllowed(r) {
		return protocol.Errorf(protocol.Forbidden, "pages of this origin may not use the room: only the server's own pages may, and those of origins that it is configured to allow")
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Accept-Ranges, Allow, Content-Disposition, Content-Range, ETag, Retry-After, Snug-Seat, WWW-Authenticate")
	}
	return nil
}

// statuses are the HTTP statuses of errors.
var statuses = map[protocol.ErrorCode]int{
	protocol.BadJSON:     http.StatusBadRequest,
	protocol.BadField:    http.StatusBadRequest,
	protocol.Empty:       http.StatusBadRequest,
	protocol.UnknownType: http.StatusBadRequest,
	protocol.BadToken:    http.StatusUnauthorized,
	protocol.Forbidden:   http.StatusForbidden,
	protocol.Refused:     http.StatusForbidden,
	protocol.Banned:      http.StatusForbidden,
	protocol.Locked:      http.StatusForbidden,
	protocol.BadPassword: http.StatusForbidden,
	protocol.Closed:      http.StatusGone,
	protocol.NotFound:    http.StatusNotFound,
	protocol.NickTaken:   http.StatusConflict,
	protocol.IDConflict:  http.StatusConflict,
	protocol.TooLong:     http.StatusRequestEntityTooLarge,
	protocol.RateLimited: http.StatusTooManyRequests,
	protocol.SlowMode:    http.StatusTooManyRequests,
	protocol.TooMany:     http.StatusTooManyRequests,
	protocol.RoomFull:    http.StatusTooManyRequests,
	protocol.Unavailable: http.StatusServiceUnavailable,
}

// refuseRequest answers a request with an error.
func (s *Server) refuseRequest(w http.ResponseWriter, err error) {
	e := refusalOf(err)
	s.refusals.WithLabelValues(string(e.Code)).Inc()
	status := statuses[e.Code]
	if status == 0 {
		status = http.StatusBadRequest
	}
	if errors.Is(err, room.ErrNoSpace) {
		status = http.StatusInsufficientStorage
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		e.RetryAfter = max(e.RetryAfter, time.Second)
	}
	if e.RetryAfter > 0 {
		problem.SetRetryAfter(w.Header(), e.RetryAfter)
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	problem.WriteError(w, status, e)
}

// refusalOf returns what a client is told of err.
func refusalOf(err error) *protocol.Error {
	if errors.Is(err, room.ErrTooMany) {
		return tooManyRooms()
	}
	e := *room.Refusal(err)
	return &e
}

// limitMessages takes a message from the rate of who sends it.
func (s *Server) limitMessages(c *caller, me protocol.Member) error {
	var wait time.Duration
	if me.Guest {
		wait = s.guestSent.Take(c.from)
	} else {
		wait = s.sent.Take(rateKey(c, me))
	}
	if wait > 0 {
		return tooFast(s.options.MessageRate, "messages", wait)
	}
	return nil
}

// rateKey returns the key of a member's rates.
func rateKey(c *caller, me protocol.Member) string { return string(c.code) + "\x00" + me.Member }

// answerJSON answers a request with one JSON object.
func answerJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
