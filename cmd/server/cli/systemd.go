package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"snug/internal/listener"
)

// notify tells systemd the server's state (sd_notify(3)). It does nothing when systemd hasn't started the server.
func notify(state string, log *slog.Logger) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("systemd can't be told the server's state", "state", state, "err", err)
	}
}

// feedWatchdog tells systemd until ctx ends that the server works, if the unit has a WatchdogSec. It says
// nothing while alive returns an error or doesn't return; systemd then restarts the server.
func feedWatchdog(ctx context.Context, alive func() error, log *slog.Logger) {
	patience, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog is not fed", "err", err)
	}
	if err != nil || patience == 0 {
		return
	}
	feed := time.NewTicker(patience / 3)
	defer feed.Stop()
	for {
		if err := alive(); err != nil {
			log.Error("the server doesn't work: systemd's watchdog will restart it", "err", err)
		} else {
			notify(daemon.SdNotifyWatchdog, log)
		}
		select {
		case <-ctx.Done():
			return
		case <-feed.C:
		}
	}
}

// passedSockets are the listeners that systemd has passed to the server (sd_listen_fds(3)), by their flag.
type passedSockets map[string]net.Listener

// takeSockets takes the sockets that systemd has passed. One with the name "http" or "admin"
// (FileDescriptorName=) takes the place of --http-addr or --admin, and the other one that of --addr.
func takeSockets() (passedSockets, error) {
	byName, err := activation.ListenersWithNames()
	if err != nil {
		return nil, fmt.Errorf("the sockets that systemd has passed: %w", err)
	}
	return byFlag(byName)
}

// byFlag returns listeners by their flag.
func byFlag(byName map[string][]net.Listener) (passedSockets, error) {
	passed := make(passedSockets)
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		flag := map[string]string{"http": "--http-addr", "admin": "--admin"}[name]
		if flag == "" {
			flag = "--addr"
		}
		for _, l := range byName[name] {
			if passed[flag] != nil {
				return nil, fmt.Errorf("systemd has passed two sockets for %s: name others http or admin, by FileDescriptorName=", flag)
			}
			passed[flag] = listener.Local(l)
		}
	}
	return passed, nil
}

// listen returns the socket that was passed for a flag, or listens at addr.
func (p passedSockets) listen(flag, addr string) (net.Listener, error) {
	if l := p[flag]; l != nil {
		delete(p, flag)
		return l, nil
	}
	return listener.Listen(flag, addr)
}

// unused returns an error if a socket that was passed isn't listened on.
func (p passedSockets) unused() error {
	var errs []error
	for _, flag := range slices.Sorted(maps.Keys(p)) {
		errs = append(errs, fmt.Errorf("systemd has passed a socket for %s, which isn't set: set it, too", flag), p[flag].Close())
	}
	return errors.Join(errs...)
}
