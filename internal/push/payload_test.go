package push

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAPayloadFits(t *testing.T) {
	for what, text := range map[string]string{
		"nothing": "", "a few words": "a < b && \"c\"", "500 characters": strings.Repeat("é", 500), "a long text": strings.Repeat("x", 100_000),
		"emoji": strings.Repeat("👋", 4000), "control characters": strings.Repeat("\x01", 4000), "what is no UTF-8": strings.Repeat("\xff", 4000),
	} {
		m := message{Room: strings.Repeat("会", 64), Name: strings.Repeat("会", 100), Epoch: "Zk3f", Seq: 1 << 53, Why: whyMention, From: strings.Repeat("👋", 32), Text: text}
		data := m.encode(maxPayloadBytes)
		var got message
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		chars := utf8.RuneCountInString(got.Text)
		if len(data) > maxPayloadBytes || chars > maxTextChars || got.Room != m.Room || got.From != m.From {
			t.Errorf("%s: %d bytes, %d characters, %+v", what, len(data), chars, got)
		}
		if utf8.RuneCountInString(text) <= maxTextChars && what != "what is no UTF-8" && got.Text != text {
			t.Errorf("%s was cut to %d characters", what, chars)
		}
		if len(text) > 100 && chars < 100 {
			t.Errorf("%s was cut to %d characters", what, chars)
		}
	}
}
