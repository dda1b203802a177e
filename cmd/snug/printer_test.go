package main

import (
	"strings"
	"testing"

	"snug/protocol"
)

func TestAnEditIsTold(t *testing.T) {
	for content, want := range map[string]string{
		"hello":    "-- ann corrected: hello\n",
		"one\ntwo": "-- ann corrected: one\n    two\n",
		"":         "-- ann took away the text of a message with files\n",
	} {
		line, isMessage, err := new(printer).line(&protocol.Event{
			Type: protocol.EventEdited, From: protocol.Member{Nick: "ann"}, Target: 1, Body: protocol.EditedBody{Content: content}.Encode(),
		})
		if _, words, _ := strings.Cut(string(line), " "); err != nil || isMessage || words != want {
			t.Errorf("an edit to %q is told as %q, %t, %v; want %q", content, words, isMessage, err, want)
		}
	}
	erased := protocol.Event{Type: protocol.EventEdited, Body: protocol.EditedBody{Erased: true}.Encode()}
	if line, _, err := new(printer).line(&erased); line != nil || err != nil {
		t.Errorf("an edit of an erased message is told as %q, %v", line, err)
	}
}
