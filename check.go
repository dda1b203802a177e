package snug

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"snug/internal/forwarded"
	"snug/protocol"
	"snug/web"
)

// maxContent bounds Limits.MaxContent, so that a frame fits in a few MiB.
const maxContent = 100_000

// maxFileSize bounds Files.MaxSize.
const maxFileSize = 1 << 40

// check returns an *OptionError for the first option that is wrong. Origins and the journal
// are checked elsewhere.
func (o *Options) check() error {
	switch {
	case math.IsNaN(o.Limits.MessageRate) || math.IsInf(o.Limits.MessageRate, 0) || o.Limits.MessageRate < 0:
		return &OptionError{"Limits.MessageRate", o.Limits.MessageRate, "messages a second, 0 for no limit"}
	case o.Limits.MessageRate > 0 && o.Limits.MessageBurst < 1:
		return &OptionError{"Limits.MessageBurst", o.Limits.MessageBurst, "a number of messages, at least 1"}
	case o.Limits.MaxContent < 1 || o.Limits.MaxContent > maxContent:
		return &OptionError{"Limits.MaxContent", o.Limits.MaxContent, fmt.Sprintf("a number of characters, from 1 to %d", maxContent)}
	case o.Limits.MaxWaiting < 1:
		return &OptionError{"Limits.MaxWaiting", o.Limits.MaxWaiting, "a number of bytes, at least 1"}
	case o.Limits.MaxJournal < 0:
		return &OptionError{"Limits.MaxJournal", o.Limits.MaxJournal, "a number of bytes, 0 for no limit"}
	case o.Files.MaxSize < 0 || o.Files.MaxSize > maxFileSize:
		return &OptionError{"Files.MaxSize", o.Files.MaxSize, fmt.Sprintf("a number of bytes up to %d, 0 for no files", int64(maxFileSize))}
	case o.Files.MaxInRoom < 0:
		return &OptionError{"Files.MaxInRoom", o.Files.MaxInRoom, "a number of bytes, 0 for no limit"}
	case o.Files.MaxTotal < 0:
		return &OptionError{"Files.MaxTotal", o.Files.MaxTotal, "a number of bytes, 0 for no limit"}
	case o.Rooms.Keep.Age < 0 || o.Rooms.Keep.Last < 0:
		return &OptionError{"Rooms.Keep", fmt.Sprintf("%v, %d", o.Rooms.Keep.Age, o.Rooms.Keep.Last), keepLikes}
	case o.Rooms.History < 0 || o.Rooms.History > protocol.MaxReplay:
		return &OptionError{"Rooms.History", o.Rooms.History, fmt.Sprintf("a number of messages, from 0 to %d", protocol.MaxReplay)}
	case !slices.Contains([]string{"", "off", "on", "private"}, o.OutgoingHooks):
		return &OptionError{"OutgoingHooks", o.OutgoingHooks, "off, on or private"}
	case !slices.Contains([]string{"", "off", "on", "private"}, o.Push.Mode):
		return &OptionError{"Push.Mode", o.Push.Mode, "off, on or private"}
	case o.Push.Contact != "" && !isPushContact(o.Push.Contact):
		return &OptionError{"Push.Contact", o.Push.Contact, "a URL such as mailto:ops@example.com or https://example.com"}
	case !slices.Contains([]string{"", "off", "on"}, o.Search):
		return &OptionError{"Search", o.Search, "on or off"}
	case o.Rooms.Idle <= 0:
		return &OptionError{"Rooms.Idle", o.Rooms.Idle, "a time above 0"}
	case o.Web.SecurityContact != "" && !isContact(o.Web.SecurityContact):
		return &OptionError{"Web.SecurityContact", o.Web.SecurityContact, "a URL such as mailto:security@example.com or https://example.com/security"}
	case o.Log == nil:
		return &OptionError{"Log", o.Log, "a logger"}
	}
	for _, l := range []struct {
		option string
		value  int
	}{
		{"Limits.MaxConnections", o.Limits.MaxConnections},
		{"Limits.MaxRooms", o.Limits.MaxRooms},
		{"Limits.MaxMembers", o.Limits.MaxMembers},
		{"Limits.MaxConnectionsPerAddress", o.Limits.MaxConnectionsPerAddress},
		{"Limits.JoinsPerMinute", o.Limits.JoinsPerMinute},
		{"Limits.NewRoomsPerMinute", o.Limits.NewRoomsPerMinute},
		{"Limits.WrongPasswordsPerMinute", o.Limits.WrongPasswordsPerMinute},
		{"Limits.BadFrames", o.Limits.BadFrames},
		{"Files.UploadsPerMinute", o.Files.UploadsPerMinute},
	} {
		if l.value < 0 {
			return &OptionError{l.option, l.value, "a number, 0 for no limit"}
		}
	}
	return o.checkCluster()
}

// outgoing reports whether there are outgoing hooks.
func (o *Options) outgoing() bool { return o.OutgoingHooks == "on" || o.OutgoingHooks == "private" }

// push reports whether browsers are told of messages.
func (o *Options) push() bool { return o.Push.Mode == "on" || o.Push.Mode == "private" }

// pushContact returns where push services can reach the operator; empty if that isn't known.
func (o *Options) pushContact() string {
	if o.Push.Contact == "" && strings.HasPrefix(o.Web.PublicURL, "https:") {
		return o.Web.PublicURL
	}
	return o.Push.Contact
}

// isPushContact reports whether s may be the "sub" of RFC 8292, section 2.1.
func isPushContact(s string) bool {
	return isContact(s) && !strings.HasPrefix(s, "tel:") && !strings.ContainsAny(s, " <>") // Apple's refuses the latter
}

// isContact reports whether s may be a Contact of security.txt (RFC 9116, section 2.5.3).
func isContact(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" && u.Host != "" || u.Scheme == "mailto" && strings.Contains(u.Opaque, "@") || u.Scheme == "tel" && u.Opaque != "")
}

// outside returns how clients reach the server, by Web.TrustedProxies and Web.PublicURL.
func (o *Options) outside() (to forwarded.Outside, err error) {
	if to.Proxies, err = o.proxies(); err != nil || o.Web.PublicURL == "" {
		return to, err
	}
	var ok bool
	if to.Public, ok = forwarded.ParseLocation(o.Web.PublicURL); !ok {
		return to, &OptionError{"Web.PublicURL", o.Web.PublicURL, "where people reach the server, such as https://chat.example or https://example.com/chat/"}
	}
	return to, nil
}

// proxies returns the networks of Web.TrustedProxies.
func (o *Options) proxies() (forwarded.Proxies, error) {
	all, bad, ok := forwarded.ParseProxies(o.Web.TrustedProxies)
	if !ok {
		return nil, &OptionError{"Web.TrustedProxies", bad, forwarded.ProxyLikes}
	}
	return all, nil
}

// origins returns Web.Origins in their canonical form.
func (o *Options) origins() ([]string, error) {
	var all []string
	for _, s := range o.Web.Origins {
		if s == "*" {
			all = append(all, s)
			continue
		}
		origin, ok := forwarded.CanonicalOrigin(s)
		if !ok || !isASCII(origin) || strings.Contains(origin, "*") {
			return nil, &OptionError{"Web.Origins", s, "an origin such as https://example.com or http://localhost:3000, without wildcards and as browsers send it (xn--…), or * for all"}
		}
		all = append(all, origin)
	}
	return all, nil
}

// isASCII reports whether s is in ASCII. Browsers write the names of hosts so, others as xn--… (RFC 5891).
func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// page returns the page, which Web.FrameAncestors may frame. signIn is the public address of a server at
// which users sign in; it is empty for others.
func (o *Options) page(signIn string) (*web.Page, error) {
	var ancestors []string
	for _, s := range o.Web.FrameAncestors {
		origin, ok := forwarded.CanonicalOrigin(s)
		switch {
		case s == "self" || s == "*":
			origin = s
		case !ok || !isASCII(origin) || strings.ContainsAny(origin, ";, '\""):
			return nil, &OptionError{"Web.FrameAncestors", s, "an origin such as https://example.com or http://localhost:3000, as browsers send it (xn--…), self for the page's own, or * for all"}
		}
		ancestors = append(ancestors, origin)
	}
	return web.New(ancestors, signIn)
}
