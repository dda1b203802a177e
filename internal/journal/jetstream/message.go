package jetstream

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
	"snug/protocol"
)

// formatVersion is the version of the format of messages in the stream that this program
// reads. Version 2 has stateOnly, which earlier versions of Snug would take for an entry.
// Version 3 has close, expire, notBefore, notAfter and the generation of a cut, without which
// they would come to another log. Version 4 has files. A message is of a version only if it
// has something of it.
const formatVersion = 4

// errVersion says that a message has a later format version. It can't be skipped, because
// what it changes isn't known.
var errVersion = errors.New("a message of the stream was written by a newer version of Snug: start that here")

// draft is a journal.Draft in a message of the stream. The room is in the subject. The
// body is bytes, so that no encoder changes what is digested.
type draft struct {
	Version      int                `json:"v"`
	Type         protocol.EventType `json:"type"`
	ID           string             `json:"id"`
	Member       string             `json:"member"`
	Nick         string             `json:"nick"`
	Role         protocol.Role      `json:"role"`
	Guest        bool               `json:"guest,omitempty"`
	Bot          bool               `json:"bot,omitempty"`
	Target       uint64             `json:"target,omitempty"`
	Body         []byte             `json:"body"`
	Once         bool               `json:"once,omitempty"`
	OnlyIfRepeat bool               `json:"onlyIfRepeat,omitempty"`
	Digest       []byte             `json:"digest,omitempty"` // of DedupBody, if there is one
	Private      []byte             `json:"private"`
	State        []value            `json:"state,omitempty"`
	If           []value            `json:"if,omitempty"`
	StateOnly    bool               `json:"stateOnly,omitempty"`
	Close        bool               `json:"close,omitempty"`
	Expire       int64              `json:"expire,omitempty"`    // in milliseconds; -1 for all entries
	NotBefore    int64              `json:"notBefore,omitempty"` // in Unix milliseconds
	NotAfter     int64              `json:"notAfter,omitempty"`  // in Unix milliseconds
	Files        []string           `json:"files,omitempty"`
	Record       *recording         `json:"record,omitempty"`
	DropFiles    bool               `json:"dropFiles,omitempty"`
}

// recording is a journal.Recording.
type recording struct {
	ID       string `json:"id"`
	Uploader string `json:"uploader"`
	Size     int64  `json:"size"`
	Digest   []byte `json:"digest"`
	Info     []byte `json:"info"`
	MaxRoom  int64  `json:"maxRoom,omitempty"`
}

// value is a key of a room's state and its value; null means not set.
type value struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

// control is a message that is no draft: the stream's first one, with the secret, or a
// step of a pruning.
type control struct {
	Version int    `json:"v"`
	Secret  []byte `json:"secret,omitempty"`
	Cuts    []cut  `json:"cuts,omitempty"`
}

type cut struct {
	Room       string `json:"room"`
	Generation uint64 `json:"generation,omitempty"`
	First      uint64 `json:"first"`
}

// encodeDraft encodes d. digest is nil if the projection is to compute it from the body.
func encodeDraft(d *journal.Draft, digest *journal.Digest) ([]byte, error) {
	m := draft{
		Version: 1, Type: d.Event.Type, ID: d.Event.ID,
		Member: d.Event.From.Member, Nick: d.Event.From.Nick, Role: d.Event.From.Role, Guest: d.Event.From.Guest, Bot: d.Event.From.Bot,
		Target: d.Event.Target, Body: d.Event.Body, Once: d.Once, OnlyIfRepeat: d.OnlyIfRepeat, Private: d.Private,
		StateOnly: d.StateOnly, Close: d.Close, Expire: expireMillis(d.Expire), NotBefore: millis(d.NotBefore), NotAfter: millis(d.NotAfter),
		Files: d.Files, DropFiles: d.DropFiles,
	}
	if r := d.Record; r != nil {
		m.Record = &recording{r.ID, r.Uploader, r.Size, r.Digest[:], r.Info, r.MaxRoom}
	}
	switch {
	case len(m.Files) > 0, m.Record != nil, m.DropFiles:
		m.Version = 4
	case m.Close, m.Expire != 0, m.NotBefore != 0, m.NotAfter != 0:
		m.Version = 3
	case m.StateOnly:
		m.Version = 2
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

// decodeDraft decodes a draft for room into placed.
func decodeDraft(room string, data []byte, placed *sqlite.Placed) error {
	var m draft
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if m.Version > formatVersion {
		return errVersion
	}
	placed.Draft = journal.Draft{
		Room: room, Once: m.Once, OnlyIfRepeat: m.OnlyIfRepeat, Private: m.Private, StateOnly: m.StateOnly,
		Close: m.Close, Expire: expireDuration(m.Expire), NotBefore: fromMillis(m.NotBefore), NotAfter: fromMillis(m.NotAfter),
		Files: m.Files, DropFiles: m.DropFiles,
		Event: protocol.Event{
			Type: m.Type, ID: m.ID, Target: m.Target, Body: m.Body,
			From: protocol.Member{Member: m.Member, Nick: m.Nick, Role: m.Role, Guest: m.Guest, Bot: m.Bot},
		},
	}
	if m.Digest != nil {
		if len(m.Digest) != len(journal.Digest{}) {
			return fmt.Errorf("its digest has %d bytes", len(m.Digest))
		}
		placed.Digest = new(journal.Digest(m.Digest))
	}
	if r := m.Record; r != nil {
		if len(r.Digest) != len(journal.File{}.Digest) {
			return fmt.Errorf("the digest of its file has %d bytes", len(r.Digest))
		}
		placed.Draft.Record = &journal.Recording{MaxRoom: r.MaxRoom, File: journal.File{
			ID: r.ID, Uploader: r.Uploader, Size: r.Size, Digest: [32]byte(r.Digest), Info: r.Info,
		}}
	}
	for _, v := range m.State {
		placed.Draft.State = append(placed.Draft.State, journal.Change(v))
	}
	for _, v := range m.If {
		placed.Draft.If = append(placed.Draft.If, journal.Condition(v))
	}
	return nil
}

// millis returns t in Unix milliseconds, or 0 for the zero Time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// expireMillis returns d in milliseconds, rounded up.
func expireMillis(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

func expireDuration(ms int64) time.Duration {
	if ms < 0 {
		return -1
	}
	const longest = int64(math.MaxInt64 / time.Millisecond)
	return time.Duration(min(ms, longest)) * time.Millisecond
}

func encodeControl(secret []byte, cuts []sqlite.Cut) ([]byte, error) {
	m := control{Version: 1, Secret: secret}
	for _, c := range cuts {
		m.Cuts = append(m.Cuts, cut{c.Room, c.Generation, c.First})
		if c.Generation > 0 {
			m.Version = 3
		}
	}
	return json.Marshal(m)
}

func decodeControl(data []byte, placed *sqlite.Placed) error {
	var m control
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if m.Version > formatVersion {
		return errVersion
	}
	placed.Control = &sqlite.Control{}
	if m.Secret != nil {
		if len(m.Secret) != 32 {
			return fmt.Errorf("its secret has %d bytes", len(m.Secret))
		}
		placed.Control.Secret = new([32]byte(m.Secret))
	}
	for _, c := range m.Cuts {
		placed.Control.Cuts = append(placed.Control.Cuts, sqlite.Cut{Room: c.Room, Generation: c.Generation, First: c.First})
	}
	return nil
}

// The ID of a message (its Nats-Msg-Id) is the name of the process that published it and
// that process's number of it. By the ID the stream recognises a message that it gets
// twice, and the process finds its own messages among those that it projects.

func messageID(process string, number uint64) string {
	return process + "." + strconv.FormatUint(number, 36)
}

// numberIn returns the number in a message's ID, if process has published it.
func numberIn(id, process string) (number uint64, own bool) {
	of, text, _ := strings.Cut(id, ".")
	if of != process {
		return 0, false
	}
	number, err := strconv.ParseUint(text, 36, 64)
	return number, err == nil
}
