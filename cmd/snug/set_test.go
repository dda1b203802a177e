package main

import (
	"strings"
	"testing"
)

func TestNewPasswordIsALineOfStandardInput(t *testing.T) {
	for input, want := range map[string]string{"tea\nmore\n": "tea", "tea": "tea", "\n": ""} {
		if got, err := readPassword(t.Context(), &streams{in: strings.NewReader(input)}, "lobby"); err != nil || got != want {
			t.Errorf("%q: %q, %v", input, got, err)
		}
	}
	// What a program that failed prints must not open the room.
	if got, err := readPassword(t.Context(), &streams{in: strings.NewReader("")}, "lobby"); err == nil {
		t.Errorf("nothing at all is the password %q", got)
	}
}
