//go:build unix

package test

import (
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"sync"
	"syscall"
	"testing"
	"time"

	"snug/internal/check"
)

func TestCheckFindsNothingAmidFaults(t *testing.T) {
	for name, http := range transports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkAmidFaults(t, http, 6*time.Second)
		})
	}
}

func TestSoakCheckFindsNothingAmidFaults(t *testing.T) {
	soak(t)
	for name, http := range transports {
		t.Run(name, func(t *testing.T) { checkAmidFaults(t, http, 3*time.Minute) })
	}
}

// transports are those of snug check, by name: whether it uses HTTP instead of WebSockets.
var transports = map[string]bool{"websocket": false, "http": true}

// enough calls test with longer and longer times until it reports that there was enough traffic,
// which may take a while on a busy machine.
func enough(t *testing.T, lasts time.Duration, test func(time.Duration) bool) {
	t.Helper()
	for !test(lasts) {
		if lasts *= 2; lasts > patience {
			t.Fatal("there was hardly any traffic to harm")
		}
	}
}

// checkAmidFaults runs snug check against a server that is killed and suspended in turn.
func checkAmidFaults(t *testing.T, http bool, lasts time.Duration) {
	enough(t, lasts, func(lasts time.Duration) bool { return checkedAmidFaults(t, http, lasts) })
}

// checkedAmidFaults reports whether there was enough traffic.
func checkedAmidFaults(t *testing.T, http bool, lasts time.Duration) bool {
	s := newSite(t, "--limits=off")
	p := s.startAtFixedAddress() // where check looks for it
	o := check.Defaults()
	o.Server, o.Nick, o.Clients, o.Duration, o.Rate, o.CutEvery = "http://"+s.address(), "judge", 8, lasts, 20, 2*time.Second
	o.HTTP = http
	done, outcome := startCheck(t, o)
	kills, stops := 0, 0
	for harming := true; harming; {
		select {
		case <-done:
			harming = false
			continue
		case <-time.After(500*time.Millisecond + rand.N(time.Second)):
		}
		if kills > stops {
			stops++
			p.signal(t, syscall.SIGSTOP)
			<-time.After(300 * time.Millisecond)
			p.signal(t, syscall.SIGCONT)
			continue
		}
		kills++
		p.kill9(t)
		p = s.start()
	}
	report := outcome()
	figure(t, "kill -9 and SIGSTOP by turns, judged by snug check over "+path.Base(t.Name()), kills+stops, "%d messages confirmed, %d deliveries, %d connections lost; lost %d, doubled %d, reordered %d, damaged %d, late %d",
		report.Confirmed, report.Delivered, report.Drops,
		report.Counts[check.Lost], report.Counts[check.Doubled], report.Counts[check.Reordered], report.Counts[check.Damaged], report.Counts[check.Late])
	return kills > 0 && report.Confirmed >= 50
}

// startCheck begins a run of snug check, which must find nothing. It returns once a message
// is confirmed: a server that is killed before it has answered would not be checked at all.
func startCheck(t *testing.T, o check.Options) (done <-chan struct{}, outcome func() check.Report) {
	o.Patience = patience
	busy := make(chan struct{})
	isBusy := sync.OnceFunc(func() { close(busy) })
	o.Progress = func(r check.Report) {
		if r.Confirmed > 0 {
			isBusy()
		}
	}
	var report check.Report
	var failed error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		report, failed = check.Run(t.Context(), o)
	}()
	select {
	case <-busy:
	case <-ended:
	}
	return ended, func() check.Report {
		<-ended
		if failed != nil || report.Faults() > 0 {
			t.Errorf("it finds %+v, %v", report, failed)
		}
		return report
	}
}

// Backups are made while snug check runs against a server, which is killed after some of
// them. Then snug check runs against a server on the last backup, in another place.
func TestBackupsHarmNothing(t *testing.T) {
	t.Parallel()
	enough(t, 5*time.Second, func(lasts time.Duration) bool { return backUpAmidFaults(t, lasts) })
}

// backUpAmidFaults reports whether there were enough backups and messages.
func backUpAmidFaults(t *testing.T, lasts time.Duration) bool {
	s := newSite(t, "--limits=off", "--admin=127.0.0.1:0")
	p := s.startAtFixedAddress()
	o := check.Defaults()
	o.Server, o.Nick, o.Clients, o.Duration, o.Rate, o.CutEvery = "http://"+s.address(), "judge", 6, lasts, 20, 2*time.Second
	done, outcome := startCheck(t, o)
	backups := 0
	var backup []byte
	for copying := true; copying; {
		select {
		case <-done:
			copying = false
			continue
		case <-time.After(200 * time.Millisecond):
		}
		status, body := ask(t, "POST", p.operator(t)+"/backup", "")
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		backup = body
		if backups++; backups%3 == 0 {
			p.kill9(t)
			p = s.start()
		}
	}
	if report := outcome(); backups < 4 || report.Confirmed < 50 {
		t.Logf("there were %d backups and %d messages", backups, report.Confirmed)
		return false
	}

	restored := newSite(t, "--limits=off")
	if err := os.WriteFile(restored.file, backup, 0o600); err != nil {
		t.Fatal(err)
	}
	restored.start()
	o.Server = "http://" + restored.address()
	_, outcome = startCheck(t, o)
	outcome()
	return true
}
