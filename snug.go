// Package snug is a chat server to embed: rooms that anyone can open by a code,
// with their history in one file. A [Server] is an [http.Handler]; cmd/server puts a
// listener in front of it. New starts goroutines, and [Server.Shutdown] waits for them.
package snug

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"snug/internal/auth"
	"snug/internal/chat"
	"snug/internal/cluster"
	"snug/internal/expiry"
	"snug/internal/forwarded"
	"snug/internal/hookapi"
	"snug/internal/httpapi"
	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
	"snug/internal/journal/retention"
	"snug/internal/outgoing"
	"snug/internal/peers"
	"snug/internal/push"
	"snug/internal/ratelimit"
	"snug/internal/room"
	"snug/internal/search"
	"snug/internal/signin"
	"snug/internal/tracing"
)

// openJournal opens what o.Journal names, and this server's place in a cluster, if it
// is in one.
func openJournal(ctx context.Context, o *Options) (journal.Journal, *cluster.Node, error) {
	engine, rest, _ := strings.Cut(o.Journal, ":")
	switch {
	case engine == "memory" && rest == "":
		return memory.Open(memory.Options{MaxFiles: o.Files.MaxTotal}), nil, nil
	case engine == "sqlite" && rest != "":
		j, err := openFile(ctx, o, rest)
		return j, nil, err
	case engine == "cluster" && o.isAlone(rest):
		j, err := openAlone(ctx, o, rest)
		return j, nil, err
	case engine == "cluster", engine == "nats", engine == "tls":
		return openCluster(ctx, o)
	}
	return nil, nil, &OptionError{"Journal", o.Journal, wantedJournal(o.Journal)}
}

// openFile opens the log of a single server.
func openFile(ctx context.Context, o *Options, file string) (journal.Journal, error) {
	j, err := local.Open(ctx, file, local.Options{Log: o.Log, MaxBytes: o.Limits.MaxJournal, MaxFiles: o.Files.MaxTotal})
	if err != nil {
		return nil, err // and not j, which would be a nil pointer in an interface
	}
	return j, nil
}

// Server is a chat server. It is an [http.Handler], safe for concurrent use: the
// page is at /, rooms are at /r/{code}, and their WebSockets at /ws. It may be
// put below another path with [http.StripPrefix].
type Server struct {
	journal journal.Journal
	node    *cluster.Node  // nil for a single server
	peers   *peers.Network // nil for a single server
	tokens  auth.Verifier  // nil if none are required
	rooms   *room.Registry
	chat    *chat.Server
	hooks   *hookapi.Handler
	outside forwarded.Outside
	mux     *http.ServeMux
	log     *slog.Logger
	tracer  *tracing.Tracer // nil if nothing is traced
	began   time.Time

	requests requests

	retention   *retention.Scheduler // nil if everything is kept
	stopPruning context.CancelFunc
	pruning     sync.WaitGroup // of the goroutine that prunes

	search         *search.Index        // nil if there is no search
	outgoing       *outgoing.Dispatcher // nil if there are no outgoing hooks
	push           *push.Sender         // nil if nothing is pushed
	stopBackground context.CancelFunc
	background     sync.WaitGroup // of the goroutines that leadOrRun starts
}

// New opens the journal and returns a server for it. When ctx ends before New returns, opening is cut
// short; later, ctx has no effect. The caller ends the server with Shutdown. The [http.Server] in front
// should bound the time of a request (ReadTimeout); upgraded connections have bounds of their own.
func New(ctx context.Context, o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	origins, err := o.origins()
	if err != nil {
		return nil, err
	}
	outside, err := o.outside()
	if err != nil {
		return nil, err
	}
	public := outside.Public.URL()
	tokens, signIn, err := o.tokens(public)
	if err != nil {
		return nil, err
	}
	signInAt := ""
	if signIn != nil {
		signInAt = public
	}
	page, err := o.page(signInAt)
	if err != nil {
		return nil, err
	}
	if o.Limits.Off {
		o.Limits.MessageRate, o.Limits.MaxConnections, o.Limits.MaxRooms, o.Limits.MaxMembers = 0, 0, 0, 0
		o.Limits.MaxConnectionsPerAddress, o.Limits.JoinsPerMinute, o.Limits.NewRoomsPerMinute, o.Limits.WrongPasswordsPerMinute, o.Files.UploadsPerMinute = 0, 0, 0, 0, 0
	}
	j, node, err := openJournal(ctx, &o)
	if err != nil {
		return nil, err
	}
	s := &Server{journal: j, node: node, tokens: tokens, outside: outside, mux: http.NewServeMux(), log: o.Log, tracer: tracing.New(o.Traces), began: time.Now()}
	var others room.Peers
	if node != nil {
		s.peers, err = peers.New(node.Conn(), node.Name(), peers.Options{Replicas: node.Replicas(), Log: o.Log})
		if err != nil {
			return nil, errors.Join(err, j.Close(), node.Close())
		}
		others = s.peers
	}
	s.rooms = room.NewRegistry(room.Options{
		Journal:      j,
		Peers:        others,
		Log:          o.Log,
		Idle:         o.Rooms.Idle,
		MaxRooms:     o.Limits.MaxRooms,
		MaxRoomFiles: o.Files.MaxInRoom,
		MaxMembers:   o.Limits.MaxMembers,
		NoOwners:     o.Rooms.NoOwners,
		SeatSeries:   o.Auth.SeatSeries,
		Filter:       o.filter(),
		Tracer:       s.tracer,
		MaxChars:     o.Limits.MaxContent,
		Outgoing:     o.outgoing(),
		Push:         o.push(),
		PushPrivate:  o.Push.Mode == "private",
		Build:        page.Build(),
		PublicURL:    public,
	})
	if sj, ok := j.(search.Journal); ok && o.Search == "on" {
		s.search = search.New(search.Options{Journal: sj, Path: indexPath(j), Log: o.Log})
	}
	s.chat = chat.NewServer(chat.Options{
		Rooms:          s.rooms,
		Tokens:         tokens,
		Guests:         o.Auth.Guests,
		Log:            o.Log,
		Origins:        origins,
		MaxConnections: o.Limits.MaxConnections,
		MaxChars:       o.Limits.MaxContent,
		History:        o.Rooms.History,
		MessageRate:    o.Limits.MessageRate,
		MessageBurst:   o.Limits.MessageBurst,
		Outside:        outside,
		AddressLimits: ratelimit.Limits{
			Connections:             o.Limits.MaxConnectionsPerAddress,
			ConnectionsPerMinute:    o.Limits.JoinsPerMinute,
			RoomsPerMinute:          o.Limits.NewRoomsPerMinute,
			WrongPasswordsPerMinute: o.Limits.WrongPasswordsPerMinute,
		},
		BadFrames:   o.Limits.BadFrames,
		MaxWaiting:  o.Limits.MaxWaiting,
		MaxFileSize: o.Files.MaxSize, UploadsPerMinute: o.Files.UploadsPerMinute,
		Search:    s.search,
		Tracer:    s.tracer,
		Strangers: !o.Limits.Off,
	})
	if s.peers != nil {
		s.peers.AnswerVisible(s.rooms.Visible)
	}
	traced := func(h http.Handler) http.Handler {
		return s.tracer.Handler(h, func(r *http.Request) bool {
			_, trusted := outside.Peer(r.RemoteAddr)
			return trusted
		})
	}
	s.mux.Handle("/ws", traced(s.chat))
	pages := httpapi.New(page, httpapi.Options{Outside: outside, SecurityContact: o.Web.SecurityContact, Draining: s.chat.Draining})
	s.mux.Handle("/r/", traced(s.chat.Link(pages)))
	s.mux.Handle("/r", pages) // or the mux would redirect it to /r/, at the host's root
	s.mux.Handle("/", pages)
	s.hooks = hookapi.New(hookapi.Options{
		Rooms: s.rooms, Log: o.Log, MaxChars: o.Limits.MaxContent, MessageRate: o.Limits.MessageRate, MessageBurst: o.Limits.MessageBurst, Draining: s.chat.Draining,
	})
	s.mux.Handle(hookapi.Route, traced(s.hooks))
	if signIn != nil {
		s.mux.Handle(signin.Route, traced(signIn))
		s.mux.Handle(signin.Route+"/", traced(signIn))
	}
	until, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.stopPruning = cancel
	s.startBackground(ctx, &o, signIn)
	if p, ok := j.(journal.Pruner); ok && o.Rooms.Keep != (Keep{}) {
		if o.Rooms.Keep.risky() {
			o.Log.Warn("--keep keeps very little: is that meant? m is minutes, not months", "age", o.Rooms.Keep.Age.String(), "events", o.Rooms.Keep.Last)
		}
		s.retention = retention.New(p, o.Rooms.Keep.rule(), o.Log)
		s.pruning.Go(func() { s.retention.Run(until) })
	}
	return s, nil
}

// indexPath returns the name of the search index of a journal: next to the log's file, and empty
// for a journal in memory, which keeps no more than what a search reads anyway.
func indexPath(j journal.Journal) string {
	if f, ok := j.(interface{ Path() string }); ok {
		return f.Path() + "-search"
	}
	return ""
}

// startBackground starts the search for the provider of sign-in, the search index, and what one node of
// a cluster does at a time: pushes, the deliveries of outgoing hooks, and ending messages and rooms that
// have an end.
func (s *Server) startBackground(ctx context.Context, o *Options, signIn *signin.Handler) {
	ctx, s.stopBackground = context.WithCancel(context.WithoutCancel(ctx))
	if signIn != nil {
		s.background.Go(func() { signIn.Run(ctx) })
	}
	if s.search != nil { // on every node: each has an index of its own
		s.background.Go(func() { s.search.Run(ctx) })
	}
	j, ok := s.journal.(outgoing.Journal)
	if !ok {
		return
	}
	if o.push() {
		s.push = push.New(push.Options{
			Journal: j, Log: o.Log, Key: s.rooms.PushKey(), Contact: o.pushContact(), Private: o.Push.Mode == "private", Visible: s.visible,
		})
		s.leadOrRun(ctx, "push", s.upToDate(s.push.Run))
	}
	sweeper := expiry.New(expiry.Options{Journal: j, Log: o.Log, From: room.Operator()})
	s.leadOrRun(ctx, "expiry", sweeper.Run)
	if !o.outgoing() {
		return
	}
	s.outgoing = outgoing.New(outgoing.Options{
		Journal: j, Rooms: s.rooms, Log: o.Log, Private: o.OutgoingHooks == "private", MaxChars: o.Limits.MaxContent,
	})
	s.leadOrRun(ctx, "outgoing hooks", s.upToDate(s.outgoing.Run))
}

// upToDate returns work that begins when this node has what the others had committed. Otherwise
// events would come again that the leader before has delivered.
func (s *Server) upToDate(work func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		if r, ok := s.journal.(journal.Replica); ok {
			_ = r.CatchUp(ctx) // fails only if the node ends
		}
		work(ctx)
	}
}

// visible returns those of some members of a room to whom a page of it is visible, on any node.
func (s *Server) visible(ctx context.Context, code room.Code, members []string) []string {
	visible := s.rooms.Visible(ctx, code, members)
	if s.peers == nil || len(visible) == len(members) {
		return visible
	}
	return append(visible, s.peers.Visible(ctx, code, members)...)
}

// leadOrRun runs work until ctx ends: in a cluster, whenever this node is the leader of it.
func (s *Server) leadOrRun(ctx context.Context, what string, work func(context.Context)) {
	if s.peers == nil {
		s.background.Go(func() { work(ctx) })
		return
	}
	s.background.Go(func() { s.peers.Lead(ctx, what, work) })
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = s.outside.Below(r)
	httpapi.SetHeaders(w, r)
	if r.ContentLength != 0 && !takesBody(r) {
		// A proxy in front may see another end of the body than we do, so what comes after it
		// is nobody's request (RFC 9112, section 6.1).
		w.Header().Set("Connection", "close")
	}
	if s.requests.begin() { // afterwards, requests are refused by whoever is asked
		defer s.requests.underWay.Done()
	}
	if to := forwarded.Redirect(r); to != "" {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// takesBody reports whether a request's body is read. The others have none that means
// anything.
func takesBody(r *http.Request) bool {
	return r.Method == http.MethodPost && (strings.HasPrefix(r.URL.Path, "/r/") || strings.HasPrefix(r.URL.Path, "/"+room.HookPath))
}

// Erase erases all messages of a member in a room, and returns their number. Clients in the room
// see it, and soon no file of the journal contains the text. Erase waits for the journal. If ctx ends
// before, some messages may be left: call it again.
func (s *Server) Erase(ctx context.Context, roomCode, member string) (erased int, err error) {
	code, err := room.ParseCode(roomCode)
	if err != nil {
		return 0, fmt.Errorf("erase messages of %q: %w", member, err)
	}
	return s.rooms.Erase(ctx, code, member)
}

// GiveOwner makes a member an owner of a room. The member must be present, or have written something
// that is still kept. It waits until that is in the journal, or ctx ends.
func (s *Server) GiveOwner(ctx context.Context, roomCode, member string) error {
	code, err := room.ParseCode(roomCode)
	if err != nil {
		return fmt.Errorf("give room %q an owner: %w", roomCode, err)
	}
	return s.rooms.GiveOwner(ctx, code, member)
}

// RevokeSeats makes the seats of a member of a room invalid, and ends its connections. It
// waits until that is in the journal, or ctx ends. An owner's seats can't be revoked.
func (s *Server) RevokeSeats(ctx context.Context, roomCode, member string) error {
	code, err := room.ParseCode(roomCode)
	if err != nil {
		return fmt.Errorf("revoke seats in room %q: %w", roomCode, err)
	}
	return s.rooms.RevokeSeats(ctx, code, member)
}

// Shutdown says goodbye to all clients, commits what they have sent and closes the journal. When ctx
// ends, it cuts off the remaining clients; it does everything else anyway. It is called once. Requests to
// rooms and hooks that come afterwards get 503; the page is served, and waits for a server to come back.
func (s *Server) Shutdown(ctx context.Context) error {
	err := errors.Join(s.chat.Drain(ctx), s.requests.end(ctx))
	s.stopBackground()
	s.background.Wait()
	s.rooms.Close()
	if s.tokens != nil {
		s.tokens.Close()
	}
	s.stopPruning()
	s.pruning.Wait()
	if s.peers != nil {
		s.peers.Close()
	}
	err = errors.Join(err, s.journal.Close())
	if s.node != nil {
		err = errors.Join(err, s.node.Close())
	}
	return err
}
