// Package assets embeds the built style sheet, script, icons and favicon of
// the web UI and serves them under URLs that carry a hash of their content, so
// that a browser may keep them for ever.
package assets

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Prefix is the path the Handler is mounted at.
const Prefix = "/assets/"

//go:embed all:dist
var dist embed.FS

// file is one asset with the encodings the build made of it.
type file struct {
	contentType string
	hash        string
	plain       []byte
	brotli      []byte
	gzip        []byte
}

// files indexes dist once. The content of an embed.FS never changes.
var files = sync.OnceValue(func() map[string]file { return index(dist) })

// Built reports whether `make build` has filled dist. A server without assets
// still starts; its pages are plain HTML, and it should log a warning.
func Built() bool {
	_, ok := files()["app.css"]
	return ok
}

// URL returns the address of an asset, for instance "app.css", with its hash:
// "/assets/app.1a2b3c4d5e6f.css". An unknown name keeps its plain address,
// which the Handler answers with 404.
func URL(name string) string {
	f, ok := files()[name]
	if !ok {
		return Prefix + name
	}
	ext := path.Ext(name)
	return Prefix + strings.TrimSuffix(name, ext) + "." + f.hash + ext
}

// Handler serves the assets below Prefix. An address with the right hash is
// immutable; one without a hash is revalidated; anything else is 404, with a
// hint when nothing has been built.
func Handler() http.Handler {
	byPath := map[string]file{}
	current := map[string]bool{}
	for name, f := range files() {
		byPath[URL(name)], byPath[Prefix+name] = f, f
		current[URL(name)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := byPath[r.URL.Path]
		if !ok {
			notFound(w)
			return
		}
		cache := "no-cache"
		if current[r.URL.Path] {
			cache = "public, max-age=31536000, immutable"
		}
		w.Header().Set("Cache-Control", cache)
		f.serve(w, r)
	})
}

func notFound(w http.ResponseWriter) {
	text := "no such asset"
	if !Built() {
		text = "the style sheet and script are not built: run `make build`, then start admit again"
	}
	http.Error(w, text, http.StatusNotFound)
}

// serve writes the smallest encoding the client accepts.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	body, encoding := f.plain, ""
	accepted := r.Header.Get("Accept-Encoding")
	switch {
	case f.brotli != nil && strings.Contains(accepted, "br"):
		body, encoding = f.brotli, "br"
	case f.gzip != nil && strings.Contains(accepted, "gzip"):
		body, encoding = f.gzip, "gzip"
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+f.hash+encoding+`"`)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// contentTypes are the kinds of file the build writes. The table is ours
// because the one of the operating system differs from machine to machine.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// index reads dist. A file that cannot be read is left out, which cannot
// happen with an embedded file system.
func index(fsys fs.FS) map[string]file {
	found := map[string]file{}
	names, _ := fs.Glob(fsys, "dist/*")
	for _, name := range names {
		contentType, ok := contentTypes[path.Ext(name)]
		if !ok {
			continue
		}
		plain, err := fs.ReadFile(fsys, name)
		if err != nil {
			continue
		}
		f := file{contentType: contentType, plain: plain}
		sum := sha256.Sum256(plain)
		f.hash = hex.EncodeToString(sum[:6])
		f.brotli, _ = fs.ReadFile(fsys, name+".br")
		f.gzip, _ = fs.ReadFile(fsys, name+".gz")
		found[path.Base(name)] = f
	}
	return found
}
