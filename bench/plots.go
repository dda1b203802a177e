package main

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

var (
	own    = color.RGBA{R: 0x1F, G: 0x6F, B: 0xB5, A: 0xFF}
	others = color.RGBA{R: 0xB0, G: 0xB0, B: 0xB0, A: 0xFF}
	ground = color.RGBA{R: 0x50, G: 0x50, B: 0x50, A: 0xFF}
)

// draw draws the plots into dir.
func (r *results) draw(dir string) error {
	var plots []*plot.Plot
	for _, c := range []column{
		{title: "1 room × 1,000: deliveries/s", workload: "1x1000", figure: deliveries},
		{title: "1 × 100", workload: "1x100", figure: deliveries},
		{title: "100 rooms × 2", workload: "100x2", figure: deliveries},
	} {
		plots = append(plots, r.bars(c))
	}
	if err := save(filepath.Join(dir, "deliveries.svg"), plots, 260); err != nil {
		return err
	}
	if err := save(filepath.Join(dir, "cpu.svg"), []*plot.Plot{
		r.bars(column{title: "1 × 1,000 at 100/s: µs of CPU a delivery", workload: "rate1000", figure: cpu}),
		r.bars(column{title: "50 × 20 at 2,000/s", workload: "rate20", figure: cpu}),
	}, 260); err != nil {
		return err
	}
	if r.Growth == nil {
		return nil
	}
	return save(filepath.Join(dir, "growth.svg"), r.Growth.plots(), 220)
}

// bars returns a plot with a bar for each server, the first one on top.
func (r *results) bars(c column) *plot.Plot {
	p := plot.New()
	p.Title.Text = c.title
	all := servers()
	names := make([]string, len(all))
	for i, s := range all {
		at := len(all) - 1 - i
		names[at] = s.name
		values := make(plotter.Values, len(all))
		values[at] = median(r.of(c.workload, s.name, c.figure))
		bar, err := plotter.NewBarChart(values, vg.Points(12))
		if err != nil {
			continue // it only fails for values that aren't numbers
		}
		bar.Horizontal, bar.LineStyle.Width = true, 0
		switch bar.Color = others; {
		case s.isSnug:
			bar.Color = own
		case s.isFloor:
			bar.Color = ground
		}
		p.Add(bar)
	}
	p.NominalY(names...)
	p.Y.Padding = vg.Points(20) // letters in a browser are wider than the library expects
	p.X.Min, p.X.Tick.Marker = 0, short{plot.DefaultTicks{}}
	return p
}

// short formats 2000000 as 2 M.
type short struct{ plot.Ticker }

// Ticks implements [plot.Ticker].
func (s short) Ticks(least, most float64) []plot.Tick {
	ticks := s.Ticker.Ticks(least, most)
	for i, t := range ticks {
		switch {
		case t.Label == "":
		case t.Value >= 1e6:
			ticks[i].Label = strconv.FormatFloat(t.Value/1e6, 'g', 3, 64) + " M"
		case t.Value >= 1e3:
			ticks[i].Label = strconv.FormatFloat(t.Value/1e3, 'g', 3, 64) + " k"
		}
	}
	return ticks
}

func (g *growth) plots() (all []*plot.Plot) {
	line := func(title, x string, n int, of func(i int) (x, y float64)) {
		p := plot.New()
		p.Title.Text, p.X.Label.Text = title, x
		points := make(plotter.XYs, 0, n)
		for i := range n {
			if x, y := of(i); x > 0 && y > 0 { // both axes are logarithmic
				points = append(points, plotter.XY{X: x, Y: y})
			}
		}
		if len(points) < 2 {
			return
		}
		l, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return
		}
		l.Color, l.Width, dots.Color, dots.Shape = own, vg.Points(2), own, draw.CircleGlyph{}
		p.Add(l, dots)
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, short{plot.LogTicks{Prec: -1}}
		p.Y.Min, p.Y.Max = 0, 1.25*max(p.Y.Max, 0)
		all = append(all, p)
	}
	line("µs of CPU a delivery", "members of one room", len(g.Members), func(i int) (float64, float64) { return float64(g.Members[i].N), g.Members[i].CPU })
	line("µs of CPU a delivery", "rooms of two", len(g.Rooms), func(i int) (float64, float64) { return float64(g.Rooms[i].N), g.Rooms[i].CPU })
	line("join, ms", "messages in the log", len(g.Log), func(i int) (float64, float64) { return float64(g.Log[i].N), g.Log[i].Join })
	line("page, ms", "messages in the log", len(g.Log), func(i int) (float64, float64) { return float64(g.Log[i].N), g.Log[i].Page })
	line("start, ms", "messages in the log", len(g.Log), func(i int) (float64, float64) { return float64(g.Log[i].N), g.Log[i].Start })
	line("file, MiB", "messages in the log", len(g.Log), func(i int) (float64, float64) { return float64(g.Log[i].N), g.Log[i].MiB })
	return all
}

// save writes plots as one picture, three in a row.
func save(file string, plots []*plot.Plot, height vg.Length) error {
	const inRow, width = 3, 300
	cols := min(len(plots), inRow)
	rows := (len(plots) + cols - 1) / max(cols, 1)
	canvas := vgsvg.New(vg.Length(cols)*width, vg.Length(rows)*height)
	grid := make([][]*plot.Plot, rows)
	for i := range grid {
		grid[i] = make([]*plot.Plot, cols)
		copy(grid[i], plots[i*cols:min((i+1)*cols, len(plots))])
	}
	tiles := draw.Tiles{Rows: rows, Cols: cols, PadX: 10, PadY: 10, PadTop: 5, PadBottom: 5, PadLeft: 5, PadRight: 10}
	background := draw.New(canvas)
	background.FillPolygon(color.White, []vg.Point{{}, {X: background.Max.X}, {X: background.Max.X, Y: background.Max.Y}, {Y: background.Max.Y}})
	for y, row := range plot.Align(grid, tiles, background) {
		for x, at := range row {
			if grid[y][x] != nil {
				grid[y][x].Draw(at)
			}
		}
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := canvas.WriteTo(f); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return f.Close()
}
