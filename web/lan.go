package web

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"snug/internal/ownaddr"
)

// lanName is the name, below the page's path, of the answer that tells a browser on the
// server's own machine by which address others reach it: a link to localhost is of no
// use to them.
const lanName = "lan.json"

// lanTimeout bounds the attempt to connect to an own address.
const lanTimeout = 500 * time.Millisecond

// serveLAN answers {"host": "192.168.1.5:8080"}, or {} if this server can't be reached
// from other machines, or if the request came from another machine or through a proxy.
// It connects to own addresses only, and waits for at most lanTimeout.
func serveLAN(w http.ResponseWriter, r *http.Request) {
	var answer struct {
		Host string `json:"host,omitempty"`
	}
	direct := r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == "" && r.Header.Get("Via") == ""
	if direct && isLoopback(r.RemoteAddr) && isLoopback(r.Host) && r.TLS == nil { // a certificate names no such address
		answer.Host = lanHost(r)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(answer) // the client may be gone
}

// lanHost returns this machine's address on its network, as the server's greeting has
// it, with the port of the request's connection, if something accepts connections
// there; otherwise "".
func lanHost(r *http.Request) string {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return ""
	}
	addr, ok := ownaddr.Default()
	if !ok {
		return ""
	}
	host := net.JoinHostPort(addr.String(), strconv.Itoa(local.Port))
	ctx, cancel := context.WithTimeout(r.Context(), lanTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return ""
	}
	_ = conn.Close() // it was only to see whether there is one
	return host
}

// isLoopback reports whether a host, with or without a port, is this machine by a name
// or address that no other machine has for it.
func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
