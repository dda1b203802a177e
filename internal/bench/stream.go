package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"snug/internal/eventstream"
	"snug/protocol"
)

var errLongEvent = errors.New("an event of the stream has no end")

// openStream joins room code as nick with a request whose response is a stream of events. early is what came
// directly after the response's head.
func (d *dialer) openStream(ctx context.Context, conn net.Conn, code string, join []byte) (early []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.server.RoomAPI(code, "events").String(), bytes.NewReader(join))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(io.LimitReader(conn, maxAnswer), 1<<10)
	resp, err := http.ReadResponse(in, req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, refusal(resp)
	case resp.Header.Get("Content-Type") != eventstream.ContentType || len(resp.TransferEncoding) > 0:
		return nil, fmt.Errorf("the answer isn't a stream of Snug's: Content-Type %q, Transfer-Encoding %q", resp.Header.Get("Content-Type"), resp.TransferEncoding)
	}
	early = make([]byte, in.Buffered())
	_, err = io.ReadFull(in, early)
	return early, err
}

// encodeJoin returns the command that joins without history.
func (m *member) encodeJoin() ([]byte, error) {
	none := 0
	join, err := json.Marshal(protocol.Command{Type: protocol.CommandJoin, Nick: m.nick, Token: m.run.options.Token, History: &none})
	if err != nil {
		return nil, fmt.Errorf("write the join: %w", err)
	}
	return join, nil
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
