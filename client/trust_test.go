package client_test

import (
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
