package protocol

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// A terminal that prints what the server sends must not obey what people have written.
func TestControlCharactersAreEscapedInEverythingThatIsSent(t *testing.T) {
	const nasty = "a\u009b31mb\u0085c\u007fd\u0080e\u009fé £°\u00a0 \U0001f642"
	body := MessageBody{Content: nasty}.Encode()
	stored := json.RawMessage(`{"content":"` + nasty + `"}`) // as older logs have it
	for name, sent := range map[string][]byte{
		"v1":              new(message(1, "x", MessageBody{Content: nasty})).AppendJSON(nil),
		"v1, stored raw":  (&Event{Type: EventMessage, Body: stored}).AppendJSON(nil),
		"v1, history":     AppendHistory(nil, "r", []Event{{Type: EventMessage, Body: stored}}, false),
		"v1, a nick":      AppendEvent(nil, EventRenamed, Renamed{Member: "m", Nick: nasty}),
		"v1, an error":    AppendError(nil, Errorf(BadField, "%s", nasty)),
		"plain":           (&Event{Type: EventMessage, Body: body}).AppendPlain(nil, "lobby"),
		"plain, raw":      (&Event{Type: EventMessage, Body: stored, From: Member{Nick: nasty}}).AppendPlain(nil, "lobby"),
		"plain, an error": AppendPlainError(nil, Errorf(BadField, "%s", nasty)),
	} {
		if i := indexControl(sent); i >= 0 {
			t.Errorf("%s: % x is sent", name, sent[i:min(i+4, len(sent))])
		}
		if !json.Valid(sent) || !bytes.Contains(sent, []byte(`\u009b31m`)) || !strings.Contains(string(sent), "é £°\u00a0 \U0001f642") {
			t.Errorf("%s: %s", name, sent)
		}
	}
}

func FuzzEscapeControls(f *testing.F) {
	for _, s := range []string{"", "plain", "\u009b", "\u007f\u007f", "a\u0085£\u00bf\u009f", "\u00c2\u00c2"} {
		f.Add(s, 0)
	}
	f.Fuzz(func(t *testing.T, s string, start int) {
		if !utf8.ValidString(s) {
			return
		}
		quoted, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		before := strings.Repeat("\u009b", max(0, min(start, 10))) // isn't touched
		got := escapeControls([]byte(before+string(quoted)), len(before))
		if !bytes.HasPrefix(got, []byte(before)) || indexControl(got[len(before):]) >= 0 {
			t.Errorf("%q becomes %q", quoted, got)
		}
		var back string
		if err := json.Unmarshal(got[len(before):], &back); err != nil || back != s {
			t.Errorf("%q becomes %q, which means %q, %v", quoted, got, back, err)
		}
	})
}
