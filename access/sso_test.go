package access_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	zitadel "github.com/zitadel/oidc/v3/pkg/oidc"

	"holdfast/access"
	"holdfast/internal/fault"
)

// provider is the OpenID Connect server of the zitadel library, with groups.
type provider struct {
	*storage.Storage
	groups []string
	issuer string
}

func (p *provider) SetUserinfoFromToken(ctx context.Context, u *zitadel.UserInfo, token, subject, origin string) error {
	err := p.Storage.SetUserinfoFromToken(ctx, u, token, subject, origin)
	u.AppendClaims("groups", p.groups)
	return err
}

const redirect = "http://127.0.0.1:1/sign-in/answer"

func newProvider(t *testing.T, groups ...string) *provider {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	p := &provider{groups: groups, issuer: "http://" + server.Listener.Addr().String()}
	p.Storage = storage.NewStorageWithClients(storage.NewUserStore(p.issuer), map[string]*storage.Client{
		"holdfast": storage.WebClient("holdfast", "s3cret", redirect),
	})
	server.Config.Handler = exampleop.SetupServer(p.issuer, p, nil, false)
	server.Start()
	t.Cleanup(server.Close)
	return p
}

func (p *provider) sso(t *testing.T, client *http.Client, now func() time.Time) *access.SSO {
	t.Helper()
	c := access.DefaultSSOConfig()
	c.Issuer, c.ClientID, c.Secret = p.issuer, "holdfast", "s3cret"
	c.Roles = map[access.Role]string{access.Agent: "callers", access.Manager: "bosses"}
	s, err := access.NewSSO(c, redirect, client, now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signIn is a person at the provider's own page: it returns what the browser
// is sent back to us with.
func (p *provider) signIn(t *testing.T, address string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back url.Values
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirect) {
			back = r.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, page)
	form := url.Values{"username": {"test-user2"}, "password": {"verysecure"}, "id": {page.Request.URL.Query().Get("authRequestID")}}
	page, err = browser.PostForm(p.issuer+"/login/username", form)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, page)
	if back.Get("code") == "" {
		t.Fatalf("the provider sent nobody back: %s at %s", page.Status, page.Request.URL)
	}
	return back
}

func closed(t *testing.T, r *http.Response) {
	t.Helper()
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "people", "callers", "bosses")
	s := p.sso(t, http.DefaultClient, time.Now)
	address, going, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q, err := url.Parse(address)
	if err != nil || q.Query().Get("code_challenge_method") != "S256" || len(q.Query().Get("code_challenge")) != 43 || strings.Contains(address, going.Verifier) {
		t.Errorf("the address is without PKCE: %s, %v", address, err)
	}
	answer := p.signIn(t, address)
	v, err := s.Finish(t.Context(), going, answer)
	if err != nil {
		t.Fatal(err)
	}
	if v.Name != "test-user2" || v.Role != access.Manager || v.FullName != "Test User2" || len(v.Subject) != 64 {
		t.Errorf("vouched for %+v", v)
	}
	if _, err := s.Finish(t.Context(), going, answer); fault.Of(err) != fault.Forbidden {
		t.Errorf("the same answer again: %v", err)
	}

	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	b := newBook(t, access.User{Name: "ann", Role: access.Agent})
	d := access.NewDoor(b)
	u, err := d.SignInVouched(t.Context(), v, "10.0.0.1", now)
	if err != nil || u.Role != access.Manager || b.users["test-user2"].Role != access.Manager {
		t.Fatalf("signed in %+v, %v", u, err)
	}
	if _, err := d.SignIn(t.Context(), "test-user2", "sso:"+v.Subject, "10.0.0.1", now); fault.Of(err) != fault.Forbidden {
		t.Errorf("by password: %v", err)
	}
	v.Role = access.Agent
	if u, err = d.SignInVouched(t.Context(), v, "10.0.0.1", now); err != nil || u.Role != access.Agent {
		t.Errorf("after the groups changed: %+v, %v", u, err)
	}
	for name, x := range map[string]access.Vouched{
		"another account of that name there": {Name: v.Name, Role: v.Role, Subject: strings.Repeat("0", 64)},
		"an account with a password here":    {Name: "ann", Role: access.Admin, Subject: v.Subject},
	} {
		if _, err := d.SignInVouched(t.Context(), x, "10.0.0.1", now); fault.Of(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b.users["ann"].Role != access.Agent {
		t.Error("a local account was taken over")
	}
}

// tamper changes what the token endpoint answers, as somebody between could.
type tamper func(token map[string]any)

func (f tamper) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || f == nil || !strings.HasSuffix(r.URL.Path, "/oauth/token") {
		return resp, err
	}
	var token map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil {
		return nil, err
	}
	f(token)
	body, err := json.Marshal(token)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return resp, err
}

// rewritten changes a part of a signed token.
func rewritten(token map[string]any, part int, change func(map[string]any), sign func([]string)) {
	raw, _ := token["id_token"].(string)
	parts := strings.Split(raw, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[part])
	var claims map[string]any
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		panic(err)
	}
	change(claims)
	if text, err = json.Marshal(claims); err != nil {
		panic(err)
	}
	parts[part] = base64.RawURLEncoding.EncodeToString(text)
	if sign != nil {
		sign(parts)
	}
	token["id_token"] = strings.Join(parts, ".")
}

// TestForgedAndOldAnswersAreRefused, each with a sentence, and nobody let in.
func TestForgedAndOldAnswersAreRefused(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "callers")
	const forged, clocks = "does not belong to this sign-in", "too far apart"
	for name, c := range map[string]struct {
		token  tamper
		going  func(*access.Going)
		answer func(url.Values)
		ahead  time.Duration // of our clock, when the answer comes
		want   string        // empty: let in
	}{
		"good":                         {},
		"our clock 50 s ahead":         {ahead: 50 * time.Second},
		"our clock 50 s behind":        {ahead: -50 * time.Second},
		"our clock two minutes behind": {ahead: -2 * time.Minute, want: clocks},
		"an ID token that is over":     {ahead: 3 * time.Hour, going: func(g *access.Going) { g.Since = g.Since.Add(3 * time.Hour) }, want: clocks},
		"a sign-in of long ago":        {ahead: 11 * time.Minute, want: forged},
		"another state":                {answer: func(v url.Values) { v.Set("state", "x") }, want: forged},
		"no state":                     {going: func(g *access.Going) { *g = access.Going{} }, answer: func(v url.Values) { v.Del("state") }, want: forged},
		"another nonce":                {going: func(g *access.Going) { g.Nonce = "x" }, want: forged},
		"another PKCE verifier":        {going: func(g *access.Going) { g.Verifier = strings.Repeat("x", 43) }, want: forged},
		"a guessed code":               {answer: func(v url.Values) { v.Set("code", "guess") }, want: forged},
		"an error":                     {answer: func(v url.Values) { v.Set("error", "access_denied") }, want: "did not let you in"},
		"no ID token":                  {token: func(m map[string]any) { delete(m, "id_token") }, want: forged},
		"another subject": {token: func(m map[string]any) {
			rewritten(m, 1, func(c map[string]any) { c["sub"] = "id1" }, nil)
		}, want: forged},
		"no signature": {token: func(m map[string]any) {
			rewritten(m, 0, func(h map[string]any) { h["alg"] = "none" }, func(parts []string) { parts[2] = "" })
		}, want: forged},
		"somebody else's user info": {token: func(m map[string]any) { m["access_token"] = "another" }, want: "does not say who you are"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ahead := time.Duration(0)
			s := p.sso(t, &http.Client{Transport: c.token}, func() time.Time { return time.Now().Add(ahead) })
			address, going, err := s.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			answer := p.signIn(t, address)
			if c.going != nil {
				c.going(&going)
			}
			if c.answer != nil {
				c.answer(answer)
			}
			ahead = c.ahead
			v, err := s.Finish(t.Context(), going, answer)
			if c.want == "" {
				if err != nil || v.Role != access.Agent {
					t.Errorf("%+v, %v", v, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || v.Role != "" {
				t.Errorf("%+v, %v, want %q", v, err, c.want)
			}
			if k := fault.Of(err); k != fault.Forbidden && k != fault.Unavailable {
				t.Errorf("it is %s: %v", k, err)
			}
		})
	}
}

func TestSingleSignOnRefusesNicely(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "strangers")
	s := p.sso(t, http.DefaultClient, time.Now)
	address, going, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(t.Context(), going, p.signIn(t, address)); fault.Of(err) != fault.Forbidden || !strings.Contains(err.Error(), "none of your groups") {
		t.Errorf("without a group: %v", err)
	}
	c := access.DefaultSSOConfig()
	c.Issuer, c.ClientID, c.Secret, c.Roles = "http://127.0.0.1:1", "x", "y", map[access.Role]string{access.Agent: "a"}
	down, err := access.NewSSO(c, redirect, http.DefaultClient, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := down.Begin(t.Context()); fault.Of(err) != fault.Unavailable {
		t.Errorf("a provider that is down: %v", err)
	}
	for want, change := range map[string]func(*access.SSOConfig){
		"not an https address": func(c *access.SSOConfig) { c.Issuer = "http://login.example.com" },
		"client_id":            func(c *access.SSOConfig) { c.ClientID = "" },
		"there is no role":     func(c *access.SSOConfig) { c.Roles = map[access.Role]string{"boss": "b"} },
		"at least one role":    func(c *access.SSOConfig) { c.Roles = nil },
		"HOLDFAST_SSO_SECRET":  func(c *access.SSOConfig) { c.Secret = "" },
	} {
		x := c
		change(&x)
		if _, err := access.NewSSO(x, redirect, http.DefaultClient, time.Now); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
