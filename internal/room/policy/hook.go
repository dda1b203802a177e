package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Hook is a member through which programs post in the room. One with To is outgoing, too:
// the room's events are delivered there.
type Hook struct {
	Member  string              `json:"-"`
	Number  uint64              `json:"number,omitempty"` // 1 for the first one that the room has had
	Name    string              `json:"name,omitempty"`   // its nick
	By      protocol.Member     `json:"by,omitzero"`      // who made it, as it was then
	Created time.Time           `json:"created"`
	Secret  string              `json:"secret,omitempty"` // that senders sign with; empty if they don't
	To      string              `json:"to,omitempty"`     // a URL; empty if it isn't outgoing
	Events  protocol.HookEvents `json:"events,omitzero"`  // that go to To; not nil if To isn't empty

	stored []byte // the value in the journal
}

// ReadHook returns the hook that c, a change or a key of a room's state, sets. ok is false
// if it sets none.
func ReadHook(c journal.Change) (h Hook, ok bool, err error) {
	member, ok := strings.CutPrefix(c.Key, keyHook)
	if !ok || c.Value == nil {
		return Hook{}, false, nil
	}
	if err := json.Unmarshal(c.Value, &h); err != nil {
		return Hook{}, false, fmt.Errorf("read the room's %s: %w", c.Key, err)
	}
	h.Member, h.stored = member, c.Value
	return h, true, nil
}

// From returns the hook as the sender of its messages.
func (h *Hook) From() protocol.Member {
	return protocol.Member{Member: h.Member, Nick: h.Name, Role: protocol.RoleMember, Bot: true}
}

// Unchanged returns the condition that the hook is still there.
func (h *Hook) Unchanged() journal.Condition {
	return journal.Condition{Key: keyHook + h.Member, Value: h.stored}
}

// UsedAt returns the change that notes when a hook was last used. Its messages make it.
func (h *Hook) UsedAt(now time.Time) journal.Change {
	return journal.Change{Key: keyHookUsed + h.Member, Value: strconv.AppendInt(nil, now.UnixMilli(), 10)}
}

// Hook returns the hook that is a member.
func (p *Policy) Hook(member string) (h Hook, ok bool) {
	h, ok = p.hooks[member]
	return h, ok
}

// Hooks returns all hooks, in the order in which they were made.
func (p *Policy) Hooks() []Hook {
	return slices.SortedFunc(maps.Values(p.hooks), func(a, b Hook) int { return cmp.Compare(a.Number, b.Number) })
}

// HookUsed returns when a hook last sent a message; the zero time for never.
func (p *Policy) HookUsed(member string) time.Time { return p.hookUsed[member] }

// NoteHookUsed notes that a member, if it is a hook, has sent a message.
func (p *Policy) NoteHookUsed(member string, at time.Time) {
	if _, ok := p.hooks[member]; ok {
		put(&p.hookUsed, member, at.UTC())
	}
}

// setHook makes a change of the room's state, if it is about a hook.
func (p *Policy) setHook(c journal.Change) (is bool, err error) {
	if member, ok := strings.CutPrefix(c.Key, keyHook); ok {
		delete(p.hooks, member)
		h, there, err := ReadHook(c)
		if there {
			put(&p.hooks, member, h)
		}
		return true, err
	}
	if member, ok := strings.CutPrefix(c.Key, keyHookUsed); ok {
		delete(p.hookUsed, member)
		if c.Value == nil {
			return true, nil
		}
		ms, err := strconv.ParseInt(string(c.Value), 10, 64)
		if err != nil {
			return true, fmt.Errorf("read the room's %s: %w", c.Key, err)
		}
		put(&p.hookUsed, member, time.UnixMilli(ms).UTC())
		return true, nil
	}
	if c.Key == keyHooksMade {
		p.hooksMade, err = readNumber(c)
		return true, err
	}
	return false, nil
}

// hooksMadeChange counts the hooks that a room has ever had. As its value is a condition of
// making one, of two that are made at once only one is: they could have the same name, or be
// too many.
func hooksMadeChange(made uint64) journal.Change { return numberChange(keyHooksMade, made) }

// hookChanges are the changes of a hook that is made by e.
func hookChanges(e *protocol.Event, body *protocol.ModeratedBody, hidden *private) ([]journal.Change, error) {
	if hidden.Hook == nil {
		return nil, nil
	}
	h := *hidden.Hook
	h.Number, h.Name, h.By = hidden.HooksMade, body.Nick, e.From
	value, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode a hook: %w", err)
	}
	return []journal.Change{{Key: keyHook + body.Member, Value: value}, hooksMadeChange(hidden.HooksMade)}, nil
}

// outgoing returns how many hooks are outgoing.
func (p *Policy) outgoing() (n int) {
	for _, h := range p.hooks {
		if h.To != "" {
			n++
		}
	}
	return n
}

// judgeHook returns why an order to make or remove a hook is refused; nil if it isn't.
func (p *Policy) judgeHook(o *Order) *protocol.Error {
	h, exists := p.hooks[o.Target.Member]
	own := exists && (h.By.Member == o.From.Member || h.Member == o.From.Member)
	switch {
	case !AtLeast(o.From.Role, protocol.RoleModerator) && (o.Action == protocol.ActionHook || !own):
		return protocol.Errorf(protocol.Forbidden, "only an owner or a moderator of the room can connect apps: ask one of them")
	case o.Action == protocol.ActionUnhook && !exists:
		return protocol.Errorf(protocol.NotFound, "no member %q is a hook: hooks lists them", o.Target.Member)
	case o.Action == protocol.ActionUnhook:
		return nil
	case o.NickTaken:
		return protocol.Errorf(protocol.NickTaken, "somebody here, or another hook, goes by %q: take another name", o.Target.Nick)
	case len(p.hooks) >= protocol.MaxHooks:
		return protocol.Errorf(protocol.TooMany, "the room has %d hooks: remove one first", protocol.MaxHooks)
	case o.Hook.To != "" && p.outgoing() >= protocol.MaxOutgoingHooks:
		return protocol.Errorf(protocol.TooMany, "the room has %d outgoing hooks: remove one first", protocol.MaxOutgoingHooks)
	}
	return nil
}
