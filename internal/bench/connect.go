package bench

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"snug/internal/endpoint"
	"snug/protocol"
)

// maxOpening is how many connections are opened at the same time. A server that answers
// slowly reduces the rate of connections.
const maxOpening = 256

var errNoSender = errors.New("no sender is connected")

// connect opens all connections, at the rate of the options. It returns the error of the
// first connection, because all others would fail in the same way, or that of ctx.
// Failures of other connections are counted.
func (r *run) connect(ctx context.Context) error {
	prefix := "bench-" + strings.ToLower(rand.Text()[:8])
	members := make([]*member, r.options.Rooms*r.options.Members)
	for i := range members {
		members[i] = r.newMember(i, prefix)
	}
	defer func() { r.members = members }()
	if err := members[0].open(ctx); err != nil {
		if from := members[0].from; from.IsValid() && errors.Is(err, syscall.EADDRNOTAVAIL) {
			return fmt.Errorf("--from: this machine doesn't have the address %s, or all its ports are in use: name one of its own", from)
		}
		if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" ||
			errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(tls.RecordHeaderError)) {
			return endpoint.Unreachable(members[0].dialer.server, err)
		}
		return fmt.Errorf("connect to %s: %w", r.options.Server, err)
	}
	r.openAll(ctx, members[1:])
	members = slices.DeleteFunc(members, func(m *member) bool { return m.conn == nil })
	if ctx.Err() != nil {
		return fmt.Errorf("connect: %w", context.Cause(ctx))
	}
	receivers := make(map[string]int64)
	for _, m := range members {
		if !m.stalled {
			receivers[m.code]++
		}
		if m.sender != nil {
			r.senders = append(r.senders, m.sender)
		}
	}
	for _, s := range r.senders {
		s.receivers = receivers[s.member.code]
	}
	if len(r.senders) == 0 {
		return errNoSender
	}
	return nil
}

// newMember returns member i of all. The first members of all rooms come before the
// second ones, and so on, so that all rooms fill at the same time.
func (r *run) newMember(i int, prefix string) *member {
	o := &r.options
	nick := []rune(o.Nick)
	m := &member{
		run:     r,
		dialer:  r.dialers[i/o.Rooms%len(r.dialers)],
		code:    prefix + "-" + strconv.Itoa(i%o.Rooms),
		nick:    string(nick[:min(len(nick), protocol.MaxNickChars-7)]) + "-" + strconv.Itoa(i),
		scanner: scanner{dialect: o.Dialect, sender: -1},
	}
	if len(o.From) > 0 {
		m.from = o.From[i%len(o.From)]
	}
	if i/o.Rooms < o.Senders {
		m.sender = newSender(m, i)
		if o.Dialect == protocol.Stream {
			m.scanner.dialect = protocol.V1
		}
	}
	m.stalled = i/o.Rooms >= o.Members-o.Stalled
	return m
}

// openAll opens the connections of members, and returns when all are open or have
// failed.
func (r *run) openAll(ctx context.Context, members []*member) {
	var running sync.WaitGroup
	defer running.Wait()
	free := make(chan struct{}, maxOpening)
	begin := time.Now()
	for i, m := range members {
		due := begin.Add(time.Duration(float64(i) / r.options.ConnectRate * float64(time.Second)))
		if !sleep(ctx, time.Until(due)) {
			return
		}
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return
		}
		running.Go(func() {
			defer func() { <-free }()
			if err := m.open(ctx); err != nil && ctx.Err() == nil {
				r.faults.add("not connected: " + faultKind(err))
			}
		})
		if report := r.options.Progress; report != nil && i%max(1, int(r.options.ConnectRate/10)) == 0 {
			report(Progress{Phase: Connecting, Done: float64(i + 1), Total: float64(len(members) + 1)})
		}
	}
}
