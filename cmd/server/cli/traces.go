package cli

import (
	"context"
	"fmt"
	"math"
	"time"

	"snug"
	"snug/internal/otlp"
)

// lastTraces bounds how long the last traces take to be exported.
const lastTraces = time.Second

// trace has the server's traces exported, as --traces says. The returned function exports what is left, and
// ends that.
func (f *flags) trace(o *snug.Options) (stop func(), err error) {
	if share := f.TracesShare; math.IsNaN(share) || share < 0 || share > 1 {
		return nil, fmt.Errorf("--traces-share (or $SNUG_TRACES_SHARE) is %v: a number from 0 to 1", f.TracesShare)
	}
	if f.Traces == "" {
		return func() {}, nil
	}
	provider, err := otlp.New(otlp.Options{URL: f.Traces, Share: f.TracesShare, Instance: f.ClusterName, Log: o.Log})
	if err != nil {
		return nil, fmt.Errorf("--traces: %w", err)
	}
	o.Traces = provider
	o.Log.Info("traces are exported", "share", f.TracesShare)
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), lastTraces)
		defer cancel()
		_ = provider.Shutdown(ctx) // which logs what is lost
	}, nil
}
