package client_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"snug/client"
)

func TestACertificateThatIsNotTrustedIsNoServerThatIsAway(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	_, err := client.Join(t.Context(), server.URL, "lobby", client.Options{Nick: "ann"})
	if err == nil || !strings.Contains(err.Error(), "the certificate of "+server.URL+" isn't trusted on this machine") {
		t.Errorf("%v", err)
	}
}

// A redirect to another host would show it the seat and the password, and one to itself has no end.
func TestARedirectIsFollowedToTheSameHostOnly(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	for _, transport := range []client.Transport{client.WebSocket, client.HTTP} {
		for _, c := range []struct{ to, says string }{
			{s.URL, ""},
			{strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "a redirect to http://localhost:"},
			{"", "HTTP status 308, which isn't the answer of a Snug server"}, // to itself
		} {
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, c.to+r.URL.String(), http.StatusPermanentRedirect)
			}))
			room, err := client.Join(t.Context(), front.URL, "lobby", client.Options{Nick: "ann", Transport: transport})
			switch {
			case c.says != "":
				var refused *client.RefusedError
				if !errors.As(err, &refused) || refused.Status != http.StatusPermanentRedirect || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s to %q: %v", transport, c.to, err)
				}
			case err != nil:
				t.Errorf("%s to %q: %v", transport, c.to, err)
			default:
				_ = room.Close()
			}
			front.Close()
		}
	}
}
