// Echobot says again what it is told. To try it, start the server with
//
//	--outgoing-hooks=private
//
// which lets it deliver to this machine. Make an outgoing hook that leads to the bot:
//
//	snug hook room1 --name Echo --events mentions --to http://localhost:9000/
//
// This prints a URL and then a secret. Start the bot with the secret, and say "@Echo hello":
//
//	LISTEN=127.0.0.1:9000 SECRET=whsec_… go run ./examples/echobot
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	if err := run(os.Getenv("LISTEN"), os.Getenv("SECRET")); err != nil {
		fmt.Fprintln(os.Stderr, "echobot:", err)
		os.Exit(1)
	}
}

// run answers what is posted to an address, until that fails.
func run(address, secret string) error {
	if address == "" || secret == "" {
		return errors.New("set LISTEN to an address, such as 127.0.0.1:9000, and SECRET to the secret that snug hook has printed")
	}
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return fmt.Errorf("SECRET: %w", err)
	}
	answer := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil || webhook.Verify(body, r.Header) != nil {
			http.Error(w, "not signed by the server", http.StatusUnauthorized)
			return
		}
		var event struct{ Content string }
		if json.Unmarshal(body, &event) == nil && event.Content != "" {
			_ = json.NewEncoder(w).Encode(map[string]string{"content": "You said: " + event.Content})
		}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("LISTEN: %w", err)
	}
	fmt.Fprintf(os.Stderr, "echobot listens on http://%s/\n", l.Addr())
	server := &http.Server{Handler: http.HandlerFunc(answer), ReadTimeout: time.Minute}
	return server.Serve(l)
}
