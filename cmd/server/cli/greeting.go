package cli

import (
	"fmt"
	"regexp"
	"strings"

	"snug/internal/listener"
)

// greet prints where the server is and what to do next.
func greet(f *flags, entry *listener.Front) {
	url := entry.URL()
	switch {
	case f.PublicURL != "":
		url = strings.TrimSuffix(f.PublicURL, "/")
	case len(f.Domain) > 0: // the only names with a certificate
		url = "https://" + f.Domain[0]
	case strings.HasPrefix(url, "unix:"):
		fmt.Printf("Snug is at %s and stores messages in %s.\nSay in --public-url where people reach it through the proxy.\n", url, publicJournal(f.Journal))
		return
	}
	fmt.Printf(`Snug is at %s/ and stores messages in %s.
Open it in a browser. Or, in two terminals:  websocat "ws%s/ws?roomCode=room1"
Type into one of them:  {"Author": "client 1", "Content": "content1"}
`, url, publicJournal(f.Journal), strings.TrimPrefix(url, "http"))
	if others := entry.NetworkURL(); others != "" && f.PublicURL == "" && len(f.Domain) == 0 {
		fmt.Printf("Others on this network reach it at %s/ (--addr 127.0.0.1:%d keeps it to this machine).\n", others, entry.Port())
	}
}

// publicJournal names a journal without the secrets that a NATS address may contain.
func publicJournal(journal string) string {
	engine, _, _ := strings.Cut(journal, ":")
	if engine == "sqlite" || engine == "cluster" {
		return journal
	}
	return userinfo.ReplaceAllString(journal, "…@")
}

var userinfo = regexp.MustCompile(`[^/,@]*@`)
