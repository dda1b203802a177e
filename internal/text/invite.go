package text

import (
	"strconv"

	"snug/protocol"
)

// InviteHolds says for how long, and for how many, an invite can be used.
func InviteHolds(i *protocol.InviteInfo) string {
	holds := "for good"
	if i.Until != nil {
		holds = "until " + i.Until.Local().Format("2006-01-02 15:04")
	}
	switch i.Uses {
	case 0:
		return holds
	case 1:
		return holds + ", for one more"
	}
	return holds + ", for " + strconv.Itoa(i.Uses) + " more"
}
