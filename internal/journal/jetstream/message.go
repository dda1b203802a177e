package jetstream

import (
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
	"snug/protocol"
)

// form is the version of what a message of the stream is written as.
const form = 1

// errForm says that a message is of a later version than is known here. What it
// would change isn't known either, so it can't be passed over.
var errForm = errors.New("a message of the stream was written by a newer version of Snug: start that here")

// draft is a journal.Draft in a message of the stream. The room is in its subject.
// Bodies are bytes, so that no encoder on the way changes what is digested.
type draft struct {
	Form    int                `json:"v"`
	Type    protocol.EventType `json:"type"`
	ID      string             `json:"id"`
	Member  string             `json:"member"`
	Nick    string             `json:"nick"`
	Role    protocol.Role      `json:"role"`
	Guest   bool               `json:"guest,omitempty"`
	Target  uint64             `json:"target,omitempty"`
	Body    []byte             `json:"body"`
	Once    bool               `json:"once,omitempty"`
	OnlyIf  bool               `json:"onlyIfRepeat,omitempty"`
	Digest  []byte             `json:"digest,omitempty"` // where that isn't the body's
	Private []byte             `json:"private"`
	State   []value            `json:"state,omitempty"`
	If      []value            `json:"if,omitempty"`
}

// value is a key of a room's state; null is none.
type value struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

// control is what is no draft: the stream's first message, with the secret, or a
// prune.
type control struct {
	Form   int    `json:"v"`
	Secret []byte `json:"secret,omitempty"`
	Cuts   []cut  `json:"cuts,omitempty"`
}

type cut struct {
	Room  string `json:"room"`
	First uint64 `json:"first"`
}

// encodeDraft returns d as a message's bytes. digest is nil where it is the body's.
func encodeDraft(d *journal.Draft, digest *journal.Digest) ([]byte, error) {
	m := draft{
		Form: form, Type: d.Event.Type, ID: d.Event.ID,
		Member: d.Event.From.Member, Nick: d.Event.From.Nick, Role: d.Event.From.Role, Guest: d.Event.From.Guest,
		Target: d.Event.Target, Body: d.Event.Body, Once: d.Once, OnlyIf: d.OnlyIfRepeat, Private: d.Private,
	}
	if digest != nil {
		m.Digest = digest[:]
	}
	for _, c := range d.State {
		m.State = append(m.State, value(c))
	}
	for _, c := range d.If {
		m.If = append(m.If, value(c))
	}
	if d.OnlyIfRepeat {
		// Earlier versions of Snug don't know onlyIfRepeat. With a condition that
		// never holds their nodes add nothing either.
		m.If = append(m.If, value{Key: "never", Value: []byte("so")})
	}
	return json.Marshal(m)
}

// decodeDraft reads a draft for room into placed.
func decodeDraft(room string, data []byte, placed *sqlite.Placed) error {
	var m draft
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if m.Form > form {
		return errForm
	}
	placed.Draft = journal.Draft{
		Room: room, Once: m.Once, OnlyIfRepeat: m.OnlyIf, Private: m.Private,
		Event: protocol.Event{
			Type: m.Type, ID: m.ID, Target: m.Target, Body: m.Body,
			From: protocol.Member{Member: m.Member, Nick: m.Nick, Role: m.Role, Guest: m.Guest},
		},
	}
	if m.Digest != nil {
		if len(m.Digest) != len(journal.Digest{}) {
			return fmt.Errorf("a digest of %d bytes", len(m.Digest))
		}
		placed.Digest = new(journal.Digest(m.Digest))
	}
	for _, v := range m.State {
		placed.Draft.State = append(placed.Draft.State, journal.Change(v))
	}
	for _, v := range m.If {
		placed.Draft.If = append(placed.Draft.If, journal.Condition(v))
	}
	return nil
}

func encodeControl(secret []byte, cuts []sqlite.Cut) ([]byte, error) {
	m := control{Form: form, Secret: secret}
	for _, c := range cuts {
		m.Cuts = append(m.Cuts, cut{c.Room, c.First})
	}
	return json.Marshal(m)
}

func decodeControl(data []byte, placed *sqlite.Placed) error {
	var m control
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if m.Form > form {
		return errForm
	}
	placed.Control = &sqlite.Control{}
	if m.Secret != nil {
		if len(m.Secret) != 32 {
			return fmt.Errorf("a secret of %d bytes", len(m.Secret))
		}
		placed.Control.Secret = new([32]byte(m.Secret))
	}
	for _, c := range m.Cuts {
		placed.Control.Cuts = append(placed.Control.Cuts, sqlite.Cut{Room: c.Room, First: c.First})
	}
	return nil
}

// Subjects begin with the stream's name. What is in the stream:
//
//	SNUG.room.CODE   drafts, CODE in base32, since . * and > mean something there
//	SNUG.control     controls
//
// and beside it, between nodes: SNUG.node.…, see nodes.go and peer.go.
var codes = base32.HexEncoding.WithPadding(base32.NoPadding)

func (j *Journal) roomSubject(code string) string {
	return j.name + ".room." + codes.EncodeToString([]byte(code))
}

func (j *Journal) controlSubject() string { return j.name + ".control" }

// decode reads a message of the stream into placed, but for the position.
func (j *Journal) decode(subject string, data []byte, placed *sqlite.Placed) error {
	if subject == j.controlSubject() {
		return decodeControl(data, placed)
	}
	token, ok := strings.CutPrefix(subject, j.name+".room.")
	if !ok {
		return fmt.Errorf("it is on the subject %q", subject)
	}
	code, err := codes.DecodeString(token)
	if err != nil {
		return err
	}
	return decodeDraft(string(code), data, placed)
}

// A message is named by the process that waits for it and that process's number of
// it: by Nats-Msg-Id the stream knows what it has been given twice, and the process
// finds its own in what it projects.

func messageID(process string, number uint64) string {
	return process + "." + strconv.FormatUint(number, 36)
}

// numberIn returns the number in a message's id, if it is of process.
func numberIn(id, process string) (number uint64, own bool) {
	of, text, _ := strings.Cut(id, ".")
	if of != process {
		return 0, false
	}
	number, err := strconv.ParseUint(text, 36, 64)
	return number, err == nil
}
