package policy

import (
	"encoding/json"
	"fmt"

	"snug/internal/journal"
	"snug/protocol"
)

// private is the part of a moderated event that is stored with it and never shown.
type private struct {
	Addresses []string `json:"addresses,omitempty"` // ban, kick: of the member, keyed
	Password  string   `json:"password,omitempty"`  // set: its hash
	Expired   []string `json:"expired,omitempty"`   // ban, kick: members whose bans have ended
	Seats     uint64   `json:"seats,omitempty"`     // revoke: the generation of the member's seats from now on
	Hook      *Hook    `json:"hook,omitempty"`      // hook: without its number, its name and who made it
	HooksMade uint64   `json:"hooks,omitempty"`     // hook: how many the room has had with it
	PinsMade  uint64   `json:"pins,omitempty"`      // pin: how many the room has had with it
	Unpinned  []uint64 `json:"unpinned,omitempty"`  // pin: messages that are no longer kept

	Invite      *Invite  `json:"invite,omitempty"`    // invite, admit: as it is from now on
	InvitesMade uint64   `json:"invites,omitempty"`   // invite: how many the room has had with it
	Uninvited   []string `json:"uninvited,omitempty"` // invite, uninvite, admit, ban, role: invites that no longer hold
	Knock       int64    `json:"knock,omitempty"`     // admit: which knock it answers; see Knock.number
}

// draft returns the draft of a moderated event.
func draft(room, id string, from protocol.Member, body protocol.ModeratedBody, hidden private) (journal.Draft, error) {
	return draftAbout(room, id, from, 0, body, hidden)
}

// draftAbout is draft for an event about a message; 0 for none.
func draftAbout(room, id string, from protocol.Member, message uint64, body protocol.ModeratedBody, hidden private) (journal.Draft, error) {
	d := journal.Draft{
		Room:  room,
		Event: protocol.Event{Type: protocol.EventModerated, ID: id, From: from, Target: message, Body: body.Encode()},
	}
	var err error
	if d.Private, err = json.Marshal(hidden); err != nil {
		return d, fmt.Errorf("encode the private part of a moderated event: %w", err)
	}
	d.State, err = Project(&d.Event, d.Private)
	return d, err
}

// Project returns what a moderated event changes in its room's state. It depends only
// on the event, without its seq and time, and on its private part.
func Project(e *protocol.Event, hidden []byte) ([]journal.Change, error) {
	body, err := e.Moderated()
	if err != nil {
		return nil, fmt.Errorf("read a moderated event: %w", err)
	}
	var h private
	if len(hidden) > 0 {
		if err := json.Unmarshal(hidden, &h); err != nil {
			return nil, fmt.Errorf("read the private part of a moderated event: %w", err)
		}
	}
	switch body.Action {
	case protocol.ActionClaim:
		return []journal.Change{{Key: keyClaimed, Value: []byte(body.Member)}, roleChange(body.Member, body.Role)}, nil
	case protocol.ActionRole:
		changes, err := inviteChanges(&h)
		return append(changes, roleChange(body.Member, body.Role)), err
	case protocol.ActionUnban:
		return []journal.Change{{Key: keyBan + body.Member}}, nil
	case protocol.ActionRevoke:
		return []journal.Change{seatChange(body.Member, h.Seats)}, nil
	case protocol.ActionHook:
		return hookChanges(e, &body, &h)
	case protocol.ActionUnhook:
		return []journal.Change{{Key: keyHook + body.Member}, {Key: keyHookUsed + body.Member}, {Key: keyHookAt + body.Member}}, nil
	case protocol.ActionInvite, protocol.ActionUninvite:
		return inviteChanges(&h)
	case protocol.ActionAdmit:
		changes, err := inviteChanges(&h)
		if h.Knock != 0 {
			changes = append(changes, journal.Change{Key: KeyKnock + body.Member})
		}
		return changes, err
	case protocol.ActionPin:
		return pinChanges(e.Target, &h), nil
	case protocol.ActionUnpin:
		return []journal.Change{Unpin(e.Target)}, nil
	case protocol.ActionExpiring:
		return []journal.Change{warnedChange(body.Until)}, nil
	case protocol.ActionSet:
		return settingChanges(body.Settings, h.Password), nil
	case protocol.ActionKick, protocol.ActionBan:
		changes, err := inviteChanges(&h)
		if err != nil {
			return nil, err
		}
		for _, member := range h.Expired {
			changes = append(changes, journal.Change{Key: keyBan + member})
		}
		value, err := json.Marshal(Ban{
			Ban:       protocol.Ban{Member: body.Member, Nick: body.Nick, By: e.From, Reason: body.Reason, Until: body.Until},
			Kicked:    body.Action == protocol.ActionKick,
			Addresses: h.Addresses,
		})
		if err != nil {
			return nil, fmt.Errorf("encode a ban: %w", err)
		}
		return append(changes, journal.Change{Key: keyBan + body.Member, Value: value}), nil
	}
	return nil, nil
}
