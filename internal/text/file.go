package text

import (
	"fmt"

	"snug/protocol"
)

// Size returns a number of bytes in words, such as 48 kB.
func Size(bytes int64) string {
	size, unit := float64(bytes), 0
	units := []string{"B", "kB", "MB", "GB", "TB"}
	for size >= 999.5 && unit < len(units)-1 {
		size /= 1000
		unit++
	}
	if size < 10 && unit > 0 {
		return fmt.Sprintf("%.1f %s", size, units[unit])
	}
	return fmt.Sprintf("%.0f %s", size, units[unit])
}

// Files returns a line for each file of a message: its name and size, what it shows, and, unless where
// is nil, its address or wherever it is.
func Files(files []protocol.File, where func(protocol.File) string) (lines []string) {
	for _, f := range files {
		about := Line(f.Name) + ", " + Size(f.Size)
		if f.Alt != "" {
			about += ": " + Line(f.Alt)
		}
		line := "[" + about + "]"
		if where != nil {
			line += " " + Line(where(f))
		}
		lines = append(lines, line)
	}
	return lines
}
