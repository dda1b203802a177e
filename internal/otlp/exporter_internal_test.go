package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"

	"snug/internal/servertest/capture"
	"snug/internal/servertest/collector"
)

// Nobody waits for a collector that hangs: spans are dropped instead, and counted.
func TestACollectorThatHangsHoldsUpNothing(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 1000)
	c := collector.Start(t, func(_ http.ResponseWriter, r *http.Request) bool {
		arrived <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	})
	defer close(release)
	log := new(capture.Text)
	e := newExporter(c.URL, http.Header{}, slog.New(slog.NewTextHandler(log, nil)))
	p := trace.NewTracerProvider(trace.WithSpanProcessor(e))
	end := func(n int) {
		for range n {
			_, s := p.Tracer("test").Start(t.Context(), "step")
			s.End()
		}
	}
	end(1)
	<-arrived
	const more = 6000
	end(more) // returns
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Shutdown(ctx); err == nil {
		t.Error("the shutdown says that all was exported")
	}
	if want := fmt.Sprintf("spans=%d", more+1); !strings.Contains(log.String(), want) {
		t.Errorf("the log doesn't say %s:\n%s", want, log.String())
	}
}
