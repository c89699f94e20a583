package web

import (
	"encoding/gob"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"holdfast/access"
	"holdfast/internal/fault"
)

// maxBody is the most that a browser may send.
const maxBody = 256 << 10

// site is the pages over their dependencies.
type site struct {
	Deps
	format
	assets   *assets
	speeches []*speech // the business's language first
	sessions *scs.SessionManager
}

// New makes the handler of every page.
func New(d Deps) (http.Handler, error) {
	s, err := newSite(d)
	if err != nil {
		return nil, err
	}
	return s.handler()
}

func newSite(d Deps) (*site, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	a, err := newAssets()
	if err != nil {
		return nil, err
	}
	f := newFormat(d.Business)
	speeches, err := newSpeeches(d.Config, f, a, d.Business)
	if err != nil {
		return nil, err
	}
	m := scs.New()
	m.Store = d.Sessions
	m.Lifetime = time.Duration(d.Config.SessionHours) * time.Hour
	m.Cookie.Name = "holdfast"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = d.Config.secure()
	if m.Cookie.Secure {
		m.Cookie.Name = "__Host-holdfast"
	}
	s := &site{Deps: d, format: f, assets: a, speeches: speeches, sessions: m}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		s.fail(w, s.request(r), fmt.Errorf("session: %w", err))
	}
	return s, nil
}

func init() { // what sessions hold
	gob.Register(time.Time{})
	gob.Register(access.Going{})
}

// visited is a route with the session of who asks for it.
func (s *site) visited(rt route) http.Handler {
	inner := s.sessions.LoadAndSave(s.page(rt))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r.WithContext(access.Visited(r.Context())))
	})
}

// handler puts the routes behind what every request goes through.
func (s *site) handler() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/", s.assets.serve)
	s.healthRoutes(mux)
	mux.Handle(apiPath+"/", s.newAPI())
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.visited(r))
	}
	mux.Handle("/", s.visited(route{do: func(http.ResponseWriter, *request) error {
		return fault.New(fault.NotFound, "there is no page here: choose one above")
	}}))
	cross := http.NewCrossOriginProtection()
	if s.Config.PublicURL != "" {
		if err := cross.AddTrustedOrigin(strings.TrimSuffix(s.Config.PublicURL, "/")); err != nil {
			return nil, fault.New(fault.Invalid, "public_url: %w", err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, s.request(r), fault.New(fault.Forbidden, "the request came from another site: open the desk itself and try again"))
	}))
	trusted, err := parseProxies(s.Config.TrustedProxies)
	if err != nil {
		return nil, err
	}
	return s.guard(trusted, cross.Handler(mux)), nil
}

// guard sets the headers of every answer, bounds what comes in, and turns a
// panic into an apology.
func (s *site) guard(trusted proxies, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.Config.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.RemoteAddr = net.JoinHostPort(trusted.clientOf(r), "0")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // the value itself, by contract
					panic(p)
				}
				s.fail(w, s.request(r), fmt.Errorf("panic: %v", p))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// request is an HTTP request with who makes it.
type request struct {
	*http.Request
	user access.User // zero before signing in
	in   *speech     // the language it is answered in
}

// request is what a browser asks, before it is known who asks.
func (s *site) request(r *http.Request) *request { return &request{Request: r, in: s.speechOf(r)} }

// address is the browser's; guard has looked behind the proxies.
func (r *request) address() string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// statuses maps the kinds of failure to HTTP; the only such table.
var statuses = map[fault.Kind]int{
	fault.Internal:    http.StatusInternalServerError,
	fault.NotFound:    http.StatusNotFound,
	fault.Invalid:     http.StatusUnprocessableEntity,
	fault.Conflict:    http.StatusConflict,
	fault.Forbidden:   http.StatusForbidden,
	fault.Unavailable: http.StatusServiceUnavailable,
	fault.Held:        http.StatusConflict,
}

// status is the HTTP status of an error.
func status(err error) int {
	var soon *access.TooSoon
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &soon):
		return http.StatusTooManyRequests
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	}
	return statuses[fault.Of(err)]
}

// ourSide is all that is said of a failure that nobody outside can mend.
const ourSide = "Something went wrong on our side, and nothing was changed. Try again; if it stays so, tell whoever looks after Holdfast."

// say puts an error into English for a person: the words of the cause, without
// what was being tried, and nothing of our insides.
func say(err error) string {
	if fault.Of(err) == fault.Internal {
		return ourSide
	}
	return sentence(cause(err).Error())
}

// cause is the first error of the outermost kind that was made with words of its
// own: what was being tried around it is left out, and what is inside it is not.
func cause(err error) error {
	kind := fault.Of(err)
	for {
		if format, _ := fault.Words(err); format != "" {
			return err
		}
		inner := errors.Unwrap(err)
		if inner == nil || fault.Of(inner) != kind {
			return err
		}
		err = inner
	}
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	s = capital(s)
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}

// away is all that is said of data that cannot be reached to whoever cannot see
// to it: an error's own words are for the log and for those who run Holdfast.
const away = "Holdfast cannot read or write its data right now. Try again in a minute; if it stays so, tell whoever looks after it."

// sayTo puts an error into words for the one who asked.
func (r *request) sayTo(err error) string {
	format, _ := fault.Words(cause(err))
	theirs := format == someAreDone || r.URL.Path == ssoPath || r.URL.Path == ssoAnswerPath
	if fault.Of(err) != fault.Unavailable || access.Can(r.user.Role, access.SeeNights) || theirs {
		return r.in.say(err)
	}
	return r.in.Text(away)
}

// failure is the body of the page that says what went wrong.
type failure struct {
	Status int
	Text   string
	Kept   []kept // what was typed, so that nothing is lost
	Again  string // address of a page that may be there in a minute; empty for none
	On     string // address of the page to go on at
}

// failureTitles are the titles of pages of errors; otherFailure is any other's.
var failureTitles = map[int]string{
	http.StatusNotFound: "Not found", http.StatusForbidden: "Not for you", http.StatusConflict: "It has changed meanwhile",
	http.StatusUnprocessableEntity: "That cannot be used",
}

const otherFailure = "That did not work"

// fail writes the page of an error.
func (s *site) fail(w http.ResponseWriter, r *request, err error) {
	code := status(err)
	if code >= http.StatusInternalServerError {
		s.Log.Error("page failed", "method", r.Method, "path", r.URL.Path, "error", err.Error())
	}
	title := failureTitles[code]
	if title == "" {
		title = otherFailure
	}
	body := failure{Status: code, Text: r.sayTo(err), Kept: typed(r), On: "/"}
	if r.Method == http.MethodGet && code >= http.StatusInternalServerError {
		body.Again = r.URL.RequestURI()
	}
	if r.user.Name != "" && code != http.StatusForbidden && code != http.StatusNotFound {
		body.On = s.formPage(r)
	}
	f := s.frame(r, title, body)
	if e := s.render(w, code, "failure", f); e != nil {
		s.Log.Error("page failed", "path", r.URL.Path, "error", e.Error())
	}
}

// formPage is the page that a posted form stood on: of the addresses above its
// own, the first that is a page; the first page of all for anything else.
func (s *site) formPage(r *request) string {
	pattern, posted := strings.CutPrefix(r.Pattern, http.MethodPost+" ")
	path, routes := r.URL.EscapedPath(), s.routes()
	for posted && pattern != "" {
		if slices.ContainsFunc(routes, func(page route) bool { return page.pattern == http.MethodGet+" "+pattern }) {
			return path
		}
		pattern, path = pattern[:strings.LastIndex(pattern, "/")], path[:strings.LastIndex(path, "/")]
	}
	return "/"
}

func (s *site) plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := fmt.Fprintln(w, text); err != nil {
		s.Log.Debug("answer not sent", "error", err.Error())
	}
}

// frame fills what is common to all pages.
func (s *site) frame(r *request, title string, body any) frame {
	f := frame{In: r.in, Title: r.in.Text(title), Business: s.Business.Name, Path: r.URL.Path, Now: s.Now(), Body: body}
	if r.user.Name != "" {
		u := r.user
		f.User, f.Nav = &u, navFor(u, r.URL.Path, r.in)
		f.Desk = access.Can(u.Role, access.WorkTasks)
		f.Notice = s.sessions.PopString(r.Context(), "notice")
		f.Saved = s.sessions.PopString(r.Context(), "saved")
	}
	return f
}

// show writes a page that went well.
func (s *site) show(w http.ResponseWriter, r *request, name, title string, body any) error {
	return s.render(w, http.StatusOK, name, s.frame(r, title, body))
}

// then sends the browser on after a change, with a word on what was done.
func (s *site) then(w http.ResponseWriter, r *request, to, notice string) error {
	if notice != "" {
		s.sessions.Put(r.Context(), "notice", notice)
	}
	if r.Header.Get(scriptHeader) != "" { // a redirect would be followed without leaving the page
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}

// scriptHeader is set where our script sends a form: it is told where to go on.
const scriptHeader = "Holdfast-Script"
