package protocol

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestBadPlainFramesAreRefusedWithWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct {
		name, frame string
		code        ErrorCode
		says        string
	}{
		{"empty", "", BadJSON, "one is wanted, {…}"},
		{"words", "hello everyone", BadJSON, "one is wanted, {…}"},
		{"null", "null", BadJSON, "one is wanted, {…}"},
		{"array", `["a","b"]`, BadJSON, "one is wanted, {…}"},
		{"5,000 open arrays", strings.Repeat("[", 5000), BadJSON, "one is wanted, {…}"},
		{"single quotes", `{'Content':'x'}`, BadJSON, `invalid character '\''`},
		{"a comma too many", `{"Content":"x",}`, BadJSON, "at byte 16"},
		{"raw newline", "{\"Content\":\"a\nb\"}", BadJSON, `invalid character '\n'`},
		{"half a surrogate pair", `{"Content":"\ud800"}`, BadJSON, "only in pairs"},
		{"1 MiB after the object", `{}` + strings.Repeat("x", mebibyte), BadJSON, "after top-level value"},
		{"Content is a number", `{"Content":1e999}`, BadField, `"Content" is a number where a string is wanted`},
		{"content is an array", `{"content":["x"]}`, BadField, `"Content" is an array where a string is wanted`},
		{"Author is an object", `{"Author":{"Author":"x"}}`, BadField, `"Author" is an object where a string is wanted`},
		{"Author is false", `{"Author":false}`, BadField, `"Author" is true or false where a string is wanted`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := DecodePlain([]byte(c.frame))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("taken as %+v, %v", got, err)
			}
			if e.Code != c.code || !strings.Contains(e.Message, c.says) || got != (PlainMessage{}) {
				t.Errorf("refused as %v with %+v, want %s: …%s…", e, got, c.code, c.says)
			}
			checkMessage(t, e)
		})
	}
}

func TestPlainNamesAreReadWithoutRegardToCase(t *testing.T) {
	want := PlainMessage{"a", "x"}
	for _, frame := range []string{
		`{"Author":"a","Content":"x"}`, `{"author":"a","content":"x"}`, `{"AUTHOR":"a","cOnTeNt":"x"}`,
		`{"Author":"b","author":"a","Content":"x","Content":null}`,
		`{"Author":"a","Content":"x","y":` + strings.Repeat(`{"y":`, 5000) + "1" + strings.Repeat("}", 5000) + "}",
	} {
		if got, err := DecodePlain([]byte(frame)); err != nil || got != want {
			t.Errorf("%.80s: %+v, %v", frame, got, err)
		}
	}
}

func TestPlainMessageSharesNoMemoryWithItsInput(t *testing.T) {
	data := []byte(`{"Author":"aaaa","Content":"bbbb"}`)
	m, err := DecodePlain(data)
	copy(data, bytes.Repeat([]byte("X"), len(data)))
	if err != nil || m != (PlainMessage{"aaaa", "bbbb"}) {
		t.Errorf("the input changed, and the message with it: %+v, %v", m, err)
	}
}

func TestLoneSurrogate(t *testing.T) {
	for _, c := range []struct {
		text string
		lone bool
	}{
		{``, false}, {`abc é 😀`, false}, {`\n\t\"\\\/`, false}, {`\u0000\uFFFD\ud7ff\ue000`, false},
		{`\ud83d\ude00`, false}, {`\uD83D\uDE00`, false}, {`x\ud83d\ude00\ud83d\ude00y`, false}, {`\ud800\udc00\udbff\udfff`, false},
		{`\ud83d`, true}, {`\ude00`, true}, {`\uDBFF`, true}, {`\udfff`, true},
		{`\ude00\ud83d`, true}, {`\ud83d\ud83d`, true}, {`\ud83d\ud83d\ude00`, true}, {`\ud83d\ude00\ude00`, true},
		{`\ud83dx\ude00`, true}, {`\ud83d\n\ude00`, true}, {`\ud83d\u0041`, true}, {`\ud83d😀`, true},
		{`\\ud83d`, false}, {`\\\ud83d`, true}, {`\\\\ud83d`, false}, {`\\\ud83d\ude00`, false},
		{`\ud83d\\ude00`, true}, {`\ud83d\\\ude00`, true}, {`\"\ud83d`, true}, {`\u005cud83d`, false}, {`\u005c\ud83d`, true},
	} {
		for _, frame := range []string{`{"Content":"` + c.text + `"}`, `{"` + c.text + `":1}`, `{"x":[{"y":"` + c.text + `"}]}`} {
			_, err := DecodePlain([]byte(frame))
			if c.lone != (err != nil) {
				t.Errorf("%s: %v, want it refused: %t", frame, err, c.lone)
			}
		}
	}
	// The halves of a pair must follow one another in one string.
	if _, err := DecodePlain([]byte(`{"Author":"\ud83d","Content":"\ude00"}`)); err == nil {
		t.Error("a pair across two strings was taken")
	}
}
