package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"snug/internal/eventstream"
)

var errLongEvent = errors.New("an event of the stream has no end")

// openStream joins room code with a request whose response is a stream of events. early is
// what came directly after the head of the response.
func (d *dialer) openStream(ctx context.Context, conn net.Conn, code string, join []byte) (early []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.server.RoomAPI(code, "events").String(), bytes.NewReader(join))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	return exchange(conn, req, checkStream)
}

// checkStream returns an error unless a response is a stream that ends with its connection.
func checkStream(resp *http.Response) error {
	typ := resp.Header.Get("Content-Type")
	switch {
	case resp.StatusCode != http.StatusOK:
		return refusal(resp)
	case typ != eventstream.ContentType || len(resp.TransferEncoding) > 0:
		return fmt.Errorf("the answer isn't a stream of Snug's: Content-Type %q, Transfer-Encoding %q", typ, resp.TransferEncoding)
	}
	return nil
}

// scanStream is scan for a stream of events: an empty line ends each (HTML Standard, section 9.2).
func (s *scanner) scanStream(data []byte, now int64, shard *counterShard) (used, next int, err error) {
	for {
		size := bytes.Index(data[used:], []byte("\n\n"))
		if size < 0 {
			if len(data)-used > maxFrame {
				return used, 0, errLongEvent
			}
			return used, len(data) - used + 1, nil
		}
		event := data[used : used+size]
		used += size + len("\n\n")
		if _, message, ok := bytes.Cut(event, []byte("data: ")); ok {
			if stamp, ok := s.delivery(message); ok {
				s.count(stamp, now, shard)
			}
		}
	}
}
