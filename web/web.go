// Package web is the page that people chat in: it embeds the bundle that make
// page writes to dist/, and serves it. Its source is beside it; client.ts is the
// protocol client, src/ the page.
//
// It holds no state but the bundle and starts no goroutine.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"snug/internal/problem"
)

//go:embed dist
var dist embed.FS

// Page serves the page. It is safe for concurrent use.
type Page struct {
	policy string
	build  string
	start  *file            // at the page's own path
	room   *file            // one step below it, at r/{code}
	files  map[string]*file // by name: what index.html names, and what that loads
}

// file is something to serve, ready in both codings.
type file struct {
	content, gzipped []byte // gzipped is nil where it would be no shorter
	typ, etag        string
	cache            string
}

const (
	// forGood is for files with a hash of their content in their names.
	forGood = "public, max-age=31536000, immutable"
	// askAgain is for those whose content may change under the same name.
	askAgain = "no-cache"
)

// New returns the page. The sites whose origins are in frameAncestors may show it
// in a frame; "self" is the page's own and "*" all. The caller has checked them. signIn is the
// server's public address, with a slash at its end, if users sign in there; otherwise it is empty.
func New(frameAncestors []string, signIn string) (*Page, error) {
	ancestors := " 'none'"
	if len(frameAncestors) > 0 {
		ancestors = ""
	}
	for _, a := range frameAncestors {
		if a == "self" {
			a = "'self'"
		}
		ancestors += " " + a
	}
	p := &Page{
		policy: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; " +
			"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types snug-worker; " +
			"frame-ancestors" + ancestors,
		files: make(map[string]*file),
	}
	bundle, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the page's bundle: %w", err)
	}
	contents := make(map[string][]byte)
	err = fs.WalkDir(bundle, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		contents[name], err = fs.ReadFile(bundle, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the page's bundle: %w", err)
	}
	if err := p.add(contents, signIn); err != nil {
		return nil, fmt.Errorf("describe the page to its worker: %w", err)
	}
	return p, nil
}

const (
	indexName  = "index.html"
	workerName = "sw.js"
	embedName  = "embed.js" // the element <snug-room>, which pages of other sites load
)

// add makes the files to serve from the bundle's, by name. The document and the worker are told which
// build of the page they belong to.
func (p *Page) add(contents map[string][]byte, signIn string) error {
	contents[indexName] = bytes.ReplaceAll(contents[indexName], []byte("{{sign-in}}"), []byte(html.EscapeString(signIn)))
	names := slices.Sorted(maps.Keys(contents))
	sum := sha256.New()
	for _, name := range names {
		_, _ = fmt.Fprintf(sum, "%s %x\n", name, sha256.Sum256(contents[name])) // a hash takes all
	}
	p.build = hex.EncodeToString(sum.Sum(nil)[:8])
	names = slices.DeleteFunc(names, func(name string) bool { return name == indexName || name == workerName })
	for _, name := range names {
		cache := askAgain
		if strings.HasPrefix(name, "assets/") {
			cache = forGood
		}
		p.files[name] = newFile(name, cache, contents[name])
	}
	index := bytes.ReplaceAll(contents[indexName], []byte("{{build}}"), []byte(p.build))
	p.start = newFile(indexName, askAgain, index)
	p.room = newFile(indexName, askAgain, bytes.ReplaceAll(index, []byte(`="./`), []byte(`="../`)))
	hashes := make(map[string]string) // as in the attribute "integrity" (https://www.w3.org/TR/SRI/)
	for _, name := range names {
		if name == embedName {
			continue // the page doesn't load it
		}
		hash := sha256.Sum256(contents[name])
		hashes[name] = "sha256-" + base64.StdEncoding.EncodeToString(hash[:])
	}
	shell, err := json.Marshal(map[string]any{"build": p.build, "files": hashes})
	if err != nil {
		return err
	}
	p.files[workerName] = newFile(workerName, askAgain, fmt.Appendf(nil, "self.shell=%s;\n%s", shell, contents[workerName]))
	return nil
}

// Build identifies the page's build: servers with the same page have the same one. The page compares
// it with its own.
func (p *Page) Build() string { return p.build }

func newFile(name, cache string, content []byte) *file {
	sum := sha256.Sum256(content)
	f := &file{content: content, typ: types[path.Ext(name)], etag: `"` + hex.EncodeToString(sum[:12]) + `"`, cache: cache}
	if f.typ == "image/png" {
		return f // it is compressed already
	}
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("web: compressing in memory failed: " + err.Error())
	}
	if zipped.Len() < len(content) {
		f.gzipped = zipped.Bytes()
	}
	return f
}

// types doesn't leave it to the system's tables, which differ.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".webmanifest": "application/manifest+json",
}

// Start serves the page at its own path, which ends in a slash.
func (p *Page) Start(w http.ResponseWriter, r *http.Request) { p.serve(w, r, p.start) }

// Room serves the page of a room, at r/{code} below its own path.
func (p *Page) Room(w http.ResponseWriter, r *http.Request) { p.serve(w, r, p.room) }

// Has reports whether there is a file that the page loads, by its name below the page's path, such as
// "icon.svg".
func (p *Page) Has(name string) bool { return p.files[name] != nil || name == lanName }

// File serves what the page loads, by its name as in Has. It reports false, and does nothing, if there
// is no such file.
func (p *Page) File(w http.ResponseWriter, r *http.Request, name string) bool {
	if name == lanName {
		serveLAN(w, r)
		return true
	}
	f, ok := p.files[name]
	if ok {
		if name == embedName {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
		p.serve(w, r, f)
	}
	return ok
}

func (p *Page) serve(w http.ResponseWriter, r *http.Request, f *file) {
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Referrer-Policy", "no-referrer") // a room's code is in its address
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", f.cache)
	h.Set("Content-Type", f.typ)
	h.Add("Vary", "Accept-Encoding")
	content, etag := f.content, f.etag
	if f.gzipped != nil && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		content, etag = f.gzipped, strings.TrimSuffix(f.etag, `"`)+`-gzip"`
	}
	h.Set("ETag", etag)
	problem.ServeContent(w, r, bytes.NewReader(content))
}

// takesGzip reports whether the client takes gzip (RFC 9110, section 12.5.3).
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(strings.ToLower(coding), ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		weight = strings.TrimSpace(weight)
		return !strings.HasPrefix(weight, "q=0") || strings.Trim(weight, "q=0.") != ""
	}
	return false
}
