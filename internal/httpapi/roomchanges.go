package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"snug/internal/archive"
	"snug/internal/problem"
	"snug/internal/room"
	"snug/protocol"
)

// audit logs what the operator did to a room, or to all rooms if it is empty. The message and the
// keys are described in docs/operations.md.
func (a *Admin) audit(r *http.Request, action, room string, with ...any) {
	user, _, _ := r.BasicAuth()
	a.Log.Info("the operator acted", append([]any{"action", action, "room", room, "remote", r.RemoteAddr, "user", user}, with...)...)
}

// changed answers a request that was to change a room.
func (a *Admin) changed(w http.ResponseWriter, r *http.Request, action string, code room.Code, err error, with ...any) error {
	if err != nil {
		return err
	}
	a.audit(r, action, string(code), with...)
	answer(w, map[string]string{"room": string(code), "done": action})
	return nil
}

func (a *Admin) lockRoom(w http.ResponseWriter, r *http.Request, code room.Code) error {
	return a.changed(w, r, "lock", code, a.Rooms.Lock(r.Context(), code, true))
}

func (a *Admin) unlockRoom(w http.ResponseWriter, r *http.Request, code room.Code) error {
	return a.changed(w, r, "unlock", code, a.Rooms.Lock(r.Context(), code, false))
}

func (a *Admin) closeRoom(w http.ResponseWriter, r *http.Request, code room.Code) error {
	if err := confirmed(r, code, "close"); err != nil {
		return err
	}
	return a.changed(w, r, "close", code, a.Rooms.CloseRoom(r.Context(), code))
}

func (a *Admin) eraseRoom(w http.ResponseWriter, r *http.Request, code room.Code) error {
	if err := confirmed(r, code, "erase"); err != nil {
		return err
	}
	return a.changed(w, r, "erase", code, a.Rooms.EraseRoom(r.Context(), code))
}

// confirmed returns an error unless a request that destroys something says so.
func confirmed(r *http.Request, code room.Code, what string) error {
	if err := checkForm(r, "confirm"); err != nil {
		return err
	}
	if given, err := room.ParseCode(r.FormValue("confirm")); err != nil || given != code {
		return protocol.Errorf(protocol.BadField, "%s can't be undone: confirm it with the room's code in the form field confirm", what)
	}
	return nil
}

func (a *Admin) removeHook(w http.ResponseWriter, r *http.Request, code room.Code) error {
	return a.changeMember(w, r, "unhook", code, a.Rooms.RemoveHook)
}

func (a *Admin) liftBan(w http.ResponseWriter, r *http.Request, code room.Code) error {
	return a.changeMember(w, r, "unban", code, a.Rooms.LiftBan)
}

// changeMember changes something about the member that a request names.
func (a *Admin) changeMember(w http.ResponseWriter, r *http.Request, action string, code room.Code, change func(context.Context, room.Code, string) error) error {
	if err := checkForm(r, "member"); err != nil {
		return err
	}
	member := r.FormValue("member")
	if member == "" {
		return protocol.Errorf(protocol.BadField, "the form field member is missing: the room's hooks and bans have it")
	}
	return a.changed(w, r, action, code, change(r.Context(), code, member), "member", member)
}

// importRoom adds the messages of a file, which is the body of the request.
func (a *Admin) importRoom(w http.ResponseWriter, r *http.Request, code room.Code) error {
	done, err := a.Rooms.Import(r.Context(), code, r.Body)
	if done.Messages+done.Changes > 0 || err == nil {
		a.audit(r, "import", string(code), "messages", done.Messages, "changes", done.Changes, "complete", err == nil)
	}
	var wrong *archive.LineError
	if errors.As(err, &wrong) {
		problem.Write(w, http.StatusBadRequest, fmt.Sprintf("%v. What comes before it is in the room (%d messages were added now): mend the line and import the file again",
			wrong, done.Messages))
		return nil
	}
	if err != nil {
		return err
	}
	answer(w, done)
	return nil
}
