package client

import (
	"slices"

	"snug/protocol"
)

// roster is the list of the members who are present, as the server last said.
type roster struct {
	members []protocol.Member // empty in a crowd
	count   int
	readers int // who read without having joined
}

// maxMembers bounds the list, whatever the server sends.
const maxMembers = 10_000

func (o *roster) replace(members []protocol.Member, count int) {
	if count > len(members) { // an incomplete list, to which joined and left don't apply
		members = nil
	}
	o.members, o.count = slices.Clone(members), count
}

func (o *roster) find(member string) int {
	return slices.IndexFunc(o.members, func(m protocol.Member) bool { return m.Member == member })
}

func (o *roster) crowd() bool { return o.count > len(o.members) }

func (o *roster) join(m protocol.Member, count int) {
	if i := o.find(m.Member); i >= 0 {
		o.members[i] = m
	} else if !o.crowd() && len(o.members) < maxMembers {
		o.members = append(o.members, m)
	}
	o.count = count
}

func (o *roster) leave(member string, count int) {
	if i := o.find(member); i >= 0 {
		o.members = slices.Delete(o.members, i, i+1)
	}
	o.count = count
}

func (o *roster) rename(member, nick string) {
	if i := o.find(member); i >= 0 {
		o.members[i].Nick = nick
	}
}

func (o *roster) promote(member string, role protocol.Role) {
	if i := o.find(member); i >= 0 {
		o.members[i].Role = role
	}
}

func (o *roster) snapshot() protocol.Members {
	return protocol.Members{Members: slices.Clone(o.members), Count: o.count, Readers: o.readers}
}
