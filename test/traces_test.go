package test

import (
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"snug/internal/servertest/collector"
)

// sayOverHTTP says something in a room.
func (s *site) sayOverHTTP(room, text string) {
	s.t.Helper()
	answer, err := http.Post("http://"+s.address()+"/r/"+room, "text/plain", strings.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		s.t.Errorf("a message is answered %s", answer.Status)
	}
}

func TestAServerThatStopsHasExportedItsTraces(t *testing.T) {
	t.Parallel()
	c := collector.Start(t, nil)
	s := newSite(t, "--traces="+c.URL, "--traces-share=1")
	p := s.start()
	s.sayOverHTTP("room1", "hello")
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 {
		t.Errorf("it has ended with %d:\n%s", status, p.err.String())
	}
	for _, name := range []string{"POST /r/{code}", "journal append", "journal commit", "room deliver"} {
		if !slices.ContainsFunc(c.Spans(), func(s collector.Span) bool { return s.Name == name && s.Resource["service.name"] == "snug" }) {
			t.Errorf("there is no span %q: %+v", name, c.Spans())
		}
	}
}

// A collector that takes connections and never answers delays neither messages nor the end.
func TestACollectorThatHangsDelaysNothing(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	arrived := make(chan struct{}, 1000)
	c := collector.Start(t, func(http.ResponseWriter, *http.Request) bool {
		arrived <- struct{}{}
		<-release
		return true
	})
	s := newSite(t, "--traces="+c.URL, "--traces-share=1")
	p := s.start()
	s.sayOverHTTP("room1", "hello")
	<-arrived
	s.sayOverHTTP("room1", "hello again")
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 || !strings.Contains(p.err.String(), "traces were lost") { // within its bound: it isn't released before
		t.Errorf("it has ended with %d:\n%s", status, p.err.String())
	}
}
