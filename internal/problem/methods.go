package problem

import (
	"net/http"
	"strings"
)

// Methods returns with which of GET, HEAD and POST mux has something at r's address, other than at "/".
func Methods(mux *http.ServeMux, r *http.Request) (has []string) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != "/" && pattern != "" {
			has = append(has, method)
		}
	}
	return has
}

// WriteMethods answers a request with a method that its address doesn't take, which takes those that are given (RFC 9110,
// section 15.5.6).
func WriteMethods(w http.ResponseWriter, allow []string) {
	methods := strings.Join(allow, ", ")
	w.Header().Set("Allow", methods)
	Write(w, http.StatusMethodNotAllowed, "this address takes "+methods)
}
