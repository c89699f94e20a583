package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"holdfast/internal/fault"
)

// Scope is a part of what its owner may do that a token is good for.
type Scope string

// The scopes. None of them reaches an arm: those are read at the page of arms,
// by a person.
const (
	ScopeTasks   Scope = "tasks"   // work tasks
	ScopeRead    Scope = "read"    // lists, customers' files, proof, decisions, nights
	ScopeExport  Scope = "export"  // the risk list as a whole
	ScopeFacts   Scope = "facts"   // send rows of feeds
	ScopeOperate Scope = "operate" // resume nights, hold lists, retry jobs, see rejected rows
	ScopeAudit   Scope = "audit"   // read who did what
	ScopeAsk     Scope = "ask"     // ask for work, say who is left alone, answer recommendations and requests for offers, save views, try policies
)

// Scopes lists all of them.
var Scopes = []Scope{ScopeTasks, ScopeRead, ScopeExport, ScopeFacts, ScopeOperate, ScopeAudit, ScopeAsk}

var reach = map[Scope]map[Action]bool{
	ScopeTasks:   set(WorkTasks),
	ScopeRead:    set(SeeMorning, SeeRiskList, SeeProof, SeeAgents, SeeDecisions, SeeNights),
	ScopeExport:  set(ExportRiskList),
	ScopeFacts:   set(SendFacts),
	ScopeOperate: set(SeeNights, RunNights, SeeRejections, HoldLists),
	ScopeAudit:   set(SeeAudit, SeeOperation),
	ScopeAsk:     set(AskForWork, SeeOthersWork, SaveViews, TryPolicies),
}

// Token lets a program act for its owner, within its scopes. Its secret is
// shown once, when it is made, and kept only as a hash.
type Token struct {
	ID      int64
	Name    string // what it is for, in its owner's words
	Owner   string // user's name: what they may no longer do, the token may not either
	Scopes  []Scope
	Hash    string // SHA-256 of the secret, in hex: a secret of 256 random bits needs no slow hash
	Created time.Time
	Expires time.Time
	Used    time.Time // last, to five minutes; zero never
	Revoked time.Time // zero while it is good
}

// Caller is who a token acts for, and how far.
type Caller struct {
	User
	Token Token
}

// Can says whether the owner is allowed an action and the token is good for it.
func (c Caller) Can(a Action) bool {
	return Can(c.Role, a) && slices.ContainsFunc(c.Token.Scopes, func(s Scope) bool { return reach[s][a] })
}

// TokenStore is what tokens need of the database.
type TokenStore interface {
	// AddToken keeps a new token and gives it its id.
	AddToken(ctx context.Context, t Token) (Token, error)
	// TokenByHash returns a token: NotFound when there is none.
	TokenByHash(ctx context.Context, hash string) (Token, error)
	// NoteTokenUse keeps when a token was used last.
	NoteTokenUse(ctx context.Context, id int64, at time.Time) error
	// User returns a user by name: NotFound when there is none.
	User(ctx context.Context, name string) (User, error)
}

// Bounds of a token's life.
const (
	maxTokenLife = 366 * 24 * time.Hour
	noteUseEvery = 5 * time.Minute // so that reading seldom writes
)

// secretPrefix makes a leaked secret recognisable to scanners.
const secretPrefix = "holdfast_"

// NewSecret makes a token's secret, to be shown once, and the hash by which it
// is known from then on.
func NewSecret() (secret, hash string) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the program instead
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	return secret, hashSecret(secret)
}

// NewToken keeps a token whose Hash NewSecret made: Invalid when it is good for
// nothing that its owner may do, or not well described.
//
// manual: by the token command.
func NewToken(ctx context.Context, s TokenStore, t Token) (Token, error) {
	if err := t.validate(); err != nil {
		return Token{}, err
	}
	owner, err := s.User(ctx, t.Owner)
	if err != nil {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	if owner.Disabled {
		return Token{}, fault.New(fault.Invalid, "%s may not sign in: a token needs an owner who may", t.Owner)
	}
	for _, scope := range t.Scopes {
		if !slices.ContainsFunc(Actions, func(a Action) bool { return reach[scope][a] && Can(owner.Role, a) }) {
			return Token{}, fault.New(fault.Invalid, "%s is %s and may do nothing of the scope %q: choose another owner or leave it out",
				t.Owner, owner.Role, scope)
		}
	}
	made, err := s.AddToken(ctx, t)
	if err != nil {
		return Token{}, fmt.Errorf("keep the token: %w", err)
	}
	return made, nil
}

func (t Token) validate() error {
	switch n := utf8.RuneCountInString(t.Name); {
	case n == 0 || n > 80:
		return fault.New(fault.Invalid, "say in 1 to 80 letters what the token is for")
	case len(t.Hash) != 2*sha256.Size:
		return fault.New(fault.Invalid, "a token needs the hash of its secret")
	case t.Owner == "":
		return fault.New(fault.Invalid, "say with --owner whose rights the token has")
	case len(t.Scopes) == 0:
		return fault.New(fault.Invalid, "name at least one scope of %v", Scopes)
	case !t.Expires.After(t.Created) || t.Expires.Sub(t.Created) > maxTokenLife:
		return fault.New(fault.Invalid, "a token lives for 1 to 366 days")
	}
	for _, s := range t.Scopes {
		if !slices.Contains(Scopes, s) {
			return fault.New(fault.Invalid, "there is no scope %q: choose of %v", s, Scopes)
		}
	}
	return nil
}

// errBadToken is one and the same for a token that is unknown, revoked, over,
// or whose owner may not sign in.
var errBadToken = fault.New(fault.Forbidden, "the token is not good (any more): have a new one made with holdfast token add")

// BearerOf returns who a secret lets in: Forbidden unless it is good.
//
// web: every request to the API.
func BearerOf(ctx context.Context, s TokenStore, secret string, now time.Time) (Caller, error) {
	t, err := s.TokenByHash(ctx, hashSecret(secret))
	if fault.Of(err) == fault.NotFound {
		return Caller{}, errBadToken
	}
	if err != nil {
		return Caller{}, fmt.Errorf("read the token: %w", err)
	}
	if !t.Revoked.IsZero() || !now.Before(t.Expires) {
		return Caller{}, errBadToken
	}
	u, err := s.User(ctx, t.Owner)
	if fault.Of(err) == fault.NotFound || (err == nil && u.Disabled) {
		return Caller{}, errBadToken
	}
	if err != nil {
		return Caller{}, fmt.Errorf("read the token's owner: %w", err)
	}
	if now.Sub(t.Used) >= noteUseEvery {
		if err := s.NoteTokenUse(ctx, t.ID, now); err != nil {
			return Caller{}, fmt.Errorf("note the token's use: %w", err)
		}
	}
	return Caller{u, t}, nil
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
