package httpapi

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"time"

	"snug/internal/problem"
)

// addProfiles adds /debug/pprof/, for `go tool pprof` and `go tool trace`. It doesn't use
// net/http/pprof: importing that package registers the profiles in http.DefaultServeMux, which a
// program that embeds the server may serve to everyone.
func addProfiles(mux *http.ServeMux) {
	mux.HandleFunc("GET /debug/pprof/{$}", listProfiles)
	mux.HandleFunc("GET /debug/pprof/{name}", profile)
	mux.HandleFunc("GET /debug/pprof/profile", func(w http.ResponseWriter, r *http.Request) {
		during(w, r, 30*time.Second, func() error { return pprof.StartCPUProfile(w) }, pprof.StopCPUProfile)
	})
	mux.HandleFunc("GET /debug/pprof/trace", func(w http.ResponseWriter, r *http.Request) {
		during(w, r, time.Second, func() error { return trace.Start(w) }, trace.Stop)
	})
}

func listProfiles(w http.ResponseWriter, _ *http.Request) {
	var list strings.Builder
	for _, p := range pprof.Profiles() {
		fmt.Fprintf(&list, "%-14s %d\n", p.Name(), p.Count())
	}
	list.WriteString("profile        CPU, for ?seconds=30\ntrace          for ?seconds=1\n")
	say(w, list.String())
}

func profile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	p := pprof.Lookup(name)
	if p == nil {
		problem.Write(w, http.StatusNotFound, fmt.Sprintf("there is no profile %q: /debug/pprof/ lists them", name))
		return
	}
	debug, err := number(r, "debug", 0)
	if err != nil {
		problem.Write(w, http.StatusBadRequest, err.Error())
		return
	}
	if r.FormValue("gc") != "" { // as in net/http/pprof: only live objects
		runtime.GC()
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if debug > 0 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	_ = p.WriteTo(w, debug) // the client may be gone
}

// during records the process for as long as the request says.
func during(w http.ResponseWriter, r *http.Request, usual time.Duration, start func() error, stop func()) {
	const most = 120
	seconds, err := number(r, "seconds", int(usual/time.Second))
	if err == nil && (seconds < 1 || seconds > most) {
		err = fmt.Errorf("seconds is %d: it must be a number from 1 to %d", seconds, most)
	}
	if err != nil {
		problem.Write(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := start(); err != nil { // the only error is that it runs already
		problem.Write(w, http.StatusConflict, err.Error())
		return
	}
	defer stop()
	end := time.NewTimer(time.Duration(seconds) * time.Second)
	defer end.Stop()
	select {
	case <-end.C:
	case <-r.Context().Done():
	}
}

// number reads a parameter.
func number(r *http.Request, name string, otherwise int) (int, error) {
	text := r.FormValue(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s is %q: it must be a number", name, text)
	}
	return n, nil
}
