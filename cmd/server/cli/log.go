package cli

import (
	"log/slog"
	"os"

	"snug/internal/logdedup"
)

// logger returns a logger that writes to standard error.
func (f *flags) logger() *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[f.LogLevel]
	o := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(logdedup.New(slog.NewJSONHandler(os.Stderr, o)))
	}
	return slog.New(logdedup.New(slog.NewTextHandler(os.Stderr, o)))
}
