package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"snug/client"
	"snug/protocol"
)

func texts(t *testing.T, found protocol.Search) string {
	t.Helper()
	var all []string
	for i := range found.Events {
		m, err := found.Events[i].Message()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m.Content)
	}
	return strings.Join(all, "|")
}

// searchFor finds n messages, or all. A server that has looked for long enough, such as on a busy machine, has found
// fewer than were asked for, and says where to go on.
func searchFor(n int, q client.Query, search func(client.Query) (protocol.Search, error)) (protocol.Search, error) {
	q.Limit = n
	found, err := search(q)
	for err == nil && found.More && len(found.Events) < n {
		before := found.Events
		q.Before, q.Limit = found.Next, n-len(before)
		found, err = search(q)
		found.Events = append(before, found.Events...)
	}
	return found, err
}

func TestARoomIsSearched(t *testing.T) {
	t.Parallel()
	for _, transport := range []client.Transport{client.WebSocket, client.HTTP} {
		s := startServer(t, "sqlite:", owned)
		ann := join(t, s.Addr, client.Options{Nick: "ann", Transport: transport})
		for i := range 5 {
			say(t, ann, fmt.Sprint("cup of tea ", i))
		}
		search := func(q client.Query) (protocol.Search, error) { return ann.Search(t.Context(), q) }
		found, err := searchFor(3, client.Query{Text: `tea from:ann "cup of"`}, search)
		if err != nil || texts(t, found) != "cup of tea 4|cup of tea 3|cup of tea 2" || !found.More {
			t.Fatalf("found %+v, %v", found, err)
		}
		found, err = searchFor(3, client.Query{Text: "tea", Before: found.Next}, search)
		if err != nil || texts(t, found) != "cup of tea 1|cup of tea 0" || found.More {
			t.Errorf("then %+v, %v", found, err)
		}
		if found, err := ann.Search(t.Context(), client.Query{}); err != nil || len(found.Events) != 0 {
			t.Errorf("nothing finds %+v, %v", found, err)
		}
		if _, err := ann.Search(t.Context(), client.Query{Text: strings.Repeat("x", 257)}); !code(protocol.TooLong)(err) {
			t.Errorf("a long query: %v", err)
		}
		if _, err := ann.Search(t.Context(), client.Query{Text: "\xff"}); !code(protocol.BadField)(err) {
			t.Errorf("a query that isn't UTF-8: %v", err)
		}
		found, err = client.Search(t.Context(), s.Addr, "lobby", client.Query{Text: "tea", Limit: 1}, client.Options{})
		if err != nil || texts(t, found) != "cup of tea 4" || found.Epoch == "" {
			t.Errorf("from outside %+v, %v", found, err)
		}
		if err := ann.Set(t.Context(), client.Change{Password: new("sesame")}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Search(t.Context(), s.Addr, "lobby", client.Query{Text: "tea"}, client.Options{}); !code(protocol.BadPassword)(err) {
			t.Errorf("without the password: %v", err)
		}
		for _, o := range []client.Options{{Password: "sesame"}, {Seat: ann.Seat()}} {
			search := func(q client.Query) (protocol.Search, error) {
				return client.Search(t.Context(), s.Addr, "lobby", q, o)
			}
			if found, err := searchFor(6, client.Query{Text: "tea"}, search); err != nil || len(found.Events) != 5 {
				t.Errorf("with %+v: %+v, %v", o, found, err)
			}
		}
		if _, err := client.Search(t.Context(), s.Addr, "", client.Query{Text: "tea"}, client.Options{}); err == nil {
			t.Error("a room without a code is searched")
		}
	}
}

// A search that took too long isn't asked again, and one that came too early is.
func TestASearchThatTookTooLongIsAnError(t *testing.T) {
	t.Parallel()
	tries := 0
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		for c := f.hear(); c.Type != ""; c = f.hear() {
			if c.Type != protocol.CommandSearch {
				continue
			}
			e := protocol.Errorf(protocol.Unavailable, "too long")
			if tries++; tries == 1 {
				e = protocol.Errorf(protocol.RateLimited, "too fast")
				e.RetryAfter = time.Millisecond
			}
			e.Ref = c.Ref
			f.say(protocol.AppendError(nil, e))
		}
	})
	r := join(t, addr, client.Options{})
	if _, err := r.Search(t.Context(), client.Query{Text: "tea"}); !code(protocol.Unavailable)(err) || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// Whoever reads all pages would ask such a server for ever.
func TestASearchThatGoesInACircleIsAnError(t *testing.T) {
	t.Parallel()
	found := protocol.Search{Events: []protocol.Event{logged(5, "m1", "a", "tea")}, More: true, Next: 5}
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		for c := f.hear(); c.Type != ""; c = f.hear() {
			if c.Type == protocol.CommandSearch {
				found.Ref = c.Ref
				f.event(protocol.EventSearch, found)
			}
		}
	})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(found)
	}))
	defer web.Close()
	r := join(t, addr, client.Options{})
	for name, search := range map[string]func(client.Query) (protocol.Search, error){
		"a member's": func(q client.Query) (protocol.Search, error) { return r.Search(t.Context(), q) },
		"a reader's": func(q client.Query) (protocol.Search, error) {
			return client.Search(t.Context(), web.URL, "lobby", q, client.Options{})
		},
	} {
		if found, err := search(client.Query{Text: "tea", Before: 6}); err != nil || found.Next != 5 {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		if _, err := search(client.Query{Text: "tea", Before: 5}); err == nil {
			t.Errorf("%s: the page before 5 says that the next one is before 5", name)
		}
	}
}
