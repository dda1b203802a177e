package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The size of a plot without its labels, in SVG units.
const (
	plotWidth  = 640.0
	plotHeight = 200.0
)

// plot is one diagram of the page.
type plot struct {
	Lines []plotLine
	Area  bool // filled below

	x, y scale
}

type plotLine struct {
	Name, Class string
	Path, Below string // SVG paths; Below also encloses the area below the line
	Dots        []dot
}

type dot struct {
	X, Y, Says string
}

type point struct {
	x, y float64
	says string
}

// scale maps values to positions from 0 to 1.
type scale struct {
	place func(v float64) float64
	ticks []tick
}

type tick struct {
	at    float64
	label string
}

// Tick is a mark on an axis, at a position in SVG units.
type Tick struct{ At, Label string }

func unit(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// XTicks returns the ticks of the horizontal axis, from left to right.
func (p plot) XTicks() (all []Tick) {
	for _, t := range p.x.ticks {
		all = append(all, Tick{unit(plotWidth * p.x.place(t.at)), t.label})
	}
	return all
}

// YTicks returns the ticks of the vertical axis, from bottom to top.
func (p plot) YTicks() (all []Tick) {
	for _, t := range p.y.ticks {
		all = append(all, Tick{unit(plotHeight * (1 - p.y.place(t.at))), t.label})
	}
	return all
}

// named is a plot with a title, which screen readers read.
type named struct {
	Plot  plot
	Title string
}

// Named returns the plot with a title.
func (p plot) Named(title string) named { return named{p, title} }

// maxDots is up to how many points of a line have a dot with a tooltip.
const maxDots = 200

func (p *plot) add(name, class string, points []point) {
	if len(points) == 0 {
		return
	}
	line := plotLine{Name: name, Class: class}
	var path strings.Builder
	for i, v := range points {
		x, y := unit(plotWidth*p.x.place(v.x)), unit(plotHeight*(1-p.y.place(v.y)))
		command := "L"
		if i == 0 {
			command = "M"
		}
		path.WriteString(command + x + " " + y)
		if len(points) <= maxDots {
			line.Dots = append(line.Dots, dot{x, y, v.says})
		}
	}
	line.Path = path.String()
	first, last := plotWidth*p.x.place(points[0].x), plotWidth*p.x.place(points[len(points)-1].x)
	line.Below = fmt.Sprintf("%sL%.1f %.1fL%.1f %.1fZ", line.Path, last, plotHeight, first, plotHeight)
	p.Lines = append(p.Lines, line)
}

// step returns 1, 2 or 5 times a power of ten, so that at most n steps make up span.
func step(span float64, n int) float64 {
	if span <= 0 {
		return 1
	}
	size := math.Pow(10, math.Floor(math.Log10(span/float64(n))))
	for _, times := range []float64{1, 2, 5} {
		if span <= size*times*float64(n) {
			return size * times
		}
	}
	return 10 * size
}

// fromZero returns a linear scale from 0 to a round number not below most.
func fromZero(most float64, label func(float64) string) scale {
	by := step(most, 4)
	end := max(by, math.Ceil(most/by)*by)
	s := scale{place: func(v float64) float64 { return v / end }}
	for i := 0; float64(i)*by <= end*1.001; i++ {
		s.ticks = append(s.ticks, tick{float64(i) * by, label(float64(i) * by)})
	}
	return s
}

// timeScale returns a linear scale of the measured time.
func timeScale(moments []Moment) scale {
	end := 1.0
	if len(moments) > 0 {
		end = moments[len(moments)-1].Seconds
	}
	s := scale{place: func(v float64) float64 { return v / end }}
	by := step(end, 8)
	for i := 0; float64(i)*by <= end*1.001; i++ {
		s.ticks = append(s.ticks, tick{float64(i) * by, fmt.Sprintf("%.3gs", float64(i)*by)})
	}
	return s
}

// decades returns a logarithmic scale of microseconds, on which a stall and the usual
// latency are both visible.
func decades(least, most int64) scale {
	low, high := 0, 1
	if most > 0 {
		low = int(math.Floor(math.Log10(float64(least))))
		high = max(low+1, int(math.Ceil(math.Log10(float64(most)))))
	}
	s := scale{place: func(v float64) float64 { return (math.Log10(v) - float64(low)) / float64(high-low) }}
	for d := low; d <= high; d++ {
		v := math.Pow10(d)
		s.ticks = append(s.ticks, tick{v, duration(int64(v))})
	}
	return s
}

// percentScale returns a scale on which 90, 99, 99.9 and so on, up to finest, have equal
// distances.
func percentScale(finest float64) scale {
	nines := math.Ceil(-math.Log10(1-finest/100) - 1e-9)
	s := scale{place: func(v float64) float64 { return -math.Log10(1-v/100) / nines }}
	s.ticks = append(s.ticks, tick{50, "50 %"})
	for n := 1; n <= int(nines); n++ {
		v := 100 * (1 - math.Pow10(-n))
		s.ticks = append(s.ticks, tick{v, strconv.FormatFloat(v, 'f', max(0, n-2), 64) + " %"})
	}
	return s
}

// short formats a number in few characters.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 3, 64) + " M"
	case v >= 1e3:
		return strconv.FormatFloat(v/1e3, 'g', 3, 64) + " k"
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
