package main

import "strings"

// advised adds to a command line's error what people probably meant.
func advised(err error) string {
	says := err.Error()
	if strings.Contains(says, `expected "<room>"`) {
		return says + ": the room's code, or a link to the room"
	}
	if strings.HasPrefix(says, "unknown flag -f") {
		return "unknown flag -f: snug tail follows the room by itself"
	}
	return says
}

// hints are what is meant by flags and commands that other programs have.
func hints() map[string]string {
	return map[string]string{
		"host": "--server URL", "port": "--server URL", "url": "--server URL", "addr": "--server URL",
		"user": "--nick", "name": "--nick", "room": "the room's code, without a flag", "webhook": "snug hook", "hooks": "snug hook", "invites": "snug invite CODE --list", "settings": "snug set", "device": "snug transfer",
		"publish": "snug send", "pub": "snug send", "say": "snug send", "sub": "snug tail", "subscribe": "snug tail", "follow": "snug tail", "chat": "snug join",
		"version": "snug --version", "backup": "snug admin backup",
	}
}
