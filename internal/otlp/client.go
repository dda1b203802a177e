package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"snug/internal/outbound"
	"snug/internal/retryafter"
)

const (
	// attemptWithin bounds one request to the collector.
	attemptWithin = 5 * time.Second
	// giveUpAfter is how long a batch is tried.
	giveUpAfter = time.Minute
	// firstPause is the pause after a first failure. It doubles with each further one, up to lastPause.
	firstPause, lastPause = 250 * time.Millisecond, 16 * time.Second
	// answerBytes bounds what is read of an answer.
	answerBytes = 64 << 10
)

func newClient() *http.Client {
	return &http.Client{
		Timeout:   attemptWithin,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the operator has named the address
		},
	}
}

// Start implements [otlptrace.Client].
func (*exporter) Start(context.Context) error { return nil }

// Stop implements [otlptrace.Client].
func (*exporter) Stop(context.Context) error { return nil }

// UploadTraces implements [otlptrace.Client]. It tries again until ctx ends or the exporter stops, if that
// may help.
func (e *exporter) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// TracesData is encoded as an ExportTraceServiceRequest, whose package would bring gRPC with it.
	message, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	_, err = z.Write(message)
	if err = errors.Join(err, z.Close()); err != nil {
		return err
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		wait, err := e.post(ctx, body.Bytes())
		if err == nil || wait < 0 {
			return err
		}
		e.noteFailure(err)
		select {
		case <-time.After(max(wait, pause)):
		case <-e.stopping:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

// post sends a body once. After an error, wait is how long to wait at least before trying again; negative if that
// is of no use.
func (e *exporter) post(ctx context.Context, body []byte) (wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return -1, err
	}
	r.Header = e.header.Clone()
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("Content-Encoding", "gzip")
	answer, err := e.http.Do(r)
	if err != nil {
		return 0, errors.New(outbound.Reason(err)) // without the URL, which may contain a key
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, answerBytes) // so that the connection can be used again
	if answer.StatusCode/100 == 2 {
		return 0, nil
	}
	err = fmt.Errorf("the collector answers %s", answer.Status)
	// Those after which OTLP permits another attempt.
	if !slices.Contains([]int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, answer.StatusCode) {
		return -1, err
	}
	return retryafter.Read(answer.Header, time.Now()), err
}
