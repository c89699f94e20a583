package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"holdfast/access"
	"holdfast/internal/fault"
)

// signInView is the sign-in page. When a session ended while somebody was
// typing, it carries what they had typed through the sign-in.
type signInView struct {
	Name  string
	To    string // where to go on
	Draft string // the form that was posted, encoded
	Kept  []kept // the same for people to read
	Ended bool
	SSO   string // what single sign-on is called; empty without it
}

// kept is one thing that was typed.
type kept struct{ Name, Value string }

// maxDraft bounds what a session carries of a form.
const maxDraft = 16 << 10

// typed lists the free words of a posted form.
func typed(r *request) []kept {
	if r.Method != http.MethodPost {
		return nil
	}
	var list []kept
	for name, values := range r.PostForm {
		switch name {
		case "note", "promise", "handoff_note", "words", "answer", "reason", "why":
			if v := strings.TrimSpace(values[0]); v != "" {
				list = append(list, kept{r.in.words(name), v})
			}
		}
	}
	if r.URL.Path == "/policy/dry-runs" { // sent in parts
		if text, err := policyText(r); err == nil && strings.TrimSpace(text) != "" {
			list = append(list, kept{r.in.words("policy"), text})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// askToSignIn shows the sign-in page in place of the one asked for.
func (s *site) askToSignIn(w http.ResponseWriter, r *request) error {
	v := signInView{To: r.URL.RequestURI()}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		v.Ended, v.To, v.Kept = true, s.formPage(r), typed(r)
		if draft := r.PostForm.Encode(); strings.HasPrefix(v.To, "/tasks/") && len(draft) <= maxDraft {
			v.Draft = draft
		}
	}
	v.SSO = s.ssoName()
	f := s.frame(r, "Sign in", v)
	if v.Ended {
		f.Error = r.in.Text("Your session has ended. Sign in again and go on where you were: nothing you typed is lost.")
	}
	return s.render(w, http.StatusUnauthorized, "signin", f)
}

func (s *site) signInPage(w http.ResponseWriter, r *request) error {
	if r.user.Name != "" {
		return s.home(w, r)
	}
	return s.show(w, r, "signin", "Sign in", signInView{To: local(r.FormValue("to")), SSO: s.ssoName()})
}

// local keeps a target inside this site.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsAny(to, "\\\r\n") || strings.HasPrefix(to, "/sign-") {
		return "/"
	}
	return to
}

func (s *site) signIn(w http.ResponseWriter, r *request) error {
	ctx := r.Context()
	v := signInView{Name: r.PostFormValue("name"), To: local(r.PostFormValue("to")), Draft: r.PostFormValue("draft"), SSO: s.ssoName()}
	u, err := s.Door.SignIn(ctx, v.Name, r.PostFormValue("password"), r.address(), s.Now())
	if err != nil {
		code := status(err)
		if code >= http.StatusInternalServerError {
			return err
		}
		f := s.frame(r, "Sign in", v)
		f.Error = r.in.say(err)
		var soon *access.TooSoon
		if errors.As(err, &soon) {
			w.Header().Set("Retry-After", retryAfter(soon.Wait))
		}
		return s.render(w, code, "signin", f)
	}
	if err := s.enter(ctx, u); err != nil {
		return err
	}
	if v.Draft != "" && len(v.Draft) <= maxDraft {
		s.sessions.Put(ctx, "draft "+v.To, v.Draft)
	}
	http.Redirect(w, r.Request, v.To, http.StatusSeeOther)
	return nil
}

// enter makes the session, under a new token, that of a user.
func (s *site) enter(ctx context.Context, u access.User) error {
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	access.VisitorOf(ctx).Is(u)
	s.sessions.Put(ctx, "user", u.Name)
	s.sessions.Put(ctx, "epoch", u.Epoch)
	s.sessions.Put(ctx, "seen", s.Now())
	return nil
}

func (s *site) ssoName() string {
	if s.SSO == nil {
		return ""
	}
	return s.SSO.Name()
}

// ssoBegin sends the browser to the identity provider.
func (s *site) ssoBegin(w http.ResponseWriter, r *request) error {
	if s.SSO == nil {
		return fault.New(fault.NotFound, "there is no single sign-on here: sign in with name and password")
	}
	to, going, err := s.SSO.Begin(r.Context())
	if err != nil {
		return fmt.Errorf("begin single sign-on: %w", err)
	}
	s.sessions.Put(r.Context(), "going", going)
	s.sessions.Put(r.Context(), "to", local(r.FormValue("to")))
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}

// ssoAnswer takes the identity provider's answer, each once.
func (s *site) ssoAnswer(w http.ResponseWriter, r *request) error {
	ctx := r.Context()
	if s.SSO == nil {
		return fault.New(fault.NotFound, "there is no single sign-on here: sign in with name and password")
	}
	going, _ := s.sessions.Pop(ctx, "going").(access.Going)
	to := local(s.sessions.PopString(ctx, "to"))
	vouched, err := s.SSO.Finish(ctx, going, r.URL.Query())
	if err != nil {
		return fmt.Errorf("single sign-on: %w", err)
	}
	u, err := s.Door.SignInVouched(ctx, vouched, r.address(), s.Now())
	if err != nil {
		return fmt.Errorf("single sign-on: %w", err)
	}
	if err := s.enter(ctx, u); err != nil {
		return err
	}
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}

func (s *site) signOut(w http.ResponseWriter, r *request) error {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/sign-in", http.StatusSeeOther)
	return nil
}
