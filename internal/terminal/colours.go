package terminal

import (
	"hash/fnv"
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/lucasb-eyer/go-colorful"
)

// styles are the styles of all texts. Without colours, weight and shape distinguish
// them.
type styles struct {
	plain, strong, faint, accent, bad, good, mark lipgloss.Style

	lightness float64 // of all colours, in HSLuv
}

// Lightnesses in HSLuv. onUnknown has a contrast of 4.5 to both black and white, for
// terminals that don't report their background.
const (
	onDark    = 0.70
	onUnknown = 0.50
	onLight   = 0.42
)

func newStyles(lightness float64) *styles {
	s := &styles{lightness: lightness}
	s.plain = lipgloss.NewStyle()
	s.strong = s.plain.Bold(true)
	s.faint = s.plain.Faint(true)
	s.accent = s.plain.Foreground(s.colour(235))
	s.bad = s.plain.Foreground(s.colour(12))
	s.good = s.plain.Foreground(s.colour(135))
	s.mark = s.plain.Foreground(s.colour(40))
	return s
}

// colour returns the colour with a hue in degrees.
func (s *styles) colour(hue float64) color.Color {
	return colorful.HSLuv(hue, 0.85, s.lightness).Clamped()
}

// hues is the number of members' hues. With more, people couldn't distinguish them.
const hues = 15

// member returns the style of a member's nick. A member keeps its colour when it changes
// its nick.
func (s *styles) member(id string) lipgloss.Style {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash takes everything
	return s.strong.Foreground(s.colour(float64(h.Sum32()%hues) * 360 / hues))
}
