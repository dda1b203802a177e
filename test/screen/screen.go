// Package screen runs a program in a pseudo-terminal, types on its keyboard and
// says what is on its screen.
package screen

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Screen is a terminal with a program in it. Make one with [Start]. Its methods are
// safe for concurrent use.
type Screen struct {
	cmd    *exec.Cmd
	file   *os.File // the pseudo-terminal
	both   sync.WaitGroup
	exited chan struct{}

	mu       sync.Mutex
	emulator *vt.Emulator
	rings    int
}

// Start starts cmd in a terminal of that size. The caller ends it with [Screen.Close].
func Start(cmd *exec.Cmd, columns, rows int) (*Screen, error) {
	s := &Screen{cmd: cmd, emulator: vt.NewEmulator(columns, rows), exited: make(chan struct{})}
	_, _ = s.emulator.WriteString(ansi.ResetModeUnicodeCore)          // it counts columns so, and now says it
	s.emulator.SetCallbacks(vt.Callbacks{Bell: func() { s.rings++ }}) // show has the lock
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		return nil, fmt.Errorf("start %s in a terminal: %w", cmd.Path, err)
	}
	s.file = file
	s.both.Go(s.show)
	s.both.Go(func() { _, _ = io.Copy(file, s.emulator) }) // what the terminal answers, until Close
	return s, nil
}

// show takes what the program writes, until it has ended.
func (s *Screen) show() {
	defer close(s.exited)
	b := make([]byte, 16<<10)
	for {
		n, err := s.file.Read(b)
		s.mu.Lock()
		_, _ = s.emulator.Write(b[:n]) // a screen takes everything
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Type types text, in which control characters are keys.
func (s *Screen) Type(text string) error {
	_, err := s.file.WriteString(text)
	return err
}

// Resize makes the terminal larger or smaller.
func (s *Screen) Resize(columns, rows int) error {
	s.mu.Lock()
	s.emulator.Resize(columns, rows)
	s.mu.Unlock()
	return pty.Setsize(s.file, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
}

// Rows are what is on the screen, without the spaces at their ends.
func (s *Screen) Rows() []string {
	var rows []string
	for _, cells := range s.Cells() {
		var row strings.Builder
		for _, c := range cells {
			row.WriteString(c.Content)
		}
		rows = append(rows, strings.TrimRight(row.String(), " "))
	}
	return rows
}

// String is what is on the screen.
func (s *Screen) String() string { return strings.Join(s.Rows(), "\n") }

// Rings is how often the bell has rung.
func (s *Screen) Rings() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rings
}

// Column is the column at which text begins, in the row that has it; -1 if none has.
func (s *Screen) Column(text string) int {
	for _, cells := range s.Cells() {
		for x := range cells {
			var rest strings.Builder
			for _, c := range cells[x:] {
				rest.WriteString(c.Content)
			}
			if strings.HasPrefix(rest.String(), text) {
				return x
			}
		}
	}
	return -1
}

// Cells are what is on the screen, a slice a row. The second half of a wide
// character is empty.
func (s *Screen) Cells() [][]uv.Cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := make([][]uv.Cell, s.emulator.Height())
	for y := range rows {
		rows[y] = make([]uv.Cell, s.emulator.Width())
		for x := range rows[y] {
			switch c := s.emulator.CellAt(x, y); {
			case c == nil || c.Content == "" && c.Width > 0:
				rows[y][x] = uv.Cell{Content: " ", Width: 1}
			default:
				rows[y][x] = *c
			}
		}
	}
	return rows
}

// Exited is closed when the program has ended.
func (s *Screen) Exited() <-chan struct{} { return s.exited }

// Process is the program's.
func (s *Screen) Process() *os.Process { return s.cmd.Process }

// Close ends the program, if it hasn't ended, and waits for it.
func (s *Screen) Close() error {
	_ = s.cmd.Process.Kill() // fails only if it has ended
	_ = s.cmd.Wait()         // as it was killed
	<-s.exited
	if pipe, is := s.emulator.InputPipe().(*io.PipeWriter); is {
		_ = pipe.Close() // never fails
	}
	s.both.Wait()
	return s.file.Close()
}
