package protocol

import (
	"encoding/json"
	"time"
)

// Action is what an [EventModerated] says was done.
type Action string

// The actions of this version.
const (
	ActionClaim  Action = "claim" // the first member of a new room owns it
	ActionKick   Action = "kick"
	ActionBan    Action = "ban"
	ActionUnban  Action = "unban"
	ActionRole   Action = "role"
	ActionRevoke Action = "revoke" // the seats that the member has had are no longer valid
	ActionSet    Action = "set"
	ActionHook   Action = "hook"   // an app may post under a name: Member and Nick are the hook's
	ActionUnhook Action = "unhook" // no longer

	ActionInvite   Action = "invite"   // newcomers may come in by an invite
	ActionUninvite Action = "uninvite" // no longer
	ActionAdmit    Action = "admit"    // the member may come in, by an invite or after it has knocked
	ActionPin      Action = "pin"      // the message Target is pinned
	ActionUnpin    Action = "unpin"    // no longer
	ActionExpiring Action = "expiring" // the room closes by itself at Until
	ActionClose    Action = "close"    // the room is closed and its log erased: the last event of a log
)

// ModeratedBody is the Body of an [EventModerated].
type ModeratedBody struct {
	Action   Action          `json:"action"`
	Member   string          `json:"member,omitempty"`   // the member that it is about
	Nick     string          `json:"nick,omitempty"`     // of that member, if known
	Role     Role            `json:"role,omitempty"`     // claim, role: the new one
	Reason   string          `json:"reason,omitempty"`   // kick, ban
	Until    *time.Time      `json:"until,omitempty"`    // kick, ban, expiring: in UTC; nil for good
	Settings *SettingsChange `json:"settings,omitempty"` // set: the settings that were changed
}

// Encode returns the body as an Event holds it.
func (b ModeratedBody) Encode() json.RawMessage {
	type fields ModeratedBody
	return appendValue(nil, struct {
		fields
		Until *stamp `json:"until,omitempty"` // hides the one in fields
	}{fields(b), (*stamp)(b.Until)})
}

// stamp is a time that is encoded as all times of the protocol are. A [time.Time] would
// be encoded without trailing zeros.
type stamp time.Time

func (s stamp) MarshalJSON() ([]byte, error) {
	return time.Time(s).UTC().AppendFormat(nil, `"`+TimeLayout+`"`), nil
}

// Moderated returns the body of an EventModerated.
func (e *Event) Moderated() (ModeratedBody, error) { return bodyOf[ModeratedBody](e) }

// Ban says that a member may not join.
type Ban struct {
	Member string     `json:"member"`
	Nick   string     `json:"nick,omitempty"`
	By     Member     `json:"by"`
	Reason string     `json:"reason,omitempty"`
	Until  *time.Time `json:"until,omitempty"` // in UTC; nil for good
}

// Bans answers a bans.
type Bans struct {
	Ref  string `json:"ref"`
	Bans []Ban  `json:"bans"`
}

// MarshalJSON writes the answer as v1 does.
func (b Bans) MarshalJSON() ([]byte, error) {
	type fields Ban
	type written struct {
		fields
		Until *stamp `json:"until,omitempty"` // as in ModeratedBody
	}
	all := make([]written, len(b.Bans))
	for i, one := range b.Bans {
		all[i] = written{fields(one), (*stamp)(one.Until)}
	}
	return appendValue(nil, struct {
		Ref  string    `json:"ref"`
		Bans []written `json:"bans"`
	}{b.Ref, all}), nil
}
