package test

import (
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

func TestLinksInTheDocsResolve(t *testing.T) {
	root := os.DirFS("..")
	docs, err := fs.Glob(root, "*.md")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(root, "docs", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			docs = append(docs, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range docs {
		for _, broken := range brokenLinks(t, root, name) {
			t.Error(broken)
		}
	}
}

func TestFilesNamedInTheArchitectureExist(t *testing.T) {
	for _, missing := range missingPaths(t, os.DirFS(".."), "docs/architecture.md") {
		t.Error(missing)
	}
}

// What the server logs is in docs/operations.md, and what is there as a log line is one. Debug lines needn't be.
func TestTheServersLogLinesAreDocumented(t *testing.T) {
	root := os.DirFS("..")
	doc := read(t, root, "docs/operations.md")
	var source strings.Builder
	for _, dir := range []string{".", "cmd/server", "internal", "protocol"} {
		err := fs.WalkDir(root, dir, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (dir == "." && name != dir || slices.Contains(loggingElsewhere, name)):
				return fs.SkipDir
			case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
				source.WriteString(read(t, root, name))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	lines := logLine.FindAllStringSubmatch(source.String(), -1)
	if len(lines) < 100 {
		t.Errorf("%d log lines were found", len(lines))
	}
	for _, m := range lines {
		if line := m[1] + m[2]; !documentsLogLine(doc, line) {
			t.Errorf("docs/operations.md doesn't have the log line %q", line)
		}
	}
	column := -1
	for row := range strings.Lines(doc) {
		cells := strings.Split(row, "|")
		if len(cells) < 3 {
			column = -1
		} else if i := slices.Index(cells, " log line "); i >= 0 {
			column = i
		} else if column >= 0 {
			for _, m := range quotedText.FindAllStringSubmatch(cells[column], -1) {
				if !strings.Contains(source.String(), m[1]) && !loggedByOthers.MatchString(m[1]) {
					t.Errorf("docs/operations.md has the log line %q, which no code writes", m[1])
				}
			}
		}
	}
}

var (
	logLine    = regexp.MustCompile(`\.(?:Info|Warn|Error|Log)\([^"()]*"([^"\s]+ [^"]*)", "|\.(?:Info|Warn|Error)\("([^"\s]+ [^"]*)"\)`)
	quotedText = regexp.MustCompile("`([^`]+)`")
	// loggedByOthers are the messages of SQLite and of package net/http; or attributes and flags.
	loggedByOthers = regexp.MustCompile(`^(database (or disk is full|is locked|disk image is malformed)|disk I/O error|http: .*|[a-z]+=.*|[a-z]+|--[a-z-]+)$`)
	// loggingElsewhere are packages that log what isn't the server's.
	loggingElsewhere = []string{"internal/journal/journaltest", "internal/terminal", "internal/bench", "internal/check", "internal/servertest"}
)

// documentsLogLine reports whether doc has a log line, or what is before a colon, a semicolon or a comma in it.
func documentsLogLine(doc, line string) bool {
	for i, c := range line + ":" {
		if strings.ContainsRune(":;,", c) && strings.Contains(doc, "`"+line[:i]+"`") {
			return true
		}
	}
	return false
}

func TestTestsNamedInTheDocsExist(t *testing.T) {
	root := os.DirFS("..")
	known := make(map[string]bool)
	err := fs.WalkDir(root, ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range testFunc.FindAllStringSubmatch(read(t, root, name), -1) {
				known[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := testName.FindAllStringSubmatch(read(t, root, "docs/faults.md"), -1)
	if len(named) < 50 {
		t.Errorf("docs/faults.md names %d tests", len(named))
	}
	for _, m := range named {
		if !known[m[1]] {
			t.Errorf("docs/faults.md names %s, which there isn't", m[1])
		}
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"file", "[a](docs/b.md) ![a](pic.png 'A pic')", nil},
		{"missing file", "ok\n\n[a](docs/c.md)", []string{"README.md:3: docs/c.md"}},
		{"missing image in a link", "[![a](no.png)](docs/b.md)", []string{"README.md:1: no.png"}},
		{"directory", "[a](docs/), [a](docs)", nil},
		{"from the root", "[a](/docs/b.md) [a](/b.md)", []string{"README.md:1: /b.md"}},
		{"out of the repository", "[a](../README.md)", []string{"README.md:1: ../README.md"}},
		{"another case", "[a](docs/B.md)", []string{"README.md:1: docs/B.md"}},
		{"escaped", "[a](a%20b.md) [a](<a b.md>)", nil},
		{"elsewhere", "[a](https://example.org/x.md) <https://example.org> [a](mailto:a@example.org)", nil},
		{"over two lines", "[a\nb](docs/c.md)", []string{"README.md:2: docs/c.md"}},
		{"own anchor", "# One\n## One\n[a](#one) [a](#one-1) [a](#one-2)", []string{"README.md:3: #one-2"}},
		{"other's anchor", "[a](docs/b.md#the-way-in) [a](docs/b.md#way-out)", []string{"README.md:1: docs/b.md#way-out"}},
		{"anchor as GitHub makes it", "## Why `Seq`, not *ID*? — 1.5 [x_y](docs/b.md) ##\n[a](#why-seq-not-id--15-x_y)", nil},
		{"underlined heading", "One two\n===\n[a](#one-two)", nil},
		{"anchor in HTML", "<a id=\"here\"></a>\n[a](#here) <a href=\"#there\">a</a>", []string{"README.md:2: #there"}},
		{"heading in code is none", "```sh\n# one\n```\n[a](#one)", []string{"README.md:4: #one"}},
		{"link in code is none", "`[a](x.md)` ``[a](`x.md)``\n\n~~~\n[a](x.md)\n```\n~~~\n", nil},
		{"backtick without its other", "a ` b\n\n[a](x.md) `", []string{"README.md:3: x.md"}},
		{"by reference", "[a][b] [a][c]\n\n[b]: docs/b.md\n[d]: x.md", []string{"README.md:1: [c]", "README.md:4: x.md"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{
				"README.md": {Data: []byte(c.text)},
				"docs/b.md": {Data: []byte("# B\n\n## The way *in*\n")},
				"a b.md":    {},
				"pic.png":   {},
			}
			if got := brokenLinks(t, root, "README.md"); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestMissingPathsAreFound(t *testing.T) {
	root := fstest.MapFS{
		"internal/room/room.go": {},
		"docs/a.md": {Data: []byte("`internal/room/room.go`, `internal/room/`, `room.go`, `Run`, `/ws/`, `a / b.go`\n" +
			"`internal/room/gone.go`\n`internal/gone/` and internal/none.go\n`internal/room/room.go/`")},
	}
	want := []string{
		"docs/a.md:2: internal/room/gone.go",
		"docs/a.md:3: internal/gone/",
		"docs/a.md:4: internal/room/room.go/",
	}
	if got := missingPaths(t, root, "docs/a.md"); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

var (
	inlineLink = regexp.MustCompile(`\]\(\s*(?:<([^>\n]*)>|([^)\s]*))(?:\s+["'(][^)]*)?\s*\)`)
	htmlLink   = regexp.MustCompile(`\s(?:href|src)="([^"]*)"`)
	definition = regexp.MustCompile(`(?m)^ {0,3}\[([^\]^][^\]]*)\]:\s*<?([^\s>]+)`)
	reference  = regexp.MustCompile(`\[[^\[\]]+\]\[([^\[\]]+)\]`)
	heading    = regexp.MustCompile(`(?m)^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$|^(\S.*)\n(?:=+|-+)[ \t]*$`)
	linkText   = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	htmlAnchor = regexp.MustCompile(`<a\s+(?:id|name)="([^"]*)"`)
	fence      = regexp.MustCompile("^\\s*(`{3,}|~{3,})")
	codeSpan   = regexp.MustCompile("`+")
	testFunc   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	testName   = regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	repoPath   = regexp.MustCompile(`^[\w.-]+/(?:[\w./-]*\.(?:go|md|sql|yml)|(?:[\w.-]+/)*)$`)
)

// brokenLinks returns "file:line: link" of each link of a Markdown file that
// leads nowhere, in order. Links to other sites aren't followed.
func brokenLinks(t *testing.T, root fs.FS, name string) []string {
	t.Helper()
	text := withoutFences(read(t, root, name))
	prose, _ := withoutCode(text)
	found := make(map[int]string) // by where in the text

	for _, m := range slices.Concat(
		inlineLink.FindAllStringSubmatchIndex(prose, -1),
		htmlLink.FindAllStringSubmatchIndex(prose, -1),
	) {
		at, end := m[2], m[3]
		if at < 0 {
			at, end = m[4], m[5]
		}
		found[at] = prose[at:end]
	}
	defined := make(map[string]bool)
	for _, m := range definition.FindAllStringSubmatchIndex(prose, -1) {
		defined[strings.ToLower(prose[m[2]:m[3]])] = true
		found[m[4]] = prose[m[4]:m[5]]
	}

	broken := make(map[int]string)
	for at, link := range found {
		if !resolves(t, root, name, link) {
			broken[at] = link
		}
	}
	for _, m := range reference.FindAllStringSubmatchIndex(prose, -1) {
		if ref := prose[m[2]:m[3]]; !defined[strings.ToLower(ref)] {
			broken[m[2]] = "[" + ref + "]"
		}
	}
	return located(name, text, broken)
}

// missingPaths returns "file:line: path" of each path in backticks that isn't
// in the repository.
func missingPaths(t *testing.T, root fs.FS, name string) []string {
	t.Helper()
	text := withoutFences(read(t, root, name))
	_, code := withoutCode(text)
	missing := make(map[int]string)
	for at, file := range code {
		if !repoPath.MatchString(file) {
			continue
		}
		info, err := fs.Stat(root, path.Clean(file))
		if err != nil || strings.HasSuffix(file, "/") && !info.IsDir() {
			missing[at] = file
		}
	}
	return located(name, text, missing)
}

func located(name, text string, found map[int]string) []string {
	var lines []string
	for at := range len(text) {
		if what, ok := found[at]; ok {
			lines = append(lines, fmt.Sprintf("%s:%d: %s", name, 1+strings.Count(text[:at], "\n"), what))
		}
	}
	return lines
}

func resolves(t *testing.T, root fs.FS, from, link string) bool {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	if u.Scheme != "" || u.Host != "" {
		return true
	}
	target := from
	switch {
	case strings.HasPrefix(u.Path, "/"):
		target = path.Clean(u.Path[1:])
	case u.Path != "":
		target = path.Join(path.Dir(from), u.Path)
	}
	if _, err := fs.Stat(root, target); err != nil {
		return false
	}
	if u.Fragment == "" || path.Ext(target) != ".md" {
		return true
	}
	return anchors(read(t, root, target))[u.Fragment]
}

// anchors returns what a link to a Markdown file may have after its #.
func anchors(text string) map[string]bool {
	text = withoutFences(text)
	made := make(map[string]bool)
	times := make(map[string]int)
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		slug := slugOf(m[1] + m[2])
		if n := times[slug]; n > 0 {
			made[fmt.Sprintf("%s-%d", slug, n)] = true
		}
		made[slug] = true
		times[slug]++
	}
	for _, m := range htmlAnchor.FindAllStringSubmatch(text, -1) {
		made[m[1]] = true
	}
	return made
}

// slugOf makes an anchor of a heading as GitHub does: letters, digits, "_" and
// "-" stay, a space becomes "-", everything else goes.
func slugOf(heading string) string {
	heading = html.UnescapeString(linkText.ReplaceAllString(heading, "$1"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Pc):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// withoutFences blanks fenced code blocks. The text keeps its length and lines.
func withoutFences(text string) string {
	lines := strings.SplitAfter(text, "\n")
	open := "" // the fence we are in
	for i, line := range lines {
		m := fence.FindStringSubmatch(line)
		switch {
		case open == "" && m == nil:
			continue
		case open == "":
			open = m[1]
		case m != nil && strings.HasPrefix(m[1], open) && strings.TrimSpace(line) == m[1]:
			open = ""
		}
		lines[i] = blank(line)
	}
	return strings.Join(lines, "")
}

// withoutCode blanks code in backticks, and returns that code by where it
// stood. Code ends with as many backticks as it began with, in its paragraph.
func withoutCode(text string) (prose string, code map[int]string) {
	code = make(map[int]string)
	out := []byte(text)
	ticks := codeSpan.FindAllStringIndex(text, -1)
	for i := 0; i < len(ticks); i++ {
		begin := ticks[i]
		for j := i + 1; j < len(ticks); j++ {
			end := ticks[j]
			inner := text[begin[1]:end[0]]
			if strings.Contains(inner, "\n\n") {
				break
			}
			if end[1]-end[0] == begin[1]-begin[0] {
				code[begin[1]] = strings.TrimSpace(inner)
				copy(out[begin[0]:end[1]], blank(text[begin[0]:end[1]]))
				i = j
				break
			}
		}
	}
	return string(out), code
}

// blank turns everything but line ends into spaces, byte for byte.
func blank(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}

func read(t *testing.T, root fs.FS, name string) string {
	t.Helper()
	data, err := fs.ReadFile(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
