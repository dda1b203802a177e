// Echobot says again what it is told. Make an outgoing hook that leads to it:
//
//	snug hook room1 --name Echo --events mentions --to http://localhost:9000/
//
// and start it with the secret that this prints:
//
//	LISTEN=127.0.0.1:9000 SECRET=whsec_… go run ./examples/echobot
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	webhook, err := standardwebhooks.NewWebhook(os.Getenv("SECRET"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "SECRET:", err)
		os.Exit(1)
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
	server := &http.Server{Addr: os.Getenv("LISTEN"), Handler: http.HandlerFunc(answer), ReadTimeout: time.Minute}
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
}
