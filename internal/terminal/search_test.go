package terminal

import (
	"errors"
	"strings"
	"testing"

	"snug/client"
	"snug/protocol"
)

func TestWhatASearchFindsIsAPage(t *testing.T) {
	s := newTestModel(100, 24, 0)
	if _, err := s.search(""); err == nil || !strings.Contains(err.Error(), "say what to find") {
		t.Errorf("/search alone: %v", err)
	}
	message := func(seq uint64, b protocol.MessageBody) protocol.Event {
		return protocol.Event{Type: protocol.EventMessage, Seq: seq, From: bob, Body: b.Encode()}
	}
	s.comes(searched{client.Query{Text: "tea\x1b"}, protocol.Search{More: true, Next: 3, Incomplete: true, Events: []protocol.Event{
		message(7, protocol.MessageBody{Content: "/me drinks tea", Edited: true}),
		message(3, protocol.MessageBody{Content: "tea\x1b[31m?", Files: []protocol.File{{ID: "1", Name: "tea.png", Size: 9}}}),
	}}, nil})
	s.sees(t, `Found: tea\x1b`, "* bob drinks tea", `bob: tea\x1b[31m?`, "tea.png", "still indexing", "/search without anything shows them")
	if cmd, err := s.search(""); cmd == nil || err != nil {
		t.Errorf("/search without anything: %v", err)
	}
	s.comes(searched{client.Query{Text: "tea"}, protocol.Search{}, nil})
	s.sees(t, "Nothing.")
	if _, err := s.search(""); err == nil || !strings.Contains(err.Error(), "no older messages") {
		t.Errorf("/search after the last page: %v", err)
	}
	s.page = nil
	s.comes(searched{client.Query{Text: "tea"}, protocol.Search{}, errors.Join(protocol.Errorf(protocol.TooLong, "it is too long"))})
	s.sees(t, "it is too long")
}
