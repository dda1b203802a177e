// Package otlp exports traces to a collector, by OTLP over HTTP.
//
// A provider has one goroutine, which exports what has ended in batches. Nobody waits for it but
// Shutdown: spans that find its queue full are dropped and counted. A collector that is away,
// hangs or refuses costs traces and nothing else.
package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"snug/internal/version"
)

// Options configure a provider.
type Options struct {
	// URL is that of the collector. If it has no path, "/v1/traces" is added (OTLP/HTTP's default).
	URL string
	// Share is the share of traces that are sampled, from 0 to 1. Traces that have begun elsewhere are sampled
	// if they are there.
	Share float64
	// Instance tells this server from others of the same service; empty for no attribute.
	Instance string
	Log      *slog.Logger
}

// New returns a provider whose spans are exported. Its Shutdown exports what has ended, until its context
// ends. $OTEL_SERVICE_NAME and $OTEL_RESOURCE_ATTRIBUTES add to what the spans say of the server, and
// $OTEL_EXPORTER_OTLP_HEADERS and $OTEL_EXPORTER_OTLP_TRACES_HEADERS to what the collector is sent, as
// OpenTelemetry specifies them.
func New(o Options) (*trace.TracerProvider, error) {
	target, err := url.Parse(o.URL)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "" {
		return nil, fmt.Errorf("it is no URL such as http://127.0.0.1:4318")
	}
	if strings.Trim(target.Path, "/") == "" {
		target.Path = "/v1/traces"
	}
	header, err := headers()
	if err != nil {
		return nil, err
	}
	attributes := []attribute.KeyValue{semconv.ServiceName("snug"), semconv.ServiceVersion(strings.TrimPrefix(version.String(), "snug "))}
	if o.Instance != "" {
		attributes = append(attributes, semconv.ServiceInstanceID(o.Instance))
	}
	about, err := resource.New(context.Background(), resource.WithTelemetrySDK(), resource.WithAttributes(attributes...), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("$OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return trace.NewTracerProvider(
		trace.WithResource(about),
		trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(o.Share))),
		trace.WithSpanProcessor(newExporter(target.String(), header, o.Log)),
	), nil
}

// headers returns the headers that the environment names, as NAME=VALUE,… with values that are
// percent-encoded.
func headers() (http.Header, error) {
	h := http.Header{}
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		for pair := range strings.SplitSeq(os.Getenv(variable), ",") {
			if strings.TrimSpace(pair) == "" {
				continue
			}
			name, encoded, ok := strings.Cut(pair, "=")
			value, err := url.PathUnescape(strings.TrimSpace(encoded))
			if name = strings.TrimSpace(name); !ok || name == "" || err != nil {
				return nil, fmt.Errorf("$%s is no list such as name=value,name=value", variable)
			}
			h.Set(name, value)
		}
	}
	return h, nil
}
