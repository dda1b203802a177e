package test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Where no time zones are installed, TZ would otherwise mean UTC, without a word.
func TestTZWorksWhereNoTimeZonesAreInstalled(t *testing.T) {
	line := without(t, "machines without time zones", "[ ! -d /usr/share/zoneinfo ] || mount -t tmpfs tmpfs /usr/share/zoneinfo")
	const zone = "Asia/Kathmandu" // which is 5:45 ahead of UTC
	kathmandu, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.start()
	status, body := linkClient{t, "tea"}.post(s, "", "what time is it?")
	var said struct{ At time.Time }
	if err := json.Unmarshal([]byte(body), &said); err != nil || said.At.IsZero() {
		t.Fatalf("%d %s", status, body)
	}
	line = append(line, snugProgram, "tail", "--count=1", fmt.Sprintf("http://%s/r/tea", s.address()))
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = environment("TZ="+zone, "GOROOT=/nowhere", "XDG_CONFIG_HOME="+t.TempDir())
	out, err := cmd.Output()
	if want := said.At.In(kathmandu).Format("15:04"); err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("with TZ=%s it prints %q, %v; want it to begin with %s", zone, out, err, want)
	}
}
