package hook

import "regexp"

// headings makes headings, which the page doesn't know, bold lines.
func headings(s string) string {
	return heading.ReplaceAllStringFunc(lines(s), func(line string) string {
		return bold(heading.FindStringSubmatch(line)[1])
	})
}

var heading = regexp.MustCompile(`(?m)^#{1,6} +([^\s*].*?)[ #]*$`)
