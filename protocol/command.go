package protocol

// CommandType is the "type" of a frame from a v1 client.
type CommandType string

// The commands of this version.
const (
	CommandJoin    CommandType = "join"
	CommandSend    CommandType = "send"
	CommandEdit    CommandType = "edit"
	CommandDelete  CommandType = "delete"
	CommandReact   CommandType = "react"
	CommandTyping  CommandType = "typing"
	CommandNick    CommandType = "nick"
	CommandHistory CommandType = "history"
	CommandSearch  CommandType = "search"
	CommandKick    CommandType = "kick"
	CommandBan     CommandType = "ban"
	CommandUnban   CommandType = "unban"
	CommandBans    CommandType = "bans"
	CommandRole    CommandType = "role"
	CommandRevoke  CommandType = "revoke"
	CommandSet     CommandType = "set"
	CommandHook    CommandType = "hook"
	CommandHooks   CommandType = "hooks"
	CommandUnhook  CommandType = "unhook"
	CommandPin     CommandType = "pin"
	CommandUnpin   CommandType = "unpin"
	CommandClose   CommandType = "close"
	CommandAuth    CommandType = "auth"
	CommandPing    CommandType = "ping"

	CommandInvite   CommandType = "invite"
	CommandInvites  CommandType = "invites"
	CommandUninvite CommandType = "uninvite"
	CommandKnock    CommandType = "knock"
	CommandAdmit    CommandType = "admit"
	CommandSeen     CommandType = "seen"
	CommandTransfer CommandType = "transfer"
	CommandPush     CommandType = "push"
	CommandVisible  CommandType = "visible"
)

// Logged reports whether the command becomes a log event. Such commands have an id.
func (t CommandType) Logged() bool {
	switch t {
	case CommandSend, CommandEdit, CommandDelete, CommandReact, CommandKick, CommandBan, CommandUnban, CommandRole, CommandRevoke, CommandSet, CommandHook, CommandUnhook,
		CommandPin, CommandUnpin, CommandClose, CommandInvite, CommandUninvite, CommandAdmit:
		return true
	}
	return false
}

// commandNames lists the commands of this version for error messages.
const commandNames = "join, send, edit, delete, react, typing, nick, history, kick, ban, unban, bans, role, set, auth, ping, revoke, hook, hooks, unhook, " +
	"pin, unpin, close, invite, invites, uninvite, knock, admit, seen, transfer, search, push, visible"

// Command is one frame from a v1 client. Type decides which fields have a meaning; the
// others are as the client sent them, and their bounds are not checked.
type Command struct {
	Type CommandType `json:"type"`
	ID   string      `json:"id,omitempty"`  // commands that become a log event, and join with an invite: makes a retry safe
	Ref  string      `json:"ref,omitempty"` // history, search, bans, hook, hooks, invite, invites, transfer, push, auth, ping: the answer repeats it

	Nick    string    `json:"nick,omitempty"`    // join, nick, knock
	Seat    string    `json:"seat,omitempty"`    // join: of an earlier welcome; a secret
	Token   string    `json:"token,omitempty"`   // join, if the server requires tokens; auth: a fresh one
	Since   *Position `json:"since,omitempty"`   // join: resume after this
	History *int      `json:"history,omitempty"` // join: replay this many messages
	Claim   *bool     `json:"claim,omitempty"`   // join: false to leave a room without an owner as it is

	Invite   string `json:"invite,omitempty"`   // join: the secret of an invite's URL; uninvite: which one
	Transfer string `json:"transfer,omitempty"` // join: the code of a transfer; a secret
	Note     string `json:"note,omitempty"`     // knock: to those who may admit

	Content string   `json:"content,omitempty"`  // send, edit
	ReplyTo uint64   `json:"reply_to,omitempty"` // send: the seq of a message; 0 for none
	Files   []string `json:"files,omitempty"`    // send: IDs of uploads
	Alts    []string `json:"alts,omitempty"`     // send: what the files show, in their order
	Seq     uint64   `json:"seq,omitempty"`      // edit, delete, react, pin, unpin: of the message; seen: of the newest one that was read
	Emoji   string   `json:"emoji,omitempty"`    // react
	Remove  bool     `json:"remove,omitempty"`   // react: take it back

	Before *uint64 `json:"before,omitempty"` // history, search: exclusive
	After  *uint64 `json:"after,omitempty"`  // history: exclusive
	Limit  *int    `json:"limit,omitempty"`  // history, search
	Query  string  `json:"q,omitempty"`      // search: what to find

	Current bool `json:"current,omitempty"` // history: with the content that messages have now

	Member  string `json:"member,omitempty"`  // kick, ban, unban, role, revoke, unhook, admit: whom
	Reason  string `json:"reason,omitempty"`  // kick, ban
	Seconds *int64 `json:"seconds,omitempty"` // ban, invite: how long; nil for good
	Uses    *int   `json:"uses,omitempty"`    // invite: how many may come in by it; nil for any number
	Role    Role   `json:"role,omitempty"`    // role

	Topic    *string `json:"topic,omitempty"`    // set
	Locked   *bool   `json:"locked,omitempty"`   // set
	Password *string `json:"password,omitempty"` // set, empty for none; join
	SlowMS   *int64  `json:"slow_ms,omitempty"`  // set: 0 for none
	Reading  *string `json:"reading,omitempty"`  // set: ReadingMembers, or empty for anyone

	KeepSeconds *int64  `json:"keep_seconds,omitempty"` // set: messages are removed when they are older; 0 for never
	Expires     *string `json:"expires,omitempty"`      // set: when the room closes by itself, as in RFC 3339; empty for never

	Name   *string    `json:"name,omitempty"`   // hook: the nick of its messages; set: of the room, empty for none
	To     string     `json:"to,omitempty"`     // hook: where an outgoing one delivers, a URL; a secret
	Events HookEvents `json:"events,omitzero"`  // hook: what an outgoing one delivers; nil for all
	Secret string     `json:"secret,omitempty"` // hook: what is posted to it is signed with this

	Endpoint   string    `json:"endpoint,omitempty"` // push: the address of the browser's push subscription; a secret
	P256DH     string    `json:"p256dh,omitempty"`   // push: the subscription's key (RFC 8291)
	AuthSecret string    `json:"auth,omitempty"`     // push: the subscription's secret
	Level      PushLevel `json:"level,omitempty"`    // push
	Quiet      *Quiet    `json:"quiet,omitempty"`    // push: nil for none
	Visible    *bool     `json:"visible,omitempty"`  // visible
}

// DecodeCommand decodes one v1 frame, which must be valid UTF-8. It checks what can be
// checked without a room or a configuration: that the command exists, and that each
// field has its type and is within the protocol's bounds. A field that is null counts as
// absent; of a field that is there twice, the last one counts. Names are matched without
// regard to case, as [json.Unmarshal] does: v1 doesn't promise that, but to refuse it
// would take a second pass. The error is an [*Error], with the command's id and ref if
// they could be read. The Command shares no memory with data.
func DecodeCommand(data []byte) (Command, error) {
	if v, ok := sendNames.readStrings(data); ok && string(v[0]) == string(CommandSend) {
		c := Command{Type: CommandSend, ID: string(v[1]), Content: string(v[2])}
		if c.check() == nil {
			return c, nil
		}
	}
	var c Command
	e := DecodeObject(data, &c)
	switch {
	case e == nil:
		e = c.check()
	case e.Code == BadField && c.Type != "":
		// A command of a later version may use the field in another way: its sender is
		// helped by the error about the type.
		if unknown := c.checkType(); unknown != nil {
			e = unknown
		}
	}
	if e == nil {
		return c, nil
	}
	// An id or a ref that is bad itself isn't echoed.
	if checkLabel("id", c.ID) == nil {
		e.ID = c.ID
	}
	if checkLabel("ref", c.Ref) == nil {
		e.Ref = c.Ref
	}
	return Command{}, e
}

var sendNames = names{"type", "id", "content"}
