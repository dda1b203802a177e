package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/mattn/go-isatty"

	"snug"
	"snug/internal/listener"
)

// stopWithin bounds how long a server takes to stop.
const stopWithin = 8 * time.Second

// lastAnswers bounds how long the last answers take to be written. Connections that have
// sent no request yet are waited for, too.
const lastAnswers = time.Second

// run serves until a signal comes or the server fails.
func run(f *flags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	// Without this, a line of the log or of the greeting would end the process once nobody reads them
	// any more.
	signal.Ignore(syscall.SIGPIPE)
	secret, err := f.adminSecret()
	if err != nil {
		return fmt.Errorf("--admin-secret-file: %w", err)
	}

	limitMemory(o.Log)
	stopTracing, err := f.trace(&o)
	if err != nil {
		return err
	}
	defer stopTracing() // what comes before is traced
	sockets, err := takeSockets()
	if err != nil {
		return err
	}
	listen, err := f.listen(sockets, o.Log)
	if err != nil {
		return err
	}

	// The addresses first: a server that can't listen should not touch a journal.
	front, err := listener.Open(listener.Options{
		Addr: f.Addr, HTTPAddr: f.HTTPAddr, Listen: listen,
		CertFile: f.TLSCert, KeyFile: f.TLSKey,
		Domains: f.Domain, CertCache: f.CertCache, Directory: f.ACMEDirectory,
		Log: o.Log,
	})
	if err != nil {
		return err
	}
	defer front.Close()
	var adminListener net.Listener
	if f.Admin != "" {
		if adminListener, err = listenAdmin(front.Beside(sockets.listen), f.Admin, secret); err != nil {
			return err
		}
		defer adminListener.Close()
	}
	if err := sockets.unused(); err != nil {
		return err
	}
	server, err := snug.New(context.Background(), o)
	if err != nil {
		return err
	}
	// Not earlier: an interrupted start leaves nothing to clean up, and checking a large
	// log takes a while.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP)
	}
	served := make(chan error, 2)
	go func() { served <- front.Serve(server) }()
	admin := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, // the response may take long: it can be a backup
		IdleTimeout:       2 * time.Minute,  // longer than between two scrapes of Prometheus
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	if adminListener != nil {
		admin.Handler = server.Admin(secret)
		go func() { served <- admin.Serve(adminListener) }()
		o.Log.Info("the operator's port is open", "addr", adminListener.Addr().String())
	}
	greet(f, front)
	notify(daemon.SdNotifyReady, o.Log)
	watched, unwatch := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() { feedWatchdog(watched, server.Alive, o.Log) })
	err = wait(server, served, signals, o.Log)
	notify(daemon.SdNotifyStopping, o.Log)
	unwatch()
	watching.Wait()

	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	front.StopAccepting()
	if stopErr := server.Shutdown(ctx); errors.Is(stopErr, context.DeadlineExceeded) {
		o.Log.Warn("some clients were too slow to be told goodbye")
	} else {
		err = errors.Join(err, stopErr)
	}
	writing, written := context.WithTimeout(ctx, lastAnswers)
	defer written()
	front.Finish(writing)
	front.Close()
	err = errors.Join(err, admin.Close()) // last: until then it says that the server isn't ready
	o.Log.Info("stopped")
	return err
}

// wait returns nil when a signal asks the server to stop, or why the server can't continue.
func wait(server *snug.Server, served <-chan error, signals <-chan os.Signal, log *slog.Logger) error {
	for {
		select {
		case err := <-served:
			return err
		case err := <-server.Ended(): // it must be restarted
			return err
		case s := <-signals:
			if s == syscall.SIGHUP && !isatty.IsTerminal(os.Stderr.Fd()) {
				log.Info("SIGHUP is ignored: certificates are reloaded when they change, and everything else needs a restart")
				continue
			}
			log.Info("stopping; the same signal again stops immediately", "signal", s.String())
			go func() {
				<-signals
				os.Exit(1)
			}()
			return nil
		}
	}
}

// limitMemory makes the garbage collector keep to nine tenths of the memory that the cgroup allows. $GOMEMLIMIT
// has precedence.
func limitMemory(log *slog.Logger) {
	limit, err := memlimit.Set()
	switch {
	case err != nil && (errors.Is(err, memlimit.ErrCgroupsNotSupported) || !cgroupsAreMounted()): // there is nothing to be read
	case err != nil:
		log.Warn("the memory that the cgroup allows is unknown: set $GOMEMLIMIT", "err", err)
	case limit < math.MaxInt64:
		log.Info("memory is limited", "bytes", limit)
	}
}

// cgroupsAreMounted reports whether anything is where cgroups are mounted (cgroups(7)). In a chroot, nothing may be.
func cgroupsAreMounted() bool {
	all, err := os.ReadDir("/sys/fs/cgroup")
	return err == nil && len(all) > 0
}
