package protocol

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HookEvents says which log events an outgoing hook gets: [HookAll] or [HookMentions]
// alone, or the types of events. In JSON the first two are strings, and types are a list.
type HookEvents []string

// The values of HookEvents that are no types of events.
const (
	HookAll      = "all"
	HookMentions = "mentions" // messages that mention the hook by its name
)

// MarshalJSON writes the events as a command has them.
func (e HookEvents) MarshalJSON() ([]byte, error) {
	if len(e) == 1 && (e[0] == HookAll || e[0] == HookMentions) {
		return appendValue(nil, e[0]), nil
	}
	return appendValue(nil, []string(e)), nil
}

// UnmarshalJSON reads a string or a list of strings. Anything else becomes an empty list,
// which names no events: an error would keep the rest of the command from being read.
func (e *HookEvents) UnmarshalJSON(data []byte) error {
	*e = HookEvents{}
	var one string
	var all []string
	switch {
	case string(data) == "null":
		*e = nil
	case json.Unmarshal(data, &one) == nil:
		*e = HookEvents{one}
	case json.Unmarshal(data, &all) == nil:
		*e = all
	}
	return nil
}

// Hook tells the member who has made a hook how to use it. The URL and the signing secret
// are secrets.
type Hook struct {
	Ref           string `json:"ref,omitempty"`
	ID            string `json:"id"`
	Member        string `json:"member"`                   // the hook's own
	Name          string `json:"name"`                     // the nick of its messages
	URL           string `json:"url"`                      // what is posted there becomes a message
	SigningSecret string `json:"signing_secret,omitempty"` // of an outgoing hook: what its deliveries are signed with
}

// HookInfo is a hook in [Hooks]. Only owners and the member who made it get the URLs and
// the signing secret.
type HookInfo struct {
	Member        string     `json:"member"`
	Name          string     `json:"name"`
	By            Member     `json:"by"` // as it was when it made the hook
	URL           string     `json:"url,omitempty"`
	Used          *time.Time `json:"used,omitempty"`   // when it last sent a message, in UTC; nil for never
	To            string     `json:"to,omitempty"`     // where an outgoing hook delivers
	Events        HookEvents `json:"events,omitempty"` // what an outgoing hook delivers
	SigningSecret string     `json:"signing_secret,omitempty"`
	Failing       *time.Time `json:"failing,omitempty"` // since when an outgoing hook's receiver has accepted nothing, in UTC; nil if it accepts
	Paused        bool       `json:"paused,omitempty"`  // it has failed for so long that nothing is delivered any more
}

// Hooks answers a hooks.
type Hooks struct {
	Ref   string     `json:"ref"`
	Hooks []HookInfo `json:"hooks"`
}

// MarshalJSON writes the answer as v1 does.
func (h Hooks) MarshalJSON() ([]byte, error) {
	type fields HookInfo
	type written struct {
		fields
		Used    *stamp `json:"used,omitempty"` // as Until in ModeratedBody
		Failing *stamp `json:"failing,omitempty"`
	}
	all := make([]written, len(h.Hooks))
	for i, one := range h.Hooks {
		all[i] = written{fields(one), (*stamp)(one.Used), (*stamp)(one.Failing)}
	}
	return appendValue(nil, struct {
		Ref   string    `json:"ref"`
		Hooks []written `json:"hooks"`
	}{h.Ref, all}), nil
}

func (c *Command) checkHook() *Error {
	if c.Name == nil || *c.Name == "" {
		return Errorf(BadField, `"name" is missing: a hook's messages are shown under it`)
	}
	if err := checkText("secret", c.Secret, MaxHookSecretChars); err != nil {
		return err
	}
	if c.To == "" {
		if c.Events != nil {
			return Errorf(BadField, `"events" is there without "to": they are what an outgoing hook delivers to that URL`)
		}
		return nil
	}
	if err := checkText("to", c.To, MaxHookURLChars); err != nil {
		return err
	}
	if u, ok := httpURL(c.To); !ok || u.Fragment != "" {
		return Errorf(BadField, `"to" is no URL such as https://example.com/path: an outgoing hook delivers by HTTP`)
	}
	return c.Events.check()
}

// httpURL parses the URL of something that the server is to send requests to.
func httpURL(s string) (u *url.URL, ok bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, false
	}
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		return u, err == nil && n > 0
	}
	return u, true
}

// check returns why e names no events; nil if it does, or is nil.
func (e HookEvents) check() *Error {
	if e == nil || len(e) == 1 && (e[0] == HookAll || e[0] == HookMentions) {
		return nil
	}
	logged := []string{string(EventMessage), string(EventEdited), string(EventDeleted), string(EventReacted), string(EventModerated)}
	for i, typ := range e {
		if !slices.Contains(logged, typ) || slices.Contains(e[:i], typ) {
			return Errorf(BadField, `"events" has %s: it is "%s", "%s", or a list of some of "%s", each once`, quote(typ), HookAll, HookMentions, strings.Join(logged, `", "`))
		}
	}
	if len(e) == 0 {
		return Errorf(BadField, `"events" names none: it is "%s", "%s", or a list of some of "%s"`, HookAll, HookMentions, strings.Join(logged, `", "`))
	}
	return nil
}
