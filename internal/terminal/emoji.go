package terminal

import (
	"regexp"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/yuin/goldmark/ast"

	"snug/internal/emoji"
	"snug/internal/markdown"
)

// namedEmoji finds the name of an emoji before the cursor, such as :smile: between spaces.
var namedEmoji = regexp.MustCompile(`(?:^|[\s(])(:[a-z0-9_+-]+:)$`)

// replaceName makes an emoji of its name, of which the last colon was just typed. What is code
// or a part of an address stays as it is.
func (m *model) replaceName() {
	c := &m.composer
	written := c.area.Value()
	found := namedEmoji.FindStringSubmatch(c.beforeCursor())
	if found == nil || isSecret(written) {
		return
	}
	name := found[1]
	sign := emoji.Named(strings.Trim(name, ":"))
	if before := strings.TrimSuffix(c.beforeCursor(), name); sign == "" || isLiteral(before, written[len(before)+len(name):]) {
		return
	}
	for range name {
		c.update(tea.KeyPressMsg(tea.Key{Code: tea.KeyBackspace}))
	}
	c.area.InsertString(sign)
}

// beforeCursor returns what is written before the cursor.
func (c *composer) beforeCursor() string {
	lines := strings.SplitAfter(c.area.Value(), "\n")
	row := c.area.Line()
	return strings.Join(lines[:row], "") + string([]rune(lines[row])[:c.area.Column()])
}

// address finds an address that isn't complete yet.
var address = regexp.MustCompile(`(?i)(?:https?://|mailto:)\S*$`)

// placeholder stands for what is typed; it is in no text.
const placeholder = "\ue0f5"

// isLiteral reports whether what is typed between before and after is code, or would be if a
// code span that is open were closed, or belongs to an address.
func isLiteral(before, after string) bool {
	if address.MatchString(before) {
		return true
	}
	for _, written := range []string{before + placeholder + after, before + placeholder + "`", before + placeholder + "``"} {
		source := []byte(written)
		if len(source) > markdown.Longest || literalIn(markdown.Parse(source), source) {
			return true
		}
	}
	return false
}

// literalIn reports whether the placeholder is in code or in a link.
func literalIn(tree ast.Node, source []byte) bool {
	found := false
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // its only errors are this function's
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock:
			found = found || strings.Contains(string(n.Lines().Value(source)), placeholder)
		case *ast.Text:
			if !strings.Contains(string(n.Value(source)), placeholder) {
				break
			}
			for p := n.Parent(); p != nil; p = p.Parent() {
				found = found || p.Kind() == ast.KindCodeSpan || p.Kind() == ast.KindLink
			}
		}
		return ast.WalkContinue, nil
	})
	return found
}
