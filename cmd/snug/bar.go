package main

import (
	"io"
	"os"

	"github.com/cheggaaa/pb/v3"
	"github.com/mattn/go-isatty"
)

// bar shows how far a command is, on a terminal; elsewhere it shows nothing.
type bar struct{ drawn *pb.ProgressBar }

const barSteps = 1000

// newBar draws a bar on out, until it is cleared.
func newBar(out io.Writer) bar {
	f, ok := out.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return bar{}
	}
	const look = pb.ProgressBarTemplate(`{{string . "doing"}} {{bar . "[" "=" ">" " " "]"}} {{string . "counts"}}`)
	return bar{look.New(barSteps).SetWriter(f).Set(pb.CleanOnFinish, true).Start()}
}

// show says what is being done, what has come of it, and what part of it is done.
func (b bar) show(doing, counts string, part float64) {
	if b.drawn != nil {
		b.drawn.Set("doing", doing).Set("counts", counts).SetCurrent(int64(barSteps * min(part, 1)))
	}
}

// clear leaves the line to others.
func (b bar) clear() {
	if b.drawn != nil {
		b.drawn.Finish()
	}
}
