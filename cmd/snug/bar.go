package main

import (
	"io"
	"os"

	"github.com/cheggaaa/pb/v3"
	"github.com/mattn/go-isatty"
)

// bar is a progress bar on a terminal. Elsewhere it draws nothing.
type bar struct{ drawn *pb.ProgressBar }

const barSteps = 1000

// newBar draws a bar on out until it is cleared.
func newBar(out io.Writer) bar {
	f, ok := out.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return bar{}
	}
	const look = pb.ProgressBarTemplate(`{{string . "doing"}} {{bar . "[" "=" ">" " " "]"}} {{string . "counts"}}`)
	return bar{look.New(barSteps).SetWriter(f).Set(pb.CleanOnFinish, true).Start()}
}

// show updates the bar: what is being done, figures about it, and which part is done.
func (b bar) show(doing, counts string, part float64) {
	if b.drawn != nil {
		b.drawn.Set("doing", doing).Set("counts", counts).SetCurrent(int64(barSteps * min(part, 1)))
	}
}

// clear removes the bar.
func (b bar) clear() {
	if b.drawn != nil {
		b.drawn.Finish()
	}
}
