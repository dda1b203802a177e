package push

import (
	"context"
	"log/slog"
)

// logTo returns a log that passes the reason of each line that has one to a channel, while there is room.
func logTo(reasons chan<- string) *slog.Logger { return slog.New(reasonHandler{reasons}) }

type reasonHandler struct{ reasons chan<- string }

func (reasonHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h reasonHandler) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h reasonHandler) WithGroup(string) slog.Handler          { return h }

func (h reasonHandler) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "reason" {
			select {
			case h.reasons <- a.Value.String():
			default:
			}
		}
		return true
	})
	return nil
}
