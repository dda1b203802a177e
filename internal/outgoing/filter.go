package outgoing

import (
	"slices"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// wants reports whether an event is delivered to a hook. Bots don't hear bots: two that
// answer each other would never stop.
func wants(h *policy.Hook, e *journal.Entry) bool {
	switch {
	case e.From.Bot:
		return false
	case slices.Equal(h.Events, protocol.HookEvents{protocol.HookAll}):
		return true
	case slices.Equal(h.Events, protocol.HookEvents{protocol.HookMentions}):
		body, err := e.Message()
		return e.Type == protocol.EventMessage && err == nil && slices.Contains(body.Mentions, h.Member)
	}
	return slices.Contains(h.Events, string(e.Type))
}
