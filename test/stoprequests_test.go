package test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A server that is stopped answers every request that it has accepted: what got no answer
// was not stored.
func TestAStoppedServerHasAnsweredWhatItStored(t *testing.T) {
	const publishers = 20
	s := newSite(t, "--limits=off")
	p := s.startAtFixedAddress()
	stored, lost := map[string]bool{}, map[string]bool{} // by key
	var mu sync.Mutex
	var publishing sync.WaitGroup
	enough := make(chan struct{}, 1000)
	for n := range publishers {
		// A new connection each: on one that is used again, the end may cross a request.
		web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		publishing.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d-%d", n, i)
				resp, err := web.Post("http://"+s.address()+"/r/room1", "text/plain", strings.NewReader(key))
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
				mu.Lock()
				lost[key] = err != nil
				stored[key] = err == nil && resp.StatusCode == http.StatusCreated
				mu.Unlock()
				if err != nil || resp.StatusCode != http.StatusCreated {
					return // it is stopping
				}
				select {
				case enough <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 10 * publishers {
		<-enough
	}
	p.signal(t, syscall.SIGTERM)
	p.wait(t)
	publishing.Wait()
	s.start()
	seen, err := s.read(within(t), "room1")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]int{}
	for _, e := range seen {
		there[e.Content]++
	}
	for key := range stored {
		if n := there[key]; stored[key] && n != 1 || lost[key] && n != 0 {
			t.Errorf("%s was confirmed: %v, got no answer: %v, and is there %d times", key, stored[key], lost[key], n)
		}
	}
}
