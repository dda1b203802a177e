package terminal

import (
	"hash/fnv"
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/lucasb-eyer/go-colorful"
)

// styles are how things look. Where there are no colours, weight and shape tell
// them apart.
type styles struct {
	plain, strong, faint, accent, bad, good, mark lipgloss.Style

	lightness float64 // of HSLuv, of all colours
}

// Lightnesses of HSLuv. The one in the middle has a contrast of 4.5 to black and
// to white alike, for terminals that don't say what their background is.
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

// colour is that of a hue in degrees.
func (s *styles) colour(hue float64) color.Color {
	return colorful.HSLuv(hue, 0.85, s.lightness).Clamped()
}

// hues are how many a member may have: as far apart as can be told.
const hues = 15

// member is the style of a member's nick: whatever they are called, they keep
// their colour.
func (s *styles) member(id string) lipgloss.Style {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash takes everything
	return s.strong.Foreground(s.colour(float64(h.Sum32()%hues) * 360 / hues))
}
