// Package collector is an OpenTelemetry collector for tests: it takes traces by OTLP over HTTP, and
// shows what it was sent.
package collector

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// patience bounds a wait.
const patience = 3 * time.Minute

// Span is one span.
type Span struct {
	Name, Trace, ID, Parent string
	Attributes, Resource    map[string]string
	Failed, Server          bool
	Began, Ended            uint64 // in nanoseconds
}

// Collector is a running collector. Its methods are safe for concurrent use.
type Collector struct {
	URL string

	mu      sync.Mutex
	spans   []Span
	raw     bytes.Buffer // what was sent, decompressed
	header  http.Header  // of the last request
	changed chan struct{}
}

// Start starts a collector, which ends with the test. before, if it isn't nil, sees each request first, and
// takes it on itself to answer those for which it returns true.
func Start(t *testing.T, before func(http.ResponseWriter, *http.Request) bool) *Collector {
	t.Helper()
	c := &Collector{changed: make(chan struct{})}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before != nil && before(w, r) {
			return
		}
		if err := c.take(r); err != nil {
			t.Errorf("an export can't be read: %v", err)
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(s.Close)
	c.URL = s.URL
	return c
}

func (c *Collector) take(r *http.Request) error {
	if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		return fmt.Errorf("%s with %q", r.URL.Path, r.Header.Get("Content-Type"))
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	var data tracepb.TracesData // has the fields of an ExportTraceServiceRequest
	if err := proto.Unmarshal(raw, &data); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(raw)
	c.header = r.Header.Clone()
	for _, resource := range data.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, Span{
					Name: s.GetName(), Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()), Parent: hex.EncodeToString(s.GetParentSpanId()),
					Attributes: attributes(s.GetAttributes()), Resource: attributes(resource.GetResource().GetAttributes()),
					Failed: s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR, Server: s.GetKind() == tracepb.Span_SPAN_KIND_SERVER,
					Began: s.GetStartTimeUnixNano(), Ended: s.GetEndTimeUnixNano(),
				})
			}
		}
	}
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}

func attributes(all []*commonpb.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range all {
		switch v := a.GetValue().GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			m[a.GetKey()] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			m[a.GetKey()] = strconv.FormatInt(v.IntValue, 10)
		default:
			m[a.GetKey()] = a.GetValue().String()
		}
	}
	return m
}

// Wait waits until the spans that have come are what the test waits for, and returns them.
func (c *Collector) Wait(t *testing.T, what string, enough func([]Span) bool) []Span {
	t.Helper()
	end := time.After(patience)
	for {
		c.mu.Lock()
		spans, changed := slices.Clone(c.spans), c.changed
		c.mu.Unlock()
		if enough(spans) {
			return spans
		}
		select {
		case <-changed:
		case <-end:
			t.Fatalf("%s has not come within %v; there are %+v", what, patience, spans)
		}
	}
}

// Spans returns the spans that have come.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// Raw returns all that was sent, decompressed.
func (c *Collector) Raw() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

// Header returns the header of the last export.
func (c *Collector) Header() http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.header
}
