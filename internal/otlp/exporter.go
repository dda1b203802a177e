package otlp

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/trace"
)

const (
	// queueSize is how many spans may wait for their export, about 1 KiB each.
	queueSize = 4096
	// batchMax is the most spans of one request, and batchEvery how long a span waits for others.
	batchMax   = 512
	batchEvery = time.Second
)

// exporter exports spans. It is a [trace.SpanProcessor], and the [otlptrace.Client] that sends what
// otlptrace has encoded. It owns its goroutine (run), from newExporter to Shutdown.
type exporter struct {
	url    string
	header http.Header
	http   *http.Client
	log    *slog.Logger
	encode *otlptrace.Exporter

	queue   chan trace.ReadOnlySpan
	dropped atomic.Int64 // spans that found the queue full

	ctx      context.Context // of exports
	cancel   context.CancelFunc
	stopping chan struct{} // closed by Shutdown
	stop     sync.Once
	done     chan struct{} // closed when run has ended

	// Of run.
	failing bool  // the last attempt has failed
	lost    int64 // spans that were given up, and not logged yet
}

func newExporter(url string, header http.Header, log *slog.Logger) *exporter {
	e := &exporter{
		url: url, header: header, http: newClient(), log: log,
		queue: make(chan trace.ReadOnlySpan, queueSize), stopping: make(chan struct{}), done: make(chan struct{}),
	}
	e.encode = otlptrace.NewUnstarted(e)
	e.ctx, e.cancel = context.WithCancel(context.Background())
	go e.run()
	return e
}

// OnStart implements [trace.SpanProcessor].
func (*exporter) OnStart(context.Context, trace.ReadWriteSpan) {}

// OnEnd implements [trace.SpanProcessor]. It doesn't block.
func (e *exporter) OnEnd(s trace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	select {
	case e.queue <- s:
	default:
		e.dropped.Add(1)
	}
}

// ForceFlush implements [trace.SpanProcessor]. It does nothing: a span waits for no longer than batchEvery
// before it is exported anyway, and Shutdown exports what waits.
func (*exporter) ForceFlush(context.Context) error { return nil }

// Shutdown implements [trace.SpanProcessor]. It exports what waits; when ctx ends, it gives up.
func (e *exporter) Shutdown(ctx context.Context) error {
	e.stop.Do(func() { close(e.stopping) })
	defer e.http.CloseIdleConnections()
	defer e.cancel()
	select {
	case <-e.done:
		return nil
	case <-ctx.Done():
		e.cancel()
		<-e.done
		return ctx.Err()
	}
}

// run is the exporter's goroutine.
func (e *exporter) run() {
	defer close(e.done)
	batch := make([]trace.ReadOnlySpan, 0, batchMax)
	for {
		batch = e.gather(batch[:0])
		if len(batch) == 0 {
			break
		}
		e.export(batch)
		clear(batch)
	}
	if lost := e.takeLost(); lost > 0 {
		e.log.Warn("traces were lost", "spans", lost)
	}
}

// gather returns the next batch. It waits for the first span, and then for others. After Shutdown it waits
// for nothing, and returns none when none is left.
func (e *exporter) gather(batch []trace.ReadOnlySpan) []trace.ReadOnlySpan {
	var full <-chan time.Time
	for len(batch) < batchMax {
		select {
		case s := <-e.queue:
			batch = append(batch, s)
			if full == nil {
				full = time.After(batchEvery)
			}
		case <-full:
			return batch
		case <-e.stopping:
			for len(batch) < batchMax {
				select {
				case s := <-e.queue:
					batch = append(batch, s)
				default:
					return batch
				}
			}
		}
	}
	return batch
}

// export exports a batch, or gives it up. It logs when that begins to fail, and what was lost.
func (e *exporter) export(batch []trace.ReadOnlySpan) {
	ctx, cancel := context.WithTimeout(e.ctx, giveUpAfter)
	defer cancel()
	if err := e.encode.ExportSpans(ctx, batch); err != nil {
		e.noteFailure(err)
		e.lost += int64(len(batch))
		return
	}
	lost := e.takeLost()
	switch {
	case e.failing:
		e.log.Info("traces are exported again", "lost_spans", lost)
	case lost > 0:
		e.log.Warn("traces are incomplete: there are more than can be exported; sample fewer", "lost_spans", lost)
	}
	e.failing = false
}

// noteFailure logs the first of several failures.
func (e *exporter) noteFailure(err error) {
	if !e.failing {
		e.log.Warn("traces can't be exported", "err", err)
	}
	e.failing = true
}

// takeLost returns how many spans were lost since the last call.
func (e *exporter) takeLost() int64 {
	lost := e.lost + e.dropped.Swap(0)
	e.lost = 0
	return lost
}
