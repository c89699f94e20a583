package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"math"
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

// parsePages reads the templates with functions that write as the business does.
func parsePages(f format, a *assets, b Business) (pages, error) {
	base, err := template.New("layout").Funcs(template.FuncMap{
		"asset": a.path, "money": f.money, "exact": f.exact, "worth": f.worth, "date": f.date, "when": f.when, "clock": f.clock,
		"percent": percent, "points": points, "decimal": decimal, "number": number[int], "number64": number[int64],
		"language": language, "words": func(s any) string { return words(fmt.Sprint(s)) }, "lower": func(s any) string { return lower(fmt.Sprint(s)) },
		"ago": ago, "day": func(t, now time.Time) string { return day(t, now, f.zone) }, "took": took, "mebibytes": mebibytes, "hours": workTime, "tenure": tenure,
		"plural": plural, "keptWords": f.keptWords, "notBefore": f.notBefore, "gate": gate, "notContacted": notContacted, "join": strings.Join,
		"disposition": func(d any) string { return disposition(fmt.Sprint(d)) },
		"source":      b.sourceShown,
		"horizon":     func() string { return plural(b.HorizonDays, "day") },
		"within":      b.within,
		"has":         func(list []string, s string) bool { return slices.Contains(list, s) },
		"inZone":      inZone,
		"isoDay":      func(t time.Time) string { return isoDay(t.In(f.zone)) },
		"whole":       func(v float64) string { return number(int64(math.Round(v))) },
		"times100":    func(v float64) float64 { return 100 * v },
	}).ParseFS(templateFiles, shared...)
	if err != nil {
		return nil, fmt.Errorf("parse the pages' frame: %w", err)
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	all := pages{}
	for _, name := range names {
		if slices.Contains(shared, name) {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, name)
		}
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		all[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return all, nil
}

// inZone writes a time where the customer is, naming the zone when it is not
// the business's own hour.
func inZone(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Mon 2 Jan, 15:04")
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
	t, ok := s.pages[name]
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
