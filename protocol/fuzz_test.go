package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

func FuzzDecodeCommand(f *testing.F) {
	for _, v := range readVectors(f).Client {
		f.Add([]byte(v.Frame))
	}
	f.Add([]byte(set(`"topic":"tea","locked":true,"password":"x","slow_ms":3600000`)))
	f.Add([]byte(moderate("ban", `"reason":"spam","seconds":315360000,"role":"owner"`)))
	f.Add([]byte(sendWith(`"files":[]`)))
	f.Add([]byte(sendWith(`"y":` + strings.Repeat("[", 100) + strings.Repeat("]", 100))))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			t.Skip() // the caller checks that: RFC 6455, section 8.1
		}
		c, err := DecodeCommand(data)
		if err != nil {
			e := asRefusal(t, err)
			if checkLabel("id", e.ID) != nil || checkLabel("ref", e.Ref) != nil {
				t.Errorf("echoed id %q, ref %q", e.ID, e.Ref)
			}
			if !json.Valid(AppendError(nil, e)) {
				t.Errorf("%v isn't written as JSON", e)
			}
			return
		}
		if !bounded(&c) {
			t.Errorf("out of bounds: %+v", c)
		}
		for _, list := range []*[]string{&c.Files, &c.Alts} {
			if len(*list) == 0 { // an empty list means the same as none
				*list = nil
			}
		}
		written, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeCommand(written)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("written as %s it means %+v, %v, not %+v", written, again, err, c)
		}
	})
}

// bounded reports whether the fields of a command's type are within the protocol's bounds.
func bounded(c *Command) bool {
	chars := func(s *string) int {
		if s == nil {
			return 0
		}
		return utf8.RuneCountInString(*s)
	}
	if len(c.ID) > MaxIDChars || len(c.Ref) > MaxIDChars || c.Type.Logged() && c.ID == "" {
		return false
	}
	switch c.Type {
	case CommandSend:
		return c.ReplyTo <= MaxSeq
	case CommandEdit, CommandDelete, CommandPin, CommandUnpin, CommandSeen:
		return 0 < c.Seq && c.Seq <= MaxSeq
	case CommandReact:
		return 0 < c.Seq && c.Seq <= MaxSeq && c.Emoji != "" && chars(&c.Emoji) <= MaxEmojiChars
	case CommandKick, CommandBan, CommandUnban, CommandRole, CommandRevoke, CommandUnhook, CommandAdmit:
		return c.Member != "" && len(c.Member) <= MaxIDChars && chars(&c.Reason) <= MaxReasonChars &&
			(c.Seconds == nil || 0 < *c.Seconds && *c.Seconds <= int64(MaxBan.Seconds())) &&
			(c.Type != CommandRole || c.Role != "")
	case CommandHook:
		return c.Name != nil && *c.Name != "" && chars(&c.To) <= MaxHookURLChars && chars(&c.Secret) <= MaxHookSecretChars && (c.Events == nil || c.To != "" && len(c.Events) > 0)
	case CommandSet:
		return chars(c.Name) <= MaxNameChars && chars(c.Topic) <= MaxTopicChars && chars(c.Password) <= MaxPasswordChars &&
			(c.KeepSeconds == nil || 0 <= *c.KeepSeconds && *c.KeepSeconds <= int64(MaxKeep.Seconds())) &&
			(c.SlowMS == nil || 0 <= *c.SlowMS && *c.SlowMS <= MaxSlow.Milliseconds())
	case CommandInvite:
		return (c.Seconds == nil || 0 < *c.Seconds && *c.Seconds <= int64(MaxInvite.Seconds())) && (c.Uses == nil || 0 < *c.Uses && *c.Uses <= MaxInviteUses)
	case CommandUninvite:
		return c.Invite != "" && len(c.Invite) <= MaxIDChars
	case CommandKnock:
		return c.Nick != "" && chars(&c.Note) <= MaxNoteChars
	}
	return true
}

// asRefusal checks that err is a refusal with a message for a person, and returns it.
func asRefusal(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *Error", err)
	}
	checkMessage(t, e)
	return e
}

func FuzzDecodePlain(f *testing.F) {
	for _, v := range readVectors(f).Plain {
		f.Add([]byte(v.Frame))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			t.Skip()
		}
		m, err := DecodePlain(data)
		if err != nil {
			e := asRefusal(t, err)
			if !json.Valid(AppendPlainError(nil, e)) {
				t.Errorf("%v isn't written as JSON", e)
			}
			return
		}
		written := AppendPlain(nil, m)
		if bytes.ContainsAny(written, "\r\n") {
			t.Errorf("written on more than one line: %s", written)
		}
		if again, err := DecodePlain(written); err != nil || again != m {
			t.Errorf("written as %s it means %+v, %v, not %+v", written, again, err, m)
		}
	})
}

// Whatever an error contains, it is written as JSON from which a client reads it unchanged.
func FuzzError(f *testing.F) {
	f.Add("banned", "you are banned", "r1", "m-1", int64(1500), "spam", int64(1_772_366_400_000), true)
	f.Add("", "", "", "", int64(-1), "\u2028\x00\"", int64(-1), false)
	f.Fuzz(func(t *testing.T, code, message, ref, id string, retryMS int64, reason string, until int64, address bool) {
		if slices.ContainsFunc([]string{code, message, ref, id, reason}, func(s string) bool { return !utf8.ValidString(s) }) {
			t.Skip()
		}
		const year9999 = 253_402_300_799_999
		e := &Error{Code: ErrorCode(code), Message: message, Ref: ref, ID: id, Reason: reason, Address: address}
		e.RetryAfter = time.Duration(max(0, min(retryMS, 1<<40))) * time.Millisecond
		if until >= 0 {
			end := time.UnixMilli(min(until, year9999)).UTC()
			e.Until = &end
		}
		frame := AppendError(nil, e)
		got, err := DecodeEvent(frame)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("%s\nis read as %+v, %v", frame, got, err)
		}
		if plain := AppendPlainError(nil, e); !json.Valid(plain) || bytes.ContainsAny(plain, "\r\n") {
			t.Errorf("in plain it is %s", plain)
		}
	})
}

// utf16Units decodes a JSON string as a language with UTF-16 strings does: unit by unit,
// without regard to pairs.
func utf16Units(literal string) []uint16 {
	var units []uint16
	for s := literal[1 : len(literal)-1]; s != ""; {
		switch {
		case strings.HasPrefix(s, `\u`):
			unit, err := strconv.ParseUint(s[2:6], 16, 16)
			if err != nil {
				panic(err)
			}
			units, s = append(units, uint16(unit)), s[6:]
		case s[0] == '\\':
			units, s = append(units, uint16(s[1])), s[2:] // which character it is doesn't matter here
		default:
			r, n := utf8.DecodeRuneInString(s)
			units, s = utf16.AppendRune(units, r), s[n:]
		}
	}
	return units
}

func FuzzLoneSurrogate(f *testing.F) {
	for _, s := range []string{``, `a`, `\ud83d\ude00`, `\ude00\ud83d`, `\\ud83d`, `\\\ud83d`, `\ud83d\\ude00`, `\uDBFF\uDFFF`, `\ud83d😀`, `\ufffd`, `\n\ud83d\n`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		literal := `"` + s + `"`
		if !utf8.ValidString(s) || !json.Valid([]byte(literal)) {
			return
		}
		units := utf16Units(literal)
		want := !slices.Equal(utf16.Encode(utf16.Decode(units)), units) // half a pair comes back as U+FFFD
		for _, frame := range []string{literal, `{` + literal + `:1}`, `{"x":` + literal + `,"y":"z"}`} {
			if got := loneSurrogate([]byte(frame)); got != want {
				t.Errorf("%s: %t, want %t", frame, got, want)
			}
		}
	})
}
