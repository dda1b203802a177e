package screen

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// Sizes in the picture, in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 19
	margin     = 14
	bar        = 30 // at the top, with the title
)

const (
	ink   = "#d5d8e0"
	paper = "#15171e"
)

// SVG draws the screen as it is.
func (s *Screen) SVG(title string) []byte {
	rows := s.Cells()
	width, height := float64(len(rows[0]))*cellWidth+2*margin, float64(len(rows)*cellHeight+margin+bar)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="%s">`+"\n",
		width, height, width, height, ink)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", paper)
	for i, c := range []string{"#e0655d", "#dfb14c", "#67b75c"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="5" fill="%s"/>`+"\n", margin+5+i*17, bar/2, c)
	}
	for y, row := range rows {
		for x := 0; x < len(row); {
			end := x + 1
			for end < len(row) && (row[end].Width == 0 || row[x].Width == 1 && row[end].Width == 1 && row[x].Style.Equal(&row[end].Style)) {
				end++
			}
			run(&b, row[x:end], x, y)
			x = end
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// run draws cells that look alike, each in its column.
func run(b *bytes.Buffer, cells []uv.Cell, x, y int) {
	var text strings.Builder
	for _, c := range cells {
		text.WriteString(c.Content)
	}
	style := cells[0].Style
	if style.Attrs&uv.AttrReverse == 0 && strings.TrimSpace(text.String()) == "" {
		return
	}
	left, top := margin+float64(x)*cellWidth, bar+y*cellHeight
	width := float64(len(cells)) * cellWidth
	fill := hex(style.Fg)
	if style.Attrs&uv.AttrReverse != 0 {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d"/>`, left, top, width, cellHeight)
		fill = paper
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f" xml:space="preserve"`, left, top+14, width)
	if fill != "" {
		fmt.Fprintf(b, ` fill="%s"`, fill)
	}
	if style.Attrs&uv.AttrBold != 0 {
		b.WriteString(` font-weight="600"`)
	}
	if style.Attrs&uv.AttrFaint != 0 {
		b.WriteString(` opacity=".55"`)
	}
	fmt.Fprintf(b, ">%s</text>\n", html.EscapeString(text.String()))
}

// hex is a colour as SVG writes it; nothing for the terminal's own.
func hex(c color.Color) string {
	if c == nil {
		return ""
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
