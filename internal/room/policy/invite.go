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

// The keys of a room's state that are about invites.
const (
	keyInvite      = "invite/" // and the invite
	keyInvitesMade = "invites-made"
)

// Invite lets newcomers into a room that is locked or has a password.
type Invite struct {
	ID     string          `json:"id"`
	Number uint64          `json:"number"` // 1 for the first one that the room has had
	By     protocol.Member `json:"by"`     // who made it, as it was then
	Until  *time.Time      `json:"until,omitempty"`
	Uses   int             `json:"uses,omitempty"` // how many may still come in by it; 0 for any number

	stored []byte // the value in the journal
}

// over reports whether the invite has ended by now.
func (i *Invite) over(now time.Time) bool { return i.Until != nil && now.After(*i.Until) }

// unchanged returns the condition that the invite is still as it is in p.
func (i *Invite) unchanged() journal.Condition {
	return journal.Condition{Key: keyInvite + i.ID, Value: i.stored}
}

// Invite returns an invite that holds.
func (p *Policy) Invite(id string, now time.Time) (i Invite, ok bool) {
	i, ok = p.invites[id]
	return i, ok && !i.over(now)
}

// Invites returns the invites that hold, in the order in which they were made.
func (p *Policy) Invites(now time.Time) []Invite {
	all := slices.DeleteFunc(slices.Collect(maps.Values(p.invites)), func(i Invite) bool { return i.over(now) })
	slices.SortFunc(all, func(a, b Invite) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// newInvite returns the invite that an order makes.
func (p *Policy) newInvite(o *Order) Invite {
	n := p.invitesMade + 1
	return Invite{ID: "i-" + strconv.FormatUint(n, 10), Number: n, By: o.From, Until: o.until(), Uses: o.Uses}
}

// endedInvites returns up to a number of invites that have ended.
func (p *Policy) endedInvites(now time.Time, limit int) []string {
	var ended []string
	for id, i := range p.invites {
		if i.over(now) {
			ended = append(ended, id)
		}
	}
	slices.Sort(ended)
	return ended[:min(len(ended), limit)]
}

// endsInvites reports whether the invites that the target of an order has made end by it: a member
// that is banned, or that may not invite any more, invites nobody.
func endsInvites(o *Order) bool {
	return o.Action == protocol.ActionBan || o.Action == protocol.ActionRole && !AtLeast(o.Role, protocol.RoleModerator)
}

// invitesEndedBy returns the invites that end by an order about the member who made them.
func (p *Policy) invitesEndedBy(o *Order) (ended []string) {
	if !endsInvites(o) {
		return nil
	}
	for id, i := range p.invites {
		if i.By.Member == o.Target.Member {
			ended = append(ended, id)
		}
	}
	slices.Sort(ended)
	return ended
}

// AdmitBy returns the draft of the event by which newcomer is admitted to a room, which uses up
// one use of the invite. The journal refuses it with [journal.ErrChanged] if the invite has been
// used or taken back, or has ended by the log's clock. A repeat is recognised by the member and
// the id.
func (i *Invite) AdmitBy(room, id string, newcomer protocol.Member) (journal.Draft, error) {
	left, gone := i, []string(nil)
	switch i.Uses {
	case 0:
	case 1:
		left, gone = nil, []string{i.ID}
	default:
		less := *i
		less.Uses--
		left = &less
	}
	d, err := draft(room, id, newcomer, protocol.ModeratedBody{Action: protocol.ActionAdmit, Member: newcomer.Member, Nick: newcomer.Nick}, private{Invite: left, Uninvited: gone})
	d.Once, d.DedupBody, d.If = true, []byte(i.ID), []journal.Condition{i.unchanged()}
	if i.Until != nil {
		d.NotAfter = *i.Until
	}
	return d, err
}

// inviteChanges are the changes that an event makes to the room's invites.
func inviteChanges(hidden *private) (changes []journal.Change, err error) {
	if i := hidden.Invite; i != nil {
		value, err := json.Marshal(i)
		if err != nil {
			return nil, fmt.Errorf("encode an invite: %w", err)
		}
		changes = append(changes, journal.Change{Key: keyInvite + i.ID, Value: value})
	}
	if hidden.InvitesMade > 0 {
		changes = append(changes, invitesMadeChange(hidden.InvitesMade))
	}
	for _, id := range hidden.Uninvited {
		changes = append(changes, journal.Change{Key: keyInvite + id})
	}
	return changes, nil
}

// invitesMadeChange counts the invites that a room has ever had. As its value is a condition of
// making one, of two that are made at once only one is: they would be the same.
func invitesMadeChange(made uint64) journal.Change { return numberChange(keyInvitesMade, made) }

// setInvite makes a change of the room's state, if it is about an invite.
func (p *Policy) setInvite(c journal.Change) (is bool, err error) {
	if c.Key == keyInvitesMade {
		p.invitesMade, err = readNumber(c)
		return true, err
	}
	id, is := strings.CutPrefix(c.Key, keyInvite)
	if !is {
		return false, nil
	}
	delete(p.invites, id)
	if c.Value == nil {
		return true, nil
	}
	i := Invite{stored: c.Value}
	if err := json.Unmarshal(c.Value, &i); err != nil {
		return true, fmt.Errorf("read the room's %s: %w", c.Key, err)
	}
	put(&p.invites, id, i)
	return true, nil
}

// judgeInvite returns why an order to make an invite, or to take one back, is refused; nil if it
// isn't.
func (p *Policy) judgeInvite(o *Order) *protocol.Error {
	i, exists := p.Invite(o.Invite, o.Now)
	take := o.Action == protocol.ActionUninvite
	switch {
	case !AtLeast(o.From.Role, protocol.RoleModerator) && (!take || !exists || i.By.Member != o.From.Member):
		return Forbidden("invite others")
	case take && !exists:
		return protocol.Errorf(protocol.NotFound, "no invite %q holds: invites lists those that do", o.Invite)
	case !take && len(p.Invites(o.Now)) >= protocol.MaxInvites:
		return protocol.Errorf(protocol.TooMany, "the room has %d invites: take one back first", protocol.MaxInvites)
	}
	return nil
}
