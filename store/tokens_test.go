package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/store"
)

func TestTokensAreKept(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		made, err := s.AddToken(ctx, access.Token{
			Name: "till", Owner: "oli", Scopes: []access.Scope{access.ScopeFacts}, Hash: "aa", Created: noon, Expires: noon.Add(time.Hour),
		})
		must(t, err)
		other, err := s.AddToken(ctx, access.Token{
			Name: "board", Owner: "mia", Scopes: []access.Scope{access.ScopeRead}, Hash: "bb", Created: noon, Expires: noon.Add(time.Hour),
		})
		must(t, err)
		must(t, s.NoteTokenUse(ctx, made.ID, noon.Add(time.Minute)))
		made.Used = noon.Add(time.Minute)
		got, err := s.TokenByHash(ctx, "aa")
		must(t, err)
		if d := cmp.Diff(made, got); d != "" {
			t.Error(d)
		}
		must(t, s.RevokeToken(ctx, other.ID, noon.Add(2*time.Minute)))
		other.Revoked = noon.Add(2 * time.Minute)
		all, err := s.Tokens(ctx)
		must(t, err)
		if d := cmp.Diff([]access.Token{other, made}, all); d != "" {
			t.Error(d)
		}
		if err := s.RevokeToken(ctx, other.ID, noon); fault.Of(err) != fault.Conflict {
			t.Errorf("revoking again = %v, want a conflict", err)
		}
		if err := s.RevokeToken(ctx, 99, noon); fault.Of(err) != fault.NotFound {
			t.Errorf("revoking none = %v, want not found", err)
		}
		if _, err := s.TokenByHash(ctx, "cc"); fault.Of(err) != fault.NotFound {
			t.Errorf("an unknown hash = %v, want not found", err)
		}
	})
}

func TestAnswersAreKeptForADay(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a := access.Answer{Request: "r", Status: 200, Header: map[string]string{"Etag": `"3"`}, Body: []byte("{}\x00é"), At: noon}
		must(t, s.KeepAnswer(ctx, 1, "k", a, noon.AddDate(0, 0, -1)))
		must(t, s.KeepAnswer(ctx, 1, "k", access.Answer{Request: "other", Status: 500, At: noon}, noon.AddDate(0, 0, -1)))
		got, err := s.Answer(ctx, 1, "k")
		must(t, err)
		if d := cmp.Diff(a, got); d != "" {
			t.Error(d)
		}
		if _, err := s.Answer(ctx, 2, "k"); fault.Of(err) != fault.NotFound {
			t.Errorf("another token's key = %v, want not found", err)
		}
		must(t, s.KeepAnswer(ctx, 1, "new", access.Answer{At: noon.Add(25 * time.Hour)}, noon.Add(time.Hour)))
		if _, err := s.Answer(ctx, 1, "k"); fault.Of(err) != fault.NotFound {
			t.Errorf("after a day = %v, want it forgotten", err)
		}
	})
}
