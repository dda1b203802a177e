package check

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// busy returns the options of a short check.
func busy(t testing.TB, url string) Options {
	o := Defaults()
	o.Server, o.Duration, o.Rate, o.CutEvery = url, 700*time.Millisecond, 40, 200*time.Millisecond
	o.HTTP = overHTTP(t)
	o.Late = 30 * time.Second // a busy machine isn't a finding
	return o
}

// longest is how long a check is that shows what it is to show on any machine.
const longest = time.Minute

// judge runs a check, which must come to a verdict. On a busy machine a short one may show
// nothing: then it runs a longer one, until a message is confirmed and shown returns true. A
// nil one always does.
func judge(t *testing.T, o Options, shown func(Report) bool) Report {
	t.Helper()
	report, err := Run(t.Context(), o)
	for o.Duration < longest && (report.Confirmed == 0 || err == nil && shown != nil && !shown(report)) {
		o.Duration *= 2
		report, err = Run(t.Context(), o)
	}
	if err != nil {
		t.Fatalf("no verdict: %v", err)
	}
	if report.Confirmed == 0 || report.Delivered < report.Confirmed {
		t.Errorf("hardly any message was sent: %+v", report)
	}
	return report
}

// finds checks how many findings of each kind there are.
func finds(t *testing.T, r Report, want counts) {
	t.Helper()
	for _, f := range r.Findings {
		t.Log(f.Kind, f.Text)
	}
	for kind := range kinds {
		if r.Counts[kind] != want[kind] {
			t.Errorf("%v: %d, want %d", kind, r.Counts[kind], want[kind])
		}
	}
}

type counts = [kinds]uint64
