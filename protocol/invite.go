package protocol

import "time"

// Invite tells the member who has made an invite how to use it. The URL is a secret: it lets
// newcomers into a room that is locked or has a password.
type Invite struct {
	Ref    string     `json:"ref,omitempty"`
	ID     string     `json:"id"`
	Invite string     `json:"invite"`          // which invite it is; no secret
	URL    string     `json:"url"`             // of the page; the secret is its fragment's "invite"
	Until  *time.Time `json:"until,omitempty"` // when it ends, in UTC; nil if it doesn't
	Uses   int        `json:"uses,omitempty"`  // how many may come in by it; 0 for any number
}

// MarshalJSON writes the answer as v1 does.
func (i Invite) MarshalJSON() ([]byte, error) {
	type fields Invite
	return appendValue(nil, struct {
		fields
		Until *stamp `json:"until,omitempty"` // as in ModeratedBody
	}{fields(i), (*stamp)(i.Until)}), nil
}

// InviteInfo is an invite in [Invites]. Only owners and the member who made it get the URL.
type InviteInfo struct {
	Invite string     `json:"invite"`
	By     Member     `json:"by"` // as it was when it made the invite
	URL    string     `json:"url,omitempty"`
	Until  *time.Time `json:"until,omitempty"` // when it ends, in UTC; nil if it doesn't
	Uses   int        `json:"uses,omitempty"`  // how many may still come in by it; 0 for any number
}

// Invites answers an invites, with those that still hold.
type Invites struct {
	Ref     string       `json:"ref"`
	Invites []InviteInfo `json:"invites"`
}

// MarshalJSON writes the answer as v1 does.
func (i Invites) MarshalJSON() ([]byte, error) {
	type fields InviteInfo
	type written struct {
		fields
		Until *stamp `json:"until,omitempty"` // as in ModeratedBody
	}
	all := make([]written, len(i.Invites))
	for n, one := range i.Invites {
		all[n] = written{fields(one), (*stamp)(one.Until)}
	}
	return appendValue(nil, struct {
		Ref     string    `json:"ref"`
		Invites []written `json:"invites"`
	}{i.Ref, all}), nil
}

// Knock tells owners and moderators that somebody waits before the locked room. The one who
// waits gets it too, as the answer to its knock.
type Knock struct {
	Member string `json:"member"` // whom admit lets in
	Nick   string `json:"nick,omitempty"`
	Note   string `json:"note,omitempty"`
	Gone   bool   `json:"gone,omitempty"` // the member no longer waits
}

func (c *Command) checkInvite() *Error {
	if s := c.Seconds; s != nil && (*s < 1 || *s > int64(MaxInvite/time.Second)) {
		return Errorf(BadField, `"seconds" is %d: a time from 1 to %d, or without it for good`, *s, int64(MaxInvite/time.Second))
	}
	if u := c.Uses; u != nil && (*u < 1 || *u > MaxInviteUses) {
		return Errorf(BadField, `"uses" is %d: a number from 1 to %d, or without it for any number`, *u, MaxInviteUses)
	}
	return nil
}

func (c *Command) checkKnock() *Error {
	if c.Nick == "" {
		return Errorf(BadField, `"nick" is missing: those who may admit you want to know who knocks`)
	}
	return checkShown("note", c.Note, MaxNoteChars)
}
