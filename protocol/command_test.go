package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

const mebibyte = 1 << 20

// checkMessage checks that the message of a refusal is one short line of valid UTF-8,
// whatever the input was, and says what would be right.
func checkMessage(t *testing.T, e *Error) {
	t.Helper()
	if len(e.Message) == 0 || len(e.Message) > 480 {
		t.Errorf("message has %d bytes: %.400s", len(e.Message), e.Message)
	}
	if !utf8.ValidString(e.Message) || strings.ContainsFunc(e.Message, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("message isn't one line of printable text: %q", e.Message)
	}
	if !strings.Contains(e.Message, ": ") && !strings.Contains(e.Message, "is wanted") {
		t.Errorf("message doesn't say what would be right: %s", e.Message)
	}
}

// sendWith returns a valid send with more fields.
func sendWith(fields string) string { return `{"type":"send","id":"a","content":"x",` + fields + `}` }

// about41 returns a valid command about message 41, with more fields.
func about41(typ, fields string) string {
	return `{"type":"` + typ + `","id":"a","seq":41,"content":"x","emoji":"+1",` + fields + `}`
}

// moderate returns a valid command about member m2, with more fields.
func moderate(typ, fields string) string {
	return `{"type":"` + typ + `","id":"a","member":"m2",` + fields + `}`
}

func set(fields string) string { return `{"type":"set","id":"a",` + fields + `}` }

func TestBadFramesAreRefusedWithWhatWouldBeRight(t *testing.T) {
	long := strings.Repeat("x", mebibyte)
	for _, c := range []struct {
		name, frame string
		code        ErrorCode
		says        string
	}{
		{"empty", "", BadJSON, "one is wanted, {…}"},
		{"white space", " \t\r\n", BadJSON, "one is wanted, {…}"},
		{"null", "null", BadJSON, "one is wanted, {…}"},
		{"array", "[{}]", BadJSON, "one is wanted, {…}"},
		{"byte order mark", "\ufeff{}", BadJSON, "one is wanted, {…}"},
		{"a string for an array", `{"type":"send","id":"a","alts":"x"}`, BadField, `"alts" is a string where an array of strings is wanted`},
		{"a number in an array", `{"type":"send","id":"a","alts":["x",5]}`, BadField, `"alts" is a number where a string is wanted`},
		{"a string for an object", `{"type":"push","ref":"a","quiet":"x"}`, BadField, `"quiet" is a string where {"from":…,"to":…,"zone":…} is wanted`},
		{"a number for names", `{"type":"hook","id":"a","name":"A","to":"https://example.com","events":5}`, BadField, `"events" names none: `},
		{"5,000 open arrays", strings.Repeat("[", 5000), BadJSON, "one is wanted, {…}"},
		{"5,000 open arrays in a field", `{"x":` + strings.Repeat("[", 5000), BadJSON, "one JSON object is wanted, {…}"},
		{"100,000 open objects", strings.Repeat(`{"x":`, 100_000), BadJSON, "exceeded max depth"},
		{"100,000 closed arrays", sendWith(`"y":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)), BadJSON, "exceeded max depth"},
		{"where it goes wrong", `{"type":"send",}`, BadJSON, "at byte 16"},
		{"raw NUL", "{\"type\":\"ping\x00\"}", BadJSON, `\x00`},
		{"raw escape sequence", "{\"type\":\"\x1b[2J\"}", BadJSON, `\x1b`},
		{"NUL after the object", "{\"type\":\"ping\"}\x00", BadJSON, "after top-level value"},
		{"1 MiB after the object", `{"type":"ping"}` + long, BadJSON, "after top-level value"},
		{"1 MiB string not ended", `{"type":"` + long, BadJSON, "unexpected end"},

		{"no type", `{}`, UnknownType, "one of join, send, edit, delete, react, typing, nick, history, kick, ban, unban, bans, role, set, auth, ping"},
		{"type null", `{"type":null}`, UnknownType, "one of join, send"},
		{"type of 1 MiB", `{"type":"` + long + `"}`, UnknownType, "xxx…"},
		{"type of control characters", `{"type":"` + strings.Repeat(`\u0000\n\u001b`, 100) + `"}`, UnknownType, `\x00\n\x1b`},
		{"type of invisible characters", `{"type":"` + strings.Repeat("\U000e0001", 100) + `"}`, UnknownType, `\U000e0001`},
		{"type reversed on screen", `{"type":"` + "\u202e" + `"}`, UnknownType, `\u202e`},
		{"type is an array", `{"type":[]}`, BadField, `"type" is an array where a string is wanted`},
		{"type is an object", `{"type":{}}`, BadField, `"type" is an object where a string is wanted`},
		{"type is true", `{"type":true}`, BadField, `"type" is true or false where a string is wanted`},

		{"content is a number", `{"type":"send","id":"a","content":1}`, BadField, `"content" is a number where a string is wanted`},
		{"the second of two", sendWith(`"content":null,"content":1`), BadField, `"content" is a number`},
		{"reply_to is a string", sendWith(`"reply_to":"1"`), BadField, `"reply_to" is a string where a whole number`},
		{"reply_to is negative", sendWith(`"reply_to":-1`), BadField, "from 0 on"},
		{"reply_to is a fraction", sendWith(`"reply_to":1.5`), BadField, "without fraction"},
		{"reply_to has a point", sendWith(`"reply_to":1.0`), BadField, "without fraction"},
		{"reply_to is 1e999", sendWith(`"reply_to":1e999`), BadField, "without fraction or exponent"},
		{"reply_to is 2^53", sendWith(`"reply_to":9007199254740992`), BadField, "below 2^53"},
		{"reply_to is 2^64", sendWith(`"reply_to":18446744073709551616`), BadField, "whole number"},
		{"reply_to of 1 MiB of digits", sendWith(`"reply_to":` + strings.Repeat("9", mebibyte)), BadField, "whole number"},

		{"no id", `{"type":"send","content":"x"}`, BadField, `"id" is missing`},
		{"id empty", `{"type":"send","id":"","content":"x"}`, BadField, "1 to 64 printable ASCII characters"},
		{"id null", `{"type":"send","id":null,"content":"x"}`, BadField, `"id" is missing`},
		{"id of 65", `{"type":"send","id":"` + long[:65] + `"}`, BadField, "65 characters: at most 64"},
		{"id of 1 MiB", `{"type":"send","id":"` + long + `"}`, BadField, "at most 64"},
		{"id with DEL", `{"type":"send","id":"\u007f"}`, BadField, "printable ASCII"},
		{"id with NUL", `{"type":"send","id":"\u0000"}`, BadField, "printable ASCII"},
		{"id of 40 letters of two bytes", `{"type":"send","id":"` + strings.Repeat("é", 40) + `"}`, BadField, "printable ASCII"},
		{"an id where none is needed", `{"type":"typing","id":"\n"}`, BadField, "printable ASCII"},
		{"ref of 1 MiB", `{"type":"ping","ref":"` + long + `"}`, BadField, "at most 64"},
		{"ref with a tab", `{"type":"ping","ref":"\t"}`, BadField, "printable ASCII"},
		{"ref empty", `{"type":"history","ref":""}`, BadField, `"ref" is missing`},

		{"since is an array", `{"type":"join","since":[]}`, BadField, `{"epoch":…,"seq":…}`},
		{"since.seq is a string", `{"type":"join","since":{"seq":"1"}}`, BadField, `"since.seq" is a string`},
		{"since.seq is negative", `{"type":"join","since":{"seq":-1}}`, BadField, `"since.seq"`},
		{"since.seq is 2^53", `{"type":"join","since":{"seq":9007199254740992}}`, BadField, "below 2^53"},
		{"since.epoch is a number", `{"type":"join","since":{"epoch":1}}`, BadField, `"since.epoch" is a number where a string`},
		{"join: history of -1", `{"type":"join","history":-1}`, BadField, "from 0 to 1000"},
		{"join: history of 1001", `{"type":"join","history":1001}`, BadField, "from 0 to 1000"},
		{"join: history of a half", `{"type":"join","history":0.5}`, BadField, "whole number"},

		{"before and after", `{"type":"history","ref":"r","before":9,"after":1}`, BadField, "one side"},
		{"before is negative", `{"type":"history","ref":"r","before":-1}`, BadField, `"before" is a number where`},
		{"before is 2^53", `{"type":"history","ref":"r","before":9007199254740992}`, BadField, `"before"`},
		{"after is 2^53", `{"type":"history","ref":"r","after":9007199254740992}`, BadField, `"after"`},
		{"after is 1e999", `{"type":"history","ref":"r","after":1e999}`, BadField, `"after"`},
		{"limit of 0", `{"type":"history","ref":"r","limit":0}`, BadField, "from 1 to 200"},
		{"limit of -1", `{"type":"history","ref":"r","limit":-1}`, BadField, "from 1 to 200"},
		{"limit of 201", `{"type":"history","ref":"r","limit":201}`, BadField, "from 1 to 200"},
		{"limit of a thousand million", `{"type":"history","ref":"r","limit":1000000000}`, BadField, "from 1 to 200"},
		{"limit of 1e999", `{"type":"history","ref":"r","limit":1e999}`, BadField, "whole number"},

		{"edit: seq null", `{"type":"edit","id":"a","seq":null,"content":"x"}`, BadField, `"seq" is missing: edit needs that of a message`},
		{"delete: seq of 0", about41("delete", `"seq":0`), BadField, `"seq" is missing: delete`},
		{"delete: seq of 2^53", about41("delete", `"seq":9007199254740992`), BadField, `"seq" is 9007199254740992: a seq is a whole number below 2^53`},
		{"delete: seq is negative", about41("delete", `"seq":-1`), BadField, "from 0 on"},
		{"edit: no id", `{"type":"edit","seq":41,"content":"x"}`, BadField, `"id" is missing: edit needs one`},

		{"react: emoji empty", about41("react", `"emoji":""`), BadField, `"emoji" is missing`},
		{"react: emoji of 1 MiB", about41("react", `"emoji":"`+long+`"`), TooLong, "at most 16"},
		{"react: emoji with a no-break space", about41("react", `"emoji":"a\u00a0b"`), BadField, "one emoji"},
		{"react: emoji with DEL", about41("react", `"emoji":"\u007f"`), BadField, "a control character"},
		{"react: emoji that can't be seen", about41("react", `"emoji":"\u200b"`), BadField, "can be seen"},
		{"react: emoji that is a joiner", about41("react", `"emoji":"\u200d"`), BadField, "can be seen"},
		{"react: emoji that is a blank of Braille", about41("react", `"emoji":"\u2800"`), BadField, "can be seen"},
		{"react: emoji that is a Hangul filler", about41("react", `"emoji":"\u3164"`), BadField, "can be seen"},
		{"react: emoji that is a tag", about41("react", `"emoji":"\udb40\udc41"`), BadField, "can be seen"},
		{"react: emoji that turns text around", about41("react", `"emoji":"\u202ea"`), BadField, "direction"},
		{"react: emoji and no seq", `{"type":"react","id":"a","emoji":"+1"}`, BadField, `"seq" is missing: react`},

		{"kick: member empty", moderate("kick", `"member":""`), BadField, `"member" is missing: kick needs to know whom`},
		{"kick: member beyond ASCII", moderate("kick", `"member":"é"`), BadField, `"member" has a character that isn't printable ASCII`},
		{"kick: reason of 1 MiB", moderate("kick", `"reason":"`+long+`"`), TooLong, "at most 200"},
		{"kick: reason of two lines", moderate("kick", `"reason":"a\nb"`), BadField, "one line of text"},
		{"kick: reason of two paragraphs", moderate("kick", `"reason":"a\u2029b"`), BadField, "one line of text"},
		{"kick: reason with NEL", moderate("kick", `"reason":"a\u0085b"`), BadField, "one line of text"},
		{"kick: reason that can't be seen", moderate("kick", `"reason":" \u200b"`), BadField, "can be seen"},
		{"set: topic of two lines by U+2028", set(`"topic":"a\u2028b"`), BadField, "one line of text"},
		{"set: topic that can't be seen", set(`"topic":"\u200b"`), BadField, "can be seen"},
		{"knock: note of two lines", `{"type":"knock","nick":"ann","note":"a\u2028b"}`, BadField, "one line of text"},
		{"kick: reason with C1", moderate("kick", `"reason":"\u009b31m"`), BadField, "a control character"},
		{"ban: reason is a list", moderate("ban", `"reason":["a"]`), BadField, `"reason" is an array where a string`},
		{"ban: -1 s", moderate("ban", `"seconds":-1`), BadField, "from 1 to 315360000, or without it for good"},
		{"ban: 0 s", moderate("ban", `"seconds":0`), BadField, "from 1 to 315360000"},
		{"ban: eleven years", moderate("ban", `"seconds":346896000`), BadField, "from 1 to 315360000"},
		{"ban: 2^64 s", moderate("ban", `"seconds":18446744073709551616`), BadField, "whole number"},
		{"unban: no id", `{"type":"unban","member":"m2"}`, BadField, `"id" is missing: unban needs one`},
		{"role: none", moderate("role", `"role":""`), BadField, `"role" is missing: one of owner, moderator, member`},
		{"role: king of 1 MiB", moderate("role", `"role":"`+long+`"`), BadField, "one of owner, moderator, member"},
		{"role: in capitals", moderate("role", `"role":"Owner"`), BadField, "one of owner"},
		{"bans: ref empty", `{"type":"bans","ref":""}`, BadField, `"ref" is missing: bans needs one`},

		{"set: nothing", set(`"locked":null`), BadField, `at least one of "name", "topic", "locked"`},
		{"set: topic of 1 MiB", set(`"topic":"` + long + `"`), TooLong, "at most 500"},
		{"set: topic of two lines", set(`"topic":"a\u2028b\r"`), BadField, "one line of text"},
		{"set: name of two lines", set(`"name":"a\nb"`), BadField, "one line of text"},
		{"set: name of spaces", set(`"name":"   "`), BadField, "can be seen"},
		{"set: name of letters that show nothing", set(`"name":"\u3164\u115f\uffa0\u2800"`), BadField, "can be seen"},
		{"set: name that can't be seen", set(`"name":"\u200b\u202e\ufeff\u2028"`), BadField, "can be seen"},
		{"set: password of 1 MiB", set(`"password":"` + long + `"`), TooLong, "at most 128"},
		{"set: slow_ms of -1", set(`"slow_ms":-1`), BadField, "from 0 to 3600000"},
		{"set: slow_ms above an hour", set(`"slow_ms":3600001`), BadField, "from 0 to 3600000"},
		{"set: slow_ms of a half", set(`"slow_ms":0.5`), BadField, "whole number"},
		{"set: locked is a string", set(`"locked":"yes"`), BadField, `"locked" is a string where true or false`},
		{"set: no id", `{"type":"set","locked":true}`, BadField, `"id" is missing: set needs one`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := DecodeCommand([]byte(c.frame))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("taken as %+v, %v", got, err)
			}
			if e.Code != c.code || !strings.Contains(e.Message, c.says) {
				t.Errorf("refused as %v, want %s: …%s…", e, c.code, c.says)
			}
			if !reflect.DeepEqual(got, Command{}) {
				t.Errorf("refused, and yet %+v", got)
			}
			checkMessage(t, e)
		})
	}
}

func TestOddFramesAreAccepted(t *testing.T) {
	long := strings.Repeat("x", mebibyte)
	send := Command{Type: CommandSend, ID: "a", Content: "x"}
	for _, c := range []struct {
		name, frame string
		want        Command
	}{
		{"5,000 nested objects in an unknown field", sendWith(`"y":` + strings.Repeat(`{"y":`, 5000) + "1" + strings.Repeat("}", 5000)), send},
		{"5,000 nested arrays in an unknown field", sendWith(`"y":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), send},
		{"1e999 in an unknown field", sendWith(`"y":1e999`), send},
		{"1 MiB in an unknown field", sendWith(`"y":"` + long + `"`), send},
		{"1 MiB of a field's name", sendWith(`"` + long + `":1`), send},
		{"1 MiB of content, for the room to refuse", `{"type":"send","id":"a","content":"` + long + `"}`, Command{Type: CommandSend, ID: "a", Content: long}},
		{"a known field of another command", sendWith(`"limit":1000000`), Command{Type: CommandSend, ID: "a", Content: "x", Limit: new(1_000_000)}},
		{"what the server alone says", sendWith(`"from":{"member":"m1"},"guest":false,"at":"now"`), send},
		{"known fields of other commands, out of their bounds", sendWith(`"member":"é","role":"king","seq":9007199254740992,"reason":"\n","seconds":-1`),
			Command{Type: CommandSend, ID: "a", Content: "x", Member: "é", Role: "king", Seq: MaxSeq + 1, Reason: "\n", Seconds: new(int64(-1))}},
		{"a field twice: the last counts", sendWith(`"content":"first","content":"x"`), send},
		{"a reaction of several characters", about41("react", `"emoji":"🏴\udb40\udc67\udb40\udc62\udb40\udc7f"`), Command{Type: CommandReact, ID: "a", Content: "x", Seq: 41, Emoji: "🏴\U000e0067\U000e0062\U000e007f"}},
		{"a reaction that is newer than Go's tables", about41("react", `"emoji":"\ud83e\udec8"`), Command{Type: CommandReact, ID: "a", Content: "x", Seq: 41, Emoji: "\U0001fac8"}},
		{"a reaction that can't be seen is taken back", about41("react", `"emoji":"\u200b","remove":true`), Command{Type: CommandReact, ID: "a", Content: "x", Seq: 41, Emoji: "\u200b", Remove: true}},
		{"null fields", sendWith(`"reply_to":null,"limit":null,"since":null`), send},
		{"reply_to of 0 is none", sendWith(`"reply_to":0`), send},
		{"a reason and a topic in any script", `{"type":"kick","id":"a","member":"m2","reason":"` + strings.Repeat("ह", MaxReasonChars) + `"}`,
			Command{Type: CommandKick, ID: "a", Member: "m2", Reason: strings.Repeat("ह", MaxReasonChars)}},
		{"a password of any characters", set(`"password":"\u0000 \n"`), Command{Type: CommandSet, ID: "a", Password: new("\x00 \n")}},
		{"the longest of all", set(`"topic":"` + strings.Repeat("é", MaxTopicChars) + `","password":"` + strings.Repeat("é", MaxPasswordChars) + `"`),
			Command{Type: CommandSet, ID: "a", Topic: new(strings.Repeat("é", MaxTopicChars)), Password: new(strings.Repeat("é", MaxPasswordChars))}},
		{"the largest seq", sendWith(`"reply_to":9007199254740991`), Command{Type: CommandSend, ID: "a", Content: "x", ReplyTo: MaxSeq}},
		{"minus nothing", `{"type":"join","history":-0}`, Command{Type: CommandJoin, History: new(0)}},
		// The protocol doesn't promise these; a change should be intended.
		{"names in another case", `{"TYPE":"send","Id":"a","CONTENT":"x"}`, send},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := DecodeCommand([]byte(c.frame))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %.200s, %v", fmt.Sprintf("%+v", got), err)
			}
		})
	}
}

func TestAnErrorHasTheIDOfItsCommand(t *testing.T) {
	for _, c := range []struct{ name, frame, id, ref string }{
		{"fields before the fault", `{"type":"send","id":"a","ref":"r","content":1}`, "a", "r"},
		{"fields after the fault", `{"content":1,"ref":"r","id":"a","type":"send"}`, "a", "r"},
		{"the type at fault", `{"type":1,"id":"a","ref":"r"}`, "a", "r"},
		{"an id at fault isn't echoed", `{"type":"send","id":"a\nb","ref":"r"}`, "", "r"},
		{"nor one that is too long", `{"type":"send","id":"` + strings.Repeat("x", 65) + `","ref":"r"}`, "", "r"},
		{"nor a ref", `{"type":"ping","id":"a","ref":"é"}`, "a", ""},
		{"nor half a character", `{"type":"ping","id":"a","ref":"\ud800"}`, "a", ""},
		{"what isn't JSON has none", `{"type":"send","id":"a","ref":"r"`, "", ""},
	} {
		_, err := DecodeCommand([]byte(c.frame))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: taken", c.name)
		} else if e.ID != c.id || e.Ref != c.ref {
			t.Errorf("%s: id %q, ref %q, want %q, %q", c.name, e.ID, e.Ref, c.id, c.ref)
		}
	}
}

func TestCommandSharesNoMemoryWithItsInput(t *testing.T) {
	data := []byte(`{"type":"join","id":"aaaa","ref":"bbbb","nick":"cccc","seat":"dddd","since":{"epoch":"eeee","seq":1},"content":"ffff"}`)
	c, err := DecodeCommand(data)
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprintf("%+v %+v", c, *c.Since)
	copy(data, bytes.Repeat([]byte("X"), len(data)))
	if after := fmt.Sprintf("%+v %+v", c, *c.Since); after != before {
		t.Errorf("the input changed, and the command with it:\n%s\n%s", before, after)
	}
}

// Whoever reads the refusal can copy the list from it.
func TestTheEventsOfAHookAreListedAsJSON(t *testing.T) {
	for _, events := range []string{`[]`, `["dance"]`} {
		_, err := DecodeCommand([]byte(`{"type":"hook","id":"1","name":"Bot","to":"https://bot.example/","events":` + events + `}`))
		if want := `some of "message", "edited", "deleted", "reacted", "moderated"`; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", events, err, want)
		}
	}
}
