package room

import (
	"context"
	"errors"
	"time"

	"snug/protocol"
)

// provePassword checks the client's password against the room's. What is wrong is for the room to refuse, whose
// password may have become another one.
func (j *joining) provePassword(ctx context.Context) error {
	right, retryAfter, err := j.Quota.TryPassword(ctx, func() (bool, error) {
		return j.registry.passwords.Check(ctx, j.room.requester(j.participant.address, j.member.Member), j.needPassword, j.Password)
	})
	var refused *protocol.Error
	switch {
	case retryAfter > 0:
		return tooManyPasswords(retryAfter)
	case err != nil && ctx.Err() != nil, errors.As(err, &refused):
		return err
	case err != nil:
		j.room.log().Error("a password can't be checked", "err", err)
		return protocol.Errorf(protocol.Unavailable, "the password can't be checked now: try again in a while")
	case !right:
		j.wrongHash = j.needPassword
		return nil
	}
	j.passwordHash = j.needPassword
	return nil
}

func wrongPassword() *protocol.Error {
	return protocol.Errorf(protocol.BadPassword, "this isn't the room's password: try again")
}

func needsPassword() *protocol.Error {
	return protocol.Errorf(protocol.BadPassword, "the room has a password, and none was sent")
}

func tooManyPasswords(retryAfter time.Duration) *protocol.Error {
	return tooMany("too many wrong passwords from your address", retryAfter)
}
