package room

import (
	"context"
	"time"

	"snug/internal/auth"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Request is what a connection joins with.
type Request struct {
	Dialect protocol.Dialect
	Nick    Nick
	Seat    string             // of an earlier welcome; one that isn't this room's is ignored
	Since   *protocol.Position // resume after this…
	History int                // …or replay this many messages
	NoClaim bool               // don't become the owner of a room that has none
	Reads   bool               // only read: as no member, so nobody has to make place or gets a nick
	Guest   string             // the member of somebody without a seat or token; empty for a new one that isn't a guest
	Program bool               // visits as the program that embeds the server, by Nick: nothing but a closed room keeps it out
	Client  Client             // nil if there is nobody to reach
	Quota   Quota              // nil for none

	// Holder is who the client's token says it is; nil for none. With it, Seat only
	// tells that the member has been in the room before.
	Holder   *auth.Holder
	Password string
	Transfer string // the code of a transfer; empty for none
	Invite   string // the secret of an invite; empty for none…
	// InviteKey makes it safe to join by the invite again: with the same key, the client is the
	// same member, and the invite is used once.
	InviteKey string
	Address   string // where the client comes from, for bans; empty if unknown
	Network   string // a wider network that Address belongs to; empty for none
}

// joining is a join under way. The steps below that say so run on the room's goroutine,
// the others on the connection's.
type joining struct {
	Request
	registry    *Registry
	room        *Room
	participant *Participant
	member      protocol.Member
	isNew       bool // comes without a valid seat
	visits      bool // see Registry.Visit

	seatGeneration uint64 // of the seat that it comes with

	inviteID string // of the invite that it comes with; empty for none
	newcomer string // the member that it is then

	// What has been done so far of what the room asked for.
	passwordHash string   // of the room's password, which was right
	wrongHash    string   // of the room's password, which was another one
	inviteTried  bool     // to come in by the invite
	byInvite     bool     // it was admitted by the invite
	claimTried   bool     // to become the owner
	granted      Nick     // by the other nodes
	notGranted   []string // Nick.key of those that were refused

	// What the room asked for last.
	needPassword string // prove to know the password with this hash
	needNick     Nick   // have this granted
	dropNick     func() // releases the nick that was granted last

	// The room at the moment of the join.
	welcome protocol.Welcome
}

// Join attaches a connection to a room, and returns how it finds the room. It waits for
// the journal, the other nodes and the check of a password, until ctx ends. The error is
// a [*protocol.Error], ErrTooMany, ErrClosed, ctx's or the journal's. The caller calls
// [Participant.Leave] in the end.
//
// The steps, in order: find or open the room; identify the member; catch up with where
// the client was; redeem the code of a transfer; then, until nothing is missing, have the room attach the connection or
// name what has to come first (the other nodes' members, a password, the claim of a new
// room, a nick); find where the replay begins.
func (g *Registry) Join(ctx context.Context, code Code, q Request) (*Participant, protocol.Welcome, error) {
	j, err := g.enter(ctx, code, q, false)
	if err != nil {
		return nil, protocol.Welcome{}, err
	}
	if err := j.startReplay(ctx); err != nil {
		j.participant.Leave()
		return nil, protocol.Welcome{}, err
	}
	return j.participant, j.welcome, nil
}

// enter takes the steps of Join and Visit. Who enters a room holds it open until
// Participant.Leave.
func (g *Registry) enter(ctx context.Context, code Code, q Request, visits bool) (*joining, error) {
	r, err := g.acquire(code)
	if err != nil {
		return nil, err
	}
	j := g.newJoining(r, q)
	j.visits, j.participant.visits, j.participant.reads = visits, visits, q.Reads
	if err := j.run(ctx); err != nil {
		g.release(r)
		return nil, err
	}
	return j, nil
}

func (g *Registry) newJoining(r *Room, q Request) *joining {
	j := &joining{Request: q, registry: g, room: r, dropNick: func() {}}
	if j.Client == nil {
		j.Client = noClient{}
	}
	if j.Quota == nil {
		j.Quota = unlimited{}
	}
	j.participant = &Participant{room: r, client: j.Client, quota: j.Quota}
	if q.Holder == nil {
		j.participant.address = g.keyedAddress(q.Address, q.Network)
	} else {
		// Without an address: a ban of somebody with a token is of that member alone.
		j.participant.granted, j.participant.byToken = q.Holder.Role, true
	}
	return j
}

func (j *joining) run(ctx context.Context) error {
	defer func() { j.dropNick() }()             // after the attach: from then on, the roster holds the nick
	if err := j.room.catchUp(ctx); err != nil { // which waits until the room is open
		return err
	}
	j.identify()
	j.openInvite()
	if err := j.catchUp(ctx); err != nil {
		return err
	}
	if err := j.redeem(ctx); err != nil {
		return err
	}
	for {
		var a attachment
		err := j.room.find(ctx, func() bool {
			a = j.room.tryAttach(j)
			return !mayBeLifted(a.refusal)
		})
		switch {
		case err != nil:
			return err
		case a.refusal != nil:
			return a.refusal
		case a.first == nil:
			return nil
		}
		if err := a.first(ctx); err != nil {
			return err
		}
	}
}

// catchUp waits until the room has reached the position of a client that comes from
// another node, which may have been a moment ahead of this one.
func (j *joining) catchUp(ctx context.Context) error {
	if j.Since == nil {
		return nil
	}
	return j.room.reach(ctx, j.Since.Seq)
}

// attachment is the answer to a join: attached, refused, or something has to come first.
type attachment struct {
	refusal *protocol.Error
	first   func(ctx context.Context) error // what; then the room is asked again
}

// tryAttach attaches a connection, if nothing is missing for it. It runs on the room's
// goroutine, so that between the checks and the attachment nothing changes.
func (r *Room) tryAttach(j *joining) attachment {
	if !j.Reads && !r.peersReady() {
		return attachment{first: r.waitForPeers}
	}
	r.applyPeerNews()
	if e := r.closing.refusal(time.Now()); e != nil {
		return attachment{refusal: e}
	}
	if !j.isNew && j.seatGeneration < r.policy.SeatGeneration(j.member.Member) {
		j.ignoreSeat()
	}
	if j.isNew && j.Seat != "" && j.Holder == nil && (j.Reads || j.visits) {
		return attachment{refusal: seatRevoked()}
	}
	if j.Program {
		r.visit(j)
		return attachment{}
	}
	switch admission := r.policy.Admit(j.visitor(), time.Now()); {
	case j.needsInvite(&admission) && r.isFull(j.newcomer):
		return attachment{refusal: r.full()}
	case j.needsInvite(&admission):
		return attachment{first: j.admitByInvite}
	case admission.Refusal != nil:
		return attachment{refusal: admission.Refusal}
	case admission.Password != "" && j.Password == "":
		return attachment{refusal: needsPassword()}
	case admission.Password != "" && j.wrongHash == admission.Password:
		return attachment{refusal: wrongPassword()}
	case admission.Password != "":
		j.needPassword = admission.Password
		return attachment{first: j.provePassword}
	case admission.Always, j.Reads:
	case !j.visits && r.isFull(j.member.Member):
		return attachment{refusal: r.full()}
	case r.Head() == 0:
		if e := r.create(j.Quota); e != nil {
			return attachment{refusal: e}
		}
	}
	switch {
	case j.visits:
		r.visit(j)
		return attachment{}
	case j.Reads:
		r.attachReader(j)
		return attachment{}
	}
	if j.needNick = r.nickToClaim(j); j.needNick != (Nick{}) {
		return attachment{first: j.claimNick}
	}
	// After the nick, which may be refused: or a member that nobody has a seat of would own the room.
	if r.claimable() && !j.member.Guest && !j.NoClaim && !j.claimTried {
		return attachment{first: j.claim}
	}
	r.attach(j)
	return attachment{}
}

func seatRevoked() *protocol.Error {
	return protocol.Errorf(protocol.Forbidden, "the seat is none of this room, or it was revoked: join the room for one")
}

func (j *joining) visitor() policy.Visitor {
	return policy.Visitor{
		Member: j.member.Member, Granted: j.participant.granted, Address: j.participant.address,
		IsNew: j.isNew, Password: j.passwordHash, Reads: j.Reads, Admitted: j.byInvite,
	}
}

// waitForPeers waits until the other nodes have told who is in the room there.
func (r *Room) waitForPeers(ctx context.Context) error {
	select {
	case <-r.link.Ready():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isFull reports whether the room has no place for another member. It runs on the room's
// goroutine, as all the following ones of Room do.
func (r *Room) isFull(member string) bool {
	limit := r.registry.options.MaxMembers
	return limit > 0 && r.roster.count() >= limit && r.roster.byID[member] == nil
}

func (r *Room) full() *protocol.Error {
	e := protocol.Errorf(protocol.RoomFull, "the room is full, with %d members: come back later", r.roster.count())
	e.RetryAfter = retryFull
	return e
}

// retryFull is how long a client waits that finds a room full.
const retryFull = 10 * time.Second

// create charges q for a new room. Only the first join pays.
func (r *Room) create(q Quota) *protocol.Error {
	if !r.created {
		if retryAfter := q.TakeRoom(); retryAfter > 0 {
			return tooMany("too many new rooms from your address", retryAfter)
		}
		r.created = true
	}
	return nil
}

// claimNick asks the other nodes for a nick.
func (j *joining) claimNick(ctx context.Context) error {
	j.dropNick()
	j.dropNick = func() {}
	drop, granted, err := j.room.claimNick(ctx, j.needNick, j.member.Member)
	if err != nil {
		return err
	}
	j.dropNick = drop
	if granted {
		j.granted = j.needNick
	} else {
		j.granted, j.notGranted = Nick{}, append(j.notGranted, j.needNick.key)
	}
	return nil
}

// attach puts the connection into the roster and at the end of the buffer, and fills the
// welcome with the room's current state. Afterwards the connection is told what happens in the room.
func (r *Room) attach(j *joining) {
	j.member.Role = r.policy.Role(j.member.Member)
	j.seatGeneration = max(j.seatGeneration, r.policy.SeatGeneration(j.member.Member)) // the seat may be ahead of this node
	nick := j.Nick
	if r.link != nil {
		nick = j.granted
	}
	p := j.participant
	m, first := r.roster.join(p, j.member, nick)
	p.member, p.spoke, p.seats = m, &m.spoke, j.seatGeneration
	r.share(m)
	r.timers.stop(idleTimer)
	r.timers.set(trimTimer, trimAfter) // of the pages that the connection is going to read
	if first {
		r.announce(protocol.EventJoined, m)
	}
	head := r.fanout.Attach(&p.Cursor, j.Dialect, p.client) // after the announcement, which is for others
	r.fillWelcome(j, head)
	j.welcome.You.Member, j.welcome.Members = p.You(), r.roster.list()
	j.welcome.Seen = r.policy.Seen(j.member.Member)
	j.welcome.PushKey, j.welcome.Build = r.registry.publicPushKey(), r.registry.options.Build
	r.tellKnocks(p)
}

// fillWelcome fills in the parts of the welcome that are the same for everyone.
func (r *Room) fillWelcome(j *joining, head uint64) {
	j.welcome = protocol.Welcome{
		Room:     string(r.code),
		Epoch:    r.epoch,
		First:    r.feed.First(),
		Head:     head,
		Resumed:  j.Since != nil && j.Since.Epoch == r.epoch && j.Since.Seq <= head,
		Count:    r.roster.count(),
		Readers:  len(r.readers),
		Settings: r.policy.Settings(),
		Pins:     r.policy.Pins(r.feed.First()),
	}
}

// startReplay sets the cursor to where the client continues, or its replay begins.
func (j *joining) startReplay(ctx context.Context) error {
	w := &j.welcome
	if !j.Reads {
		w.You.Seat = j.room.seat(w.You.Member.Member, j.seatGeneration, j.Holder != nil)
	}
	if w.Resumed {
		j.participant.Cursor.StartAfter(j.Since.Seq)
		return nil
	}
	after, err := j.room.fanout.ReplayStart(ctx, w.Head, j.History)
	if err != nil {
		return err
	}
	j.participant.Cursor.StartAfter(after)
	return nil
}

func tooMany(what string, retryAfter time.Duration) *protocol.Error {
	retryAfter = max(retryAfter, time.Second)
	e := protocol.Errorf(protocol.TooMany, "%s: come back in %v", what, policy.WholeSeconds(retryAfter))
	e.RetryAfter = retryAfter
	return e
}
