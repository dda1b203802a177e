// Package openapi is the description of the server's HTTP requests, in OpenAPI 3.1. It is
// written by hand; its tests compare it with the answers and the routes of a real server.
package openapi

import _ "embed"

// JSON is the description. The addresses in it are relative to its own, so that it is true
// below any path.
//
//go:embed openapi.json
var JSON []byte

// Admin is the description of the operator's port.
//
//go:embed admin.json
var Admin []byte
