package protocol

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOneReactionHasOneForm(t *testing.T) {
	for _, c := range []struct{ want, others string }{
		{"❤\uFE0F", "❤ ❤\uFE0E ❤\uFE0F\uFE0F"},
		{"👍", "👍\uFE0F 👍\uFE0E"},
		{"👍🏽", "👍🏽\uFE0F 👍\uFE0F🏽"},
		{"☝🏿", "☝\uFE0F🏿"},
		{"☝\uFE0F", "☝"},
		{"1\uFE0F\u20E3", "1\u20E3 1\uFE0E\u20E3"},
		{"#\uFE0F\u20E3", "#\u20E3"},
		{"©\uFE0F", "©"},
		{"👁\uFE0F\u200D🗨\uFE0F", "👁\u200D🗨 👁\uFE0F\u200D🗨 👁\u200D🗨\uFE0F"},
		{"🏳\uFE0F\u200D🌈", "🏳\u200D🌈"},
		{"🏃\u200D♂\uFE0F", "🏃\u200D♂"},
		{"🏃🏽\u200D♀\uFE0F\u200D➡\uFE0F", "🏃🏽\u200D♀\u200D➡ 🏃🏽\u200D♀\uFE0F\u200D➡"},
		{"👩🏽\u200D❤\uFE0F\u200D💋\u200D👨🏿", "👩🏽\u200D❤\u200D💋\u200D👨🏿"},
		{"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "🏴\uFE0F\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"},
		{"🇩🇪", "🇩🇪\uFE0F"},
		{"+1", "+1\uFE0F"},
		{"1", "1\uFE0F"}, // a digit by itself is no emoji
		{"ok", "ok"},
	} {
		for _, s := range append(strings.Fields(c.others), c.want) {
			if got := CanonicalEmoji(s); got != c.want {
				t.Errorf("%+q is %+q, want %+q", s, got, c.want)
			}
		}
	}
	forms := map[string]bool{}
	for _, s := range []string{"👍", "👍🏻", "👍🏼", "👍🏽", "👍🏾", "👍🏿", "❤", "❤\uFE0F\u200D🔥", "🧡"} {
		forms[CanonicalEmoji(s)] = true
	}
	if len(forms) != 9 {
		t.Errorf("different reactions have one form: %d of 9", len(forms))
	}
}

// Logs of older servers have reactions in the form in which they were sent.
func TestReactionsOfOlderServersAreSentInOneForm(t *testing.T) {
	for body, want := range map[string]string{
		`{"emoji":"❤"}`:                        `,"emoji":"❤️"}`,
		`{"emoji":"❤️"}`:                       `,"emoji":"❤️"}`,
		`{"emoji":"👍️","remove":true}`:         `,"emoji":"👍","remove":true}`,
		`{"emoji":"\u2764","remove":true}`:     `,"emoji":"❤️","remove":true}`,
		`{"emoji":"❤","by_a_later_one":[1]}`:   `,"by_a_later_one":[1],"emoji":"❤️"}`,
		`{"emoji":"\ufe0f"}`:                   `,"emoji":"\ufe0f"}`, // nothing would be left
		`{"emoji":7}`:                          `,"emoji":7}`,
		`{}`:                                   `}`,
		`{"emoji":"<b>❤","remove":false}`:      `,"emoji":"<b>❤️","remove":false}`,
		`{"emoji":"👍🏽"}`:                       `,"emoji":"👍🏽"}`,
		`{"emoji":"x","emoji":"\u2764\uFE0E"}`: `,"emoji":"❤️"}`,
	} {
		e := about(48, EventReacted, "c-8", json.RawMessage(body))
		if got := string(e.AppendJSON(nil)); !strings.HasSuffix(got, want) || !json.Valid([]byte(got)) {
			t.Errorf("%s is sent as\n%s, want it to end\n%s", body, got, want)
		}
		if string(e.Body) != body {
			t.Errorf("%s was changed to %s", body, e.Body)
		}
	}
	e := message(1, "m", MessageBody{Content: "❤ and ❤️"})
	if got := string(e.AppendJSON(nil)); !strings.Contains(got, `"❤ and ❤️"`) {
		t.Errorf("a message is sent as %s", got)
	}
}

func FuzzCanonicalEmoji(f *testing.F) {
	for _, s := range []string{"❤", "👍🏽\uFE0F", "1\u20E3", "👁\u200D🗨\uFE0F", "\uFE0E", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return // commands and events are UTF-8
		}
		once := CanonicalEmoji(s)
		if CanonicalEmoji(once) != once {
			t.Errorf("%+q becomes %+q and then %+q", s, once, CanonicalEmoji(once))
		}
		if strings.ContainsRune(once, textStyle) {
			t.Errorf("%+q keeps a selector: %+q", s, once)
		}
		bare := strings.NewReplacer("\uFE0E", "", "\uFE0F", "").Replace
		if bare(once) != bare(s) {
			t.Errorf("%+q becomes %+q", s, once)
		}
		if CanonicalEmoji(bare(s)) != once {
			t.Errorf("%+q and %+q have two forms", s, bare(s))
		}
	})
}
