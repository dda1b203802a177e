package room

import (
	"context"
	"errors"
	"fmt"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Listed is a room in a list of rooms.
type Listed struct {
	journal.RoomInfo
	Settings protocol.Settings
	Owners   []protocol.Member // their nicks are empty unless they are known on this node
	Present  int               // members, if the room is open on this node
}

// ErrNoCatalog says that the journal can't list its rooms.
var ErrNoCatalog = errors.New("this journal can't list its rooms")

// List returns a page of the rooms; of q, it sets the keys. It opens no room.
func (g *Registry) List(ctx context.Context, q journal.ListQuery) ([]Listed, error) {
	catalog, ok := g.options.Journal.(journal.Catalog)
	if !ok {
		return nil, ErrNoCatalog
	}
	q.NameKey, q.Keys = policy.KeyName, []string{policy.KeySettings, policy.RoleKeys}
	page, err := catalog.List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	rooms := make([]Listed, len(page))
	for i := range page {
		l := &rooms[i]
		l.RoomInfo = page[i]
		if l.Settings, err = policy.ReadSettings(l.State); err != nil {
			g.options.Log.Error("the settings of a room can't be read", "room", l.Room, "err", err)
		}
		for _, member := range policy.Owners(l.State) {
			l.Owners = append(l.Owners, protocol.Member{Member: member, Role: protocol.RoleOwner})
		}
		g.addPresent(ctx, l)
	}
	return rooms, nil
}

// addPresent adds what is known of a room if it is open.
func (g *Registry) addPresent(ctx context.Context, l *Listed) {
	r := g.acquireOpen(Code(l.Room))
	if r == nil {
		return
	}
	defer g.release(r)
	_, _ = ask(ctx, r, func() (none struct{}) { // a room that has ended has nobody in it
		l.Present = r.roster.count()
		for i := range l.Owners {
			l.Owners[i].Nick = r.roster.about(l.Owners[i].Member).Nick
		}
		return none
	})
}

// acquireOpen is acquire for a room that is open; it returns nil for others.
func (g *Registry) acquireOpen(code Code) *Room {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.rooms[code]
	if r != nil {
		r.refs++
	}
	return r
}
