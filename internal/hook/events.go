package hook

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// eventHeaders are the headers with which a forge names an event. Gitea and Forgejo send
// GitHub's too, with bodies like GitHub's. For some events all but the last are empty.
var eventHeaders = [...]string{"X-Forgejo-Event", "X-Gitea-Event", "X-Gogs-Event", "X-GitHub-Event", "X-Gitea-Event-Type"}

// forgeEvent returns the name of a forge's event, and what decodes its body; nil if the
// request is no event.
func forgeEvent(header http.Header) (name string, line func(body json.RawMessage, event string) string) {
	if name = header.Get("X-Gitlab-Event"); name != "" {
		return name, gitlabLine
	}
	for _, h := range eventHeaders {
		if name = header.Get(h); name != "" {
			return name, githubLine
		}
	}
	return "", nil
}

// The words of the lines below are of the form "who did what to which": each takes what
// senders wrote, and returns Markdown.

// eventLine returns the line of an event in a repository.
func eventLine(repository string, words ...string) string {
	line := join(" ", words...)
	if repository == "" {
		return line
	}
	return bold(inline(repository)) + ": " + line
}

// numbered returns a link to an issue or a pull request.
func numbered(number, title, address text) string {
	label := string(title)
	if number != "" {
		label = strings.TrimSpace("#" + string(number) + " " + label)
	}
	return link(label, string(address))
}

// quoted returns the beginning of what somebody wrote, after a colon.
func quoted(s text) string {
	beginning := excerpt(string(s))
	if beginning == "" {
		return ""
	}
	return ": " + inline(beginning)
}

// excerpt returns the first line of a text, shortened.
func excerpt(s string) string {
	const longest = 200
	s, _, _ = strings.Cut(strings.TrimSpace(lines(s)), "\n")
	if s = oneLine(s); utf8.RuneCountInString(s) > longest {
		s = string([]rune(s)[:longest-1]) + "…"
	}
	return s
}

// act returns an action as a word of a sentence: "review_requested" as "review requested".
func act(action text, otherwise string) string {
	if action == "" {
		return otherwise
	}
	return inline(strings.ReplaceAll(string(action), "_", " "))
}

// outcome returns how a pipeline or a check has ended, or where it is, with a dot.
func outcome(state text) string {
	words := inline(strings.ReplaceAll(string(state), "_", " "))
	switch state {
	case "success", "passed":
		return "🟢 succeeded"
	case "failure", "failed", "error":
		return "🔴 failed"
	case "timed_out", "startup_failure":
		return "🔴 " + words
	case "cancelled", "canceled", "skipped", "neutral", "stale":
		return "⚪ " + words
	}
	return "🟡 " + first(words, "changed")
}

// push is what GitHub, Gitea and GitLab say of a push.
type push struct {
	who, ref, compare, title, titleURL string
	commits                            string // how many, if known
	created, deleted, forced           bool
}

func (p push) words() []string {
	kind, name := "branch", strings.TrimPrefix(p.ref, "refs/heads/")
	if tag, ok := strings.CutPrefix(p.ref, "refs/tags/"); ok {
		kind, name = "tag", tag
	}
	name = inline(name)
	verb := "pushed"
	if p.forced {
		verb = "force-pushed"
	}
	switch {
	case p.deleted:
		return []string{p.who, "deleted", kind, name}
	case p.commits == "0" || p.title == "" || kind == "tag":
		if p.created || kind == "tag" {
			verb = "created"
		}
		return []string{p.who, verb, kind, link(name, p.compare)}
	case p.commits == "1":
		return []string{p.who, verb, "to", name + ":", link(p.title, first(p.titleURL, p.compare))}
	}
	return []string{p.who, verb, link(p.commits+" commits", p.compare), "to", name + ":", link(p.title, p.titleURL)}
}
