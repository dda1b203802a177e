package chat

import (
	"context"
	"net/http"
	"unique"

	"snug/internal/room"
	"snug/protocol"
)

// The room knows the URLs of its hooks below the server's own address. Which address that
// is depends on how the client has reached the server, unless the operator has said it: base,
// which ends with a slash.

// base returns the base of a request to a route of the server's.
func (s *Server) base(r *http.Request, route string) unique.Handle[string] {
	base := s.options.Outside.Base(r, route)
	if len(base) > maxBase {
		base = "/"
	}
	return unique.Make(base) // most connections have the same one
}

// maxBase bounds what a client's headers may leave in memory, in bytes.
const maxBase = 1024

// hooks answers a hooks command. The error is a *protocol.Error, or says that the room or
// ctx has ended.
func hooks(ctx context.Context, me *room.Participant, ref, base string) (protocol.Hooks, error) {
	all, err := me.Hooks(ctx)
	for i := range all {
		if all[i].URL != "" {
			all[i].URL = base + all[i].URL
		}
	}
	return protocol.Hooks{Ref: ref, Hooks: all}, err
}

// invites answers an invites command, as hooks does.
func invites(ctx context.Context, me *room.Participant, ref, base string) (protocol.Invites, error) {
	all, err := me.Invites(ctx)
	for i := range all {
		if all[i].URL != "" {
			all[i].URL = base + all[i].URL
		}
	}
	return protocol.Invites{Ref: ref, Invites: all}, err
}

// completeURL completes what the sender of a hook or invite command is told when it is
// accepted. It does nothing for other commands.
func completeURL(d room.Draft, ref, base string) {
	if d.Hook != nil {
		d.Hook.Ref, d.Hook.URL = ref, base+d.Hook.URL
	}
	if d.Invite != nil {
		d.Invite.Ref, d.Invite.URL = ref, base+d.Invite.URL
	}
}
