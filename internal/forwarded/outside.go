package forwarded

import "net/http"

// Outside is what the server knows about how clients reach it.
type Outside struct {
	Proxies          // in front of the server
	Public  Location // where people reach it, as its operator says; zero if that is unknown
}

// Base returns the URL of the server's own root, with a slash at its end: the public one or, if that is
// unknown, the one by which r's client has reached it. route is as in [Location.Base].
func (o Outside) Base(r *http.Request, route string) string {
	if o.Public != (Location{}) {
		return o.Public.URL()
	}
	return o.Location(r).Base(route)
}

// Origins returns the origins of the server's own pages for r's client, as [CanonicalOrigin] does:
// that by which r has come, and the public one, which a proxy may hide.
func (o Outside) Origins(r *http.Request) []string {
	own := []string{o.Location(r).Origin()}
	if o.Public != (Location{}) && o.Public.Origin() != own[0] {
		own = append(own, o.Public.Origin())
	}
	return own
}
