package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/internal/picture"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/*
var staticFiles embed.FS

// shared are the templates that every page includes.
var shared = []string{"templates/layout.html", "templates/parts.html"}

// pages holds every page's templates, by name.
type pages map[string]*template.Template

// parsePages reads the templates as they are in a language.
func parsePages(in *speech, a *assets, b Business) (pages, error) {
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	base := template.New("layout").Funcs(in.functions(a, b))
	for _, name := range shared {
		if err := addPage(base, name, in); err != nil {
			return nil, err
		}
	}
	all := pages{}
	for _, name := range names {
		if slices.Contains(shared, name) {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			err = addPage(t, name, in)
		}
		if err != nil {
			return nil, err
		}
		all[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return all, nil
}

// addPage adds the templates of a file to a page, in a language.
func addPage(t *template.Template, name string, in *speech) error {
	source, err := templateFiles.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read page %s: %w", name, err)
	}
	text, err := in.Template(path.Base(name), string(source))
	if err == nil {
		_, err = t.New(path.Base(name)).Parse(text)
	}
	if err != nil {
		return fmt.Errorf("parse page %s: %w", name, err)
	}
	return nil
}

// assets are the files that browsers may keep for ever: their names hold the
// hash of what is in them.
type assets struct {
	paths map[string]string // name → path with the hash
	files map[string]asset  // path → content
}

type asset struct {
	body        []byte
	contentType string
}

func newAssets() (*assets, error) {
	a := &assets{paths: map[string]string{}, files: map[string]asset{}}
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	names, err := fs.Glob(staticFiles, "static/*")
	if err != nil {
		return nil, fmt.Errorf("list the static files: %w", err)
	}
	for _, name := range names {
		body, err := staticFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		base := path.Base(name)
		if base == "desk.css" {
			body = append(body, picture.Stylesheet...)
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(base)
		at := "/static/" + strings.TrimSuffix(base, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a.paths[base] = at
		a.files[at] = asset{body, types[ext]}
	}
	return a, nil
}

// path is where a static file is served; an unknown name is a mistake in a
// template, and its tests see it.
func (a *assets) path(name string) (string, error) {
	p, ok := a.paths[name]
	if !ok {
		return "", fmt.Errorf("there is no static file %q", name)
	}
	return p, nil
}

func (a *assets) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

// frame is what every page's template is given.
type frame struct {
	In       *speech // the language it is in
	Title    string
	Business string
	User     *access.User // nil before signing in
	Nav      []navGroup
	Path     string
	Notice   string // what was just done
	Error    string // what could not be
	Saved    string // task whose draft may be forgotten
	Desk     bool   // the page takes the desk's keys
	Now      time.Time
	Body     any
}

// home is the page a role begins at.
func home(r access.Role) string {
	switch r {
	case access.Lead, access.Manager, access.Analyst, access.Admin:
		return "/morning"
	case access.Operator:
		return "/nights"
	case access.Senior:
		return thanksPath
	case access.Auditor:
		return "/arms"
	}
	return "/desk"
}

// render writes a page with a status. The page is made whole first, so that a
// failure half-way shows as one.
func (s *site) render(w http.ResponseWriter, status int, name string, f frame) error {
	t, ok := f.In.pages[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", f); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := b.WriteTo(w)
	if err != nil {
		return fmt.Errorf("send page %s: %w", name, err)
	}
	return nil
}
