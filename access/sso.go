package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"holdfast/internal/fault"
)

// EnvironmentSSOSecret names the environment variable with the secret that the
// identity provider gave this client.
const EnvironmentSSOSecret = "HOLDFAST_SSO_SECRET"

// SSOConfig says who vouches for staff, by OpenID Connect.
type SSOConfig struct {
	Issuer      string          `yaml:"issuer"` // https address of the identity provider; empty: none
	ClientID    string          `yaml:"client_id"`
	Name        string          `yaml:"name"`         // on the sign-in page
	Scopes      []string        `yaml:"scopes"`       // asked for beside openid
	NameClaim   string          `yaml:"name_claim"`   // what a person is called here
	GroupsClaim string          `yaml:"groups_claim"` // a list of text
	Roles       map[Role]string `yaml:"roles"`        // the group that each role is given to; who is in several gets the most they give
	Secret      string          `yaml:"-"`            // from HOLDFAST_SSO_SECRET
}

// DefaultSSOConfig is without an identity provider.
func DefaultSSOConfig() SSOConfig {
	return SSOConfig{
		Name: "Single sign-on", Scopes: []string{"profile", "email", "groups"}, NameClaim: "preferred_username", GroupsClaim: "groups",
		Roles: map[Role]string{},
	}
}

// Validate refuses what cannot work, naming the field.
func (c SSOConfig) Validate() error {
	if c.Issuer == "" {
		return nil
	}
	u, err := url.Parse(c.Issuer)
	local := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && (u.Scheme != "http" || !local)):
		return fault.New(fault.Invalid, "sso.issuer: %q is not an https address", c.Issuer)
	case c.ClientID == "":
		return fault.New(fault.Invalid, "sso.client_id: write what the identity provider calls this program")
	case c.NameClaim == "" || c.GroupsClaim == "":
		return fault.New(fault.Invalid, "sso.name_claim and sso.groups_claim: name the claims that hold them")
	case len(c.Roles) == 0:
		return fault.New(fault.Invalid, "sso.roles: name the group of at least one role, such as {agent: retention-agents}")
	}
	for role := range c.Roles {
		if !slices.Contains(Roles, role) {
			return fault.New(fault.Invalid, "sso.roles: there is no role %q: choose of %v", role, Roles)
		}
	}
	return nil
}

// roleOf is the role that groups give: the most that they give, in this order.
func (c SSOConfig) roleOf(groups []string) (Role, bool) {
	for _, role := range []Role{Admin, Auditor, Manager, Lead, Senior, Operator, Analyst, Agent} {
		if g := c.Roles[role]; g != "" && slices.Contains(groups, g) {
			return role, true
		}
	}
	return "", false
}

// SSO signs people in whom the identity provider vouches for: the authorisation
// code flow with PKCE, state and nonce.
type SSO struct {
	cfg      SSOConfig
	redirect string
	client   *http.Client
	now      func() time.Time
	mu       sync.Mutex
	provider *oidc.Provider // once it has answered
}

// NewSSO makes a client of the identity provider, which answers at redirect. It
// is asked for nothing before somebody signs in.
func NewSSO(c SSOConfig, redirect string, client *http.Client, now func() time.Time) (*SSO, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Secret == "" {
		return nil, fault.New(fault.Invalid, "set %s to the secret that the identity provider gave for %s", EnvironmentSSOSecret, c.ClientID)
	}
	return &SSO{cfg: c, redirect: redirect, client: client, now: now}, nil
}

// Name is what the sign-in page calls it.
func (s *SSO) Name() string { return s.cfg.Name }

// Going is a sign-in that the identity provider has not answered yet. It lies
// in the session of the browser that began it.
type Going struct {
	State    string
	Nonce    string
	Verifier string // of PKCE
	Since    time.Time
}

// goingLife bounds how long somebody may take at the identity provider.
const goingLife = 10 * time.Minute

// skew is how far the identity provider's clock and ours may be apart.
const skew = time.Minute

func (s *SSO) parts(ctx context.Context) (context.Context, *oidc.Provider, *oauth2.Config, error) {
	ctx = oidc.ClientContext(ctx, s.client)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		// The keys are fetched through this context for as long as the program runs.
		p, err := oidc.NewProvider(context.WithoutCancel(ctx), s.cfg.Issuer)
		if err != nil {
			return ctx, nil, nil, fault.New(fault.Unavailable, "the identity provider does not answer as one: %w", err)
		}
		s.provider = p
	}
	return ctx, s.provider, &oauth2.Config{
		ClientID: s.cfg.ClientID, ClientSecret: s.cfg.Secret, Endpoint: s.provider.Endpoint(), RedirectURL: s.redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, s.cfg.Scopes...),
	}, nil
}

// Begin returns where to send the browser, and what its session has to keep.
//
// web: the sign-in page.
func (s *SSO) Begin(ctx context.Context) (string, Going, error) {
	_, _, o, err := s.parts(ctx)
	if err != nil {
		return "", Going{}, err
	}
	g := Going{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier(), Since: s.now()}
	return o.AuthCodeURL(g.State, oidc.Nonce(g.Nonce), oauth2.S256ChallengeOption(g.Verifier)), g, nil
}

func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Vouched is who the identity provider says somebody is.
type Vouched struct {
	Name     string
	FullName string
	Role     Role
	Subject  string // SHA-256 of issuer and subject, in hex: who it is whatever they are called
}

// errForged is what a wrong or old answer gets.
var errForged = fault.New(fault.Forbidden, "the answer of the identity provider does not belong to this sign-in: begin again at the sign-in page")

// Finish checks the identity provider's answer, the query that it sent the
// browser back with, and returns whom it vouches for.
//
// web: the address the identity provider sends back to.
func (s *SSO) Finish(ctx context.Context, g Going, answer url.Values) (Vouched, error) {
	if g.State == "" || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(g.State)) != 1 || s.now().Sub(g.Since) > goingLife {
		return Vouched{}, errForged
	}
	if answer.Get("error") != "" || answer.Get("code") == "" {
		return Vouched{}, fault.New(fault.Forbidden, "the identity provider did not let you in: ask whoever looks after it")
	}
	ctx, p, o, err := s.parts(ctx)
	if err != nil {
		return Vouched{}, err
	}
	token, err := o.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(g.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < http.StatusInternalServerError:
		return Vouched{}, fmt.Errorf("exchange the code: %w", errForged)
	case err != nil:
		return Vouched{}, fault.New(fault.Unavailable, "the identity provider does not answer: %w", err)
	}
	claims, subject, err := s.claims(ctx, p, token, g.Nonce)
	if err != nil {
		return Vouched{}, err
	}
	return s.vouched(claims, subject)
}

// claims checks the ID token and returns what it says, together with what the
// user info says where groups are not in the token.
func (s *SSO) claims(ctx context.Context, p *oidc.Provider, token *oauth2.Token, nonce string) (map[string]any, string, error) {
	raw, _ := token.Extra("id_token").(string)
	verifier := p.VerifierContext(ctx, &oidc.Config{ClientID: s.cfg.ClientID, Now: func() time.Time { return s.now().Add(-skew) }})
	id, err := verifier.Verify(ctx, raw)
	var over *oidc.TokenExpiredError
	switch {
	case errors.As(err, &over) || (err == nil && id.IssuedAt.After(s.now().Add(skew))):
		return nil, "", fault.New(fault.Forbidden, "the identity provider's clock and this machine's are too far apart: let both follow one time server")
	case err != nil:
		return nil, "", fmt.Errorf("check the ID token: %w", errors.Join(errForged, err))
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:
		return nil, "", errForged
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, "", fmt.Errorf("read the ID token: %w", errors.Join(errForged, err))
	}
	_, named := claims[s.cfg.NameClaim]
	if _, grouped := claims[s.cfg.GroupsClaim]; (!named || !grouped) && p.UserInfoEndpoint() != "" {
		info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return nil, "", fault.New(fault.Unavailable, "the identity provider does not say who you are: %w", err)
		}
		if info.Subject != id.Subject {
			return nil, "", errForged
		}
		if err := info.Claims(&claims); err != nil {
			return nil, "", fault.New(fault.Forbidden, "what the identity provider says of you cannot be read: %w", err)
		}
	}
	return claims, sum(id.Issuer, id.Subject), nil
}

func (s *SSO) vouched(claims map[string]any, subject string) (Vouched, error) {
	name, _ := claims[s.cfg.NameClaim].(string)
	full, _ := claims["name"].(string)
	v := Vouched{Name: CleanName(name), FullName: full, Subject: subject}
	list, _ := claims[s.cfg.GroupsClaim].([]any)
	groups := make([]string, 0, len(list))
	for _, g := range list {
		if text, ok := g.(string); ok {
			groups = append(groups, text)
		}
	}
	var ok bool
	if v.Role, ok = s.cfg.roleOf(groups); !ok {
		return v, fault.New(fault.Forbidden, "none of your groups may use Holdfast: ask whoever looks after the groups")
	}
	return v, nil
}

// ssoPassword stands where the password's hash is for who signs in by an
// identity provider: it says which account there it is, and no password matches.
const ssoPassword = "sso:"

// SignInVouched lets in whom the identity provider vouches for: who comes for
// the first time is made a user, and the role follows the groups. A name that
// another account has, there or here, is refused.
//
// web: the address the identity provider sends back to.
func (d *Door) SignInVouched(ctx context.Context, v Vouched, address string, now time.Time) (User, error) {
	u, err := d.store.User(ctx, v.Name)
	switch {
	case fault.Of(err) == fault.NotFound:
		u = User{Name: v.Name, FullName: v.FullName, Role: v.Role, PasswordHash: ssoPassword + v.Subject, Created: now}
		if err := d.store.AddUser(ctx, u); err != nil {
			return User{}, fmt.Errorf("make user %s: %w", v.Name, err)
		}
		if err := d.Audit(ctx, Entry{At: now, Who: "system", What: "add a user", Subject: u.Name, Detail: "by single sign-on, " + string(u.Role), Address: address}); err != nil {
			return User{}, err
		}
	case err != nil:
		return User{}, fmt.Errorf("read user %s: %w", v.Name, err)
	case u.PasswordHash != ssoPassword+v.Subject || u.Disabled:
		e := Entry{At: now, Who: v.Name, What: "sign-in refused", Detail: "by single sign-on", Address: address}
		return User{}, errors.Join(fault.New(fault.Forbidden, "%s belongs to another account, or may not sign in: ask whoever looks after Holdfast", v.Name),
			d.store.Audit(ctx, e))
	case u.Role != v.Role:
		e := Entry{At: now, Who: "system", What: "change a role", Subject: u.Name, Detail: fmt.Sprintf("%s to %s, by single sign-on", u.Role, v.Role), Address: address}
		u.Role = v.Role
		if err := errors.Join(d.store.UpdateUser(ctx, u), d.store.Audit(ctx, e)); err != nil {
			return User{}, fmt.Errorf("change the role of %s: %w", u.Name, err)
		}
	}
	if err := d.store.NoteSignIn(ctx, u.Name, now); err != nil {
		return User{}, fmt.Errorf("note the sign-in: %w", err)
	}
	return u, d.Audit(ctx, Entry{At: now, Who: u.Name, What: "sign in", Detail: "by single sign-on", Address: address})
}
