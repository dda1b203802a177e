package hook

import (
	"net/http"
	"strings"
	"testing"
)

func TestMrkdwnBecomesMarkdown(t *testing.T) {
	tests := []struct{ in, want string }{
		{"*bold* _italic_ ~struck~ `code`", "**bold** _italic_ ~~struck~~ `code`"},
		{"*a _b_ c*", "**a _b_ c**"},
		{"(*a*), *b*!", "(**a**), **b**!"},
		{"**bold** ~~struck~~ [text](https://example.com/a_b)", "**bold** ~~struck~~ [text](https://example.com/a_b)"},
		{"2*3*4 a * b snake_case _x", `2\*3\*4 a * b snake_case \_x`},
		{"* item\n*not closed", "* item\n\\*not closed"},
		{"*spans\nlines*", "\\*spans\nlines\\*"},
		{"__init__ ***x***", `\_\_init\_\_ \*\*\*x\*\*\*`},
		{`C:\_temp\new \*`, `C:\\\_temp\new \\\*`},
		{"`*a* &lt;b&gt; <https://example.com|c>`", "`*a* <b> c`"},
		{"``` *a*\nb``` c", "```\n *a*\nb\n```\n c"},
		{"```json\n{}```", "```json\n{}\n```"},
		{"```Error\nat 1```", "```\nError\nat 1\n```"},
		{"not closed ``` here", "not closed \\`\\`\\` here"},
		{"<https://example.com>", "https://example.com"},
		{"<https://example.com|>", "https://example.com"},
		{"<https://example.com|the *site*>", `[the \*site\*](https://example.com)`},
		{"<https://example.com/(a)|[x]>", "[[x]](https://example.com/%28a%29)"},
		{"<https://example.com|x]>", `[x\]](https://example.com)`},
		{"*<https://example.com|x>*", "**[x](https://example.com)**"},
		{"<mailto:a@b.example|a@b.example>", "[a@b.example](mailto:a@b.example)"},
		{"<javascript:alert(1)|x>", "<javascript:alert(1)|x>"},
		{"<#C1|general> <#C1> <@U1|ann> <@U1> <@W1>", "#general #C1 @ann @U1 @W1"},
		{"<!here> <!channel|channel> <!everyone> <!subteam^S1|@ops> <!subteam^S1>", "@here @channel @everyone @ops @S1"},
		{"<!date^1392734382^{date}|Feb 18> <!date^1^{date}^https://example.com|x>", "Feb 18 x"},
		{"&lt;b&gt; &amp;lt; &copy; & <b>", "<b> &lt; &copy; & <b>"},
		{"&gt; quoted\n> too\nnot", "> quoted\n> too\nnot"},
		{"a\n>>> b\nc", "a\n> b\n> c"},
		{":tada::fire: :+1: 10:30:45 :nothing: a:x:b", "🎉🔥 👍 10:30:45 :nothing: a:x:b"},
		{"see https://example.com/*a*_b_?c=1&amp;d=2 *x*", "see https://example.com/*a*_b_?c=1&d=2 **x**"},
	}
	for _, tt := range tests {
		if got := mrkdwn(tt.in); got != tt.want {
			t.Errorf("mrkdwn(%q)\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

func TestPlainTextStaysWhatItIs(t *testing.T) {
	tests := []struct{ in, want string }{
		{"node_1 is at 5 * 3 % (a_b)", "node_1 is at 5 * 3 % (a_b)"},
		{"*bold* _italic_ ~~struck~~ ~x", `\*bold\* \_italic\_ \~\~struck\~\~ ~x`},
		{"`code` [a](b) [c]", "\\`code\\` [a\\](b) [c]"},
		{"> quote\n+ plus\n- dash\n# no heading", "\\> quote\n\\+ plus\n- dash\n\\# no heading"},
		{"  ## comment\n#5 #chan\n#!/bin/sh", "\\## comment\n#5 #chan\n#!/bin/sh"},
		{`C:\new \*`, `C:\new \\\*`},
		{"https://example.com/a_b_*c* _x_", `https://example.com/a_b_*c* \_x\_`},
		{"(https://example.com/a_b)*c* https://ann@example.com/*d*", `(https://example.com/a_b)\*c\* https://ann@example.com/\*d\*`},
		{"<b> &amp; :tada:", "<b> &amp; :tada:"},
	}
	for _, tt := range tests {
		if got := plain(tt.in); got != tt.want {
			t.Errorf("plain(%q)\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

func TestDiscordsMarkupBecomesMarkdown(t *testing.T) {
	tests := []struct{ in, want string }{
		{"# Title\n## Part\ntext", "# Title\n## Part\ntext"},
		{"-# small\n- item", "small\n- item"},
		{"<t:0> <@!1> <#2> <a:wave:3> <https://example.com>", "1970-01-01 00:00 UTC @1 #2 :wave: https://example.com"},
		{"`<t:0>` <t:0>", "`<t:0>` 1970-01-01 00:00 UTC"},
		{"```sh\n# install <t:0> <@1>\n-# x\n```\nafter", "```sh\n# install <t:0> <@1>\n-# x\n```\nafter"},
		{"failed: ```\n# a\nb```\nmore **text**", "failed: \n```\n# a\nb\n```\nmore **text**"},
		{"```js\nrun()``` after", "```js\nrun()\n```\n after"},
		{"```a b\nc```", "```\na b\nc\n```"},
		{"not closed ``` # here", "not closed ``` # here"},
	}
	for _, tt := range tests {
		if got := discordMarkdown(tt.in); got != tt.want {
			t.Errorf("discordMarkdown(%q)\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

// What a dot or another sign is put before, and code, are as their senders wrote them.
func TestMarkdownOfSendersStays(t *testing.T) {
	tests := []struct {
		header, body, want string
	}{
		{"Markdown: yes", "# Title\n```\n# code\n```", "# Title\n```\n# code\n```"},
		{"Priority: 5", "# no heading", "‼️ \\# no heading"},
		{"Priority: 5", "- one\n- two", "‼️\n- one\n- two"},
		{"Priority: 5", "1. one\n2. two", "‼️\n1. one\n2. two"},
		{"", `{"embeds":[{"description":"# Title\n1. a","color":65280}]}`, "🟢\n# Title\n1. a"},
		{"", `{"embeds":[{"description":"1. a\n2. b","color":65280}]}`, "🟢\n1. a\n2. b"},
		{"", `{"blocks":[{"type":"markdown","text":"# Title\n` + "```" + `\n# code\n` + "```" + `"}]}`, "# Title\n```\n# code\n```"},
	}
	for _, tt := range tests {
		header := http.Header{}
		name, value, _ := strings.Cut(tt.header, ": ")
		header.Set(name, value)
		if m, err := Decode(header, []byte(tt.body), "", 0); err != nil || m.Content != tt.want {
			t.Errorf("%s %q\n got %q, %v\nwant %q", tt.header, tt.body, m.Content, err, tt.want)
		}
	}
}

func TestListsAndQuotesEnd(t *testing.T) {
	tests := []struct{ in, want string }{
		{"- a\n- b\nc", "- a\n- b\n\nc"},
		{"1. a\n   more\nc", "1. a\n   more\n\nc"},
		{"> a\n> b\nc\nd", "> a\n> b\n\nc\nd"},
		{"> a\n\nc", "> a\n\nc"},
		{"```\n- a\nb\n```\nc", "```\n- a\nb\n```\nc"},
	}
	for _, tt := range tests {
		if got := endBlocks(tt.in); got != tt.want {
			t.Errorf("endBlocks(%q)\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

func TestColourBecomesADot(t *testing.T) {
	for colour, want := range map[string]string{
		"good": "🟢", "danger": "🔴", "warning": "🟠", "#D63232": "🔴", "36a64f": "🟢", "#f00": "🔴", "2788ce": "🔵",
		"#FFCC00": "🟡", "f18500": "🟠", "#6f42c1": "🟣", "cfd3da": "", "#334455": "", "": "", "#": "", "red": "", "12345678": "",
	} {
		if got := dotOf(colour); got != want {
			t.Errorf("%q: got %q, want %q", colour, got, want)
		}
	}
}
