package store_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/store"
)

var (
	_ access.Store = (*store.Store)(nil)
	_ scs.CtxStore = store.Sessions{}
)

func TestUsersAreKept(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		u := access.User{
			Name: "ann", FullName: "Ann \u200fליאור O'Neil", Role: access.Agent, PasswordHash: "h", Epoch: 3, Skills: []string{"save", "data"},
			Languages: []string{"fr"}, CeilingMinor: 2500, Signs: []string{"the managing director"}, Segments: []string{"trade"}, Created: noon,
		}
		must(t, s.AddUser(t.Context(), u))
		if err := s.AddUser(t.Context(), u); fault.Of(err) != fault.Conflict {
			t.Errorf("adding again = %v, want a conflict", err)
		}
		must(t, s.AddUser(t.Context(), access.User{Name: "zoe", Role: access.Auditor, PasswordHash: "h", Created: noon}))
		must(t, s.NoteSignIn(t.Context(), "ann", noon.Add(time.Hour)))
		u.SignedIn = noon.Add(time.Hour)
		got, err := s.User(t.Context(), "ann")
		must(t, err)
		if d := cmp.Diff(u, got); d != "" {
			t.Error(d)
		}
		u.Disabled, u.Epoch, u.Skills = true, 4, []string{}
		must(t, s.UpdateUser(t.Context(), u))
		all, err := s.Users(t.Context())
		must(t, err)
		if len(all) != 2 || cmp.Diff(u, all[0]) != "" || all[1].Name != "zoe" {
			t.Errorf("users = %v", all)
		}
		u.Name = "nobody"
		if err := s.UpdateUser(t.Context(), u); fault.Of(err) != fault.NotFound {
			t.Errorf("changing nobody = %v", err)
		}
		if _, err := s.User(t.Context(), "x'; DROP TABLE users; --\x00"); fault.Of(err) != fault.NotFound {
			t.Errorf("hostile name = %v", err)
		}
	})
}

func TestTriesWaitForEachOther(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		var wg sync.WaitGroup
		errs := make([]error, 12)
		for i := range errs {
			wg.Go(func() {
				keys := []string{"a", "b"}
				if i%2 == 1 {
					keys = []string{"b", "a"}
				}
				errs[i] = s.CountTry(context.Background(), keys, noon, noon.Add(-time.Hour), func(before []access.Tally) error {
					if before[0].Failures >= 5 {
						return fault.New(fault.Forbidden, "enough")
					}
					if before[0].Key != keys[0] || before[0].Failures != before[1].Failures {
						return errors.New("tallies are not in the order of the keys, or torn")
					}
					return nil
				})
			})
		}
		wg.Wait()
		passed := 0
		for _, err := range errs {
			if err == nil {
				passed++
			} else if fault.Of(err) != fault.Forbidden {
				t.Error(err)
			}
		}
		if passed != 5 {
			t.Errorf("%d tries passed, want 5", passed)
		}
		must(t, s.ForgetTries(t.Context(), []string{"a"}, []string{"b"}))
		look := func(now time.Time) (got []access.Tally) {
			must(t, s.CountTry(t.Context(), []string{"a", "b"}, now, now.Add(-time.Hour), func(b []access.Tally) error {
				got = b
				return nil
			}))
			return got
		}
		want := []access.Tally{{Key: "a", Failures: 4, Last: noon}, {Key: "b"}}
		if d := cmp.Diff(want, look(noon.Add(time.Minute))); d != "" {
			t.Error(d)
		}
		want = []access.Tally{{Key: "a"}, {Key: "b"}}
		if d := cmp.Diff(want, look(noon.Add(2*time.Hour))); d != "" {
			t.Errorf("old tries are still counted: %s", d)
		}
	})
}

// A session is read with whose it is; one of nobody, or of a user who is gone,
// without.
func TestASessionBringsItsUser(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ann := access.User{Name: "ann", Role: access.Agent, PasswordHash: "h", Epoch: 3, Skills: []string{"save"}, Created: noon}
		must(t, s.AddUser(t.Context(), ann))
		x := s.Sessions()
		for token, u := range map[string]access.User{"ann's": ann, "nobody's": {}, "stranger's": {Name: "gone"}} {
			ctx := access.Visited(t.Context())
			access.VisitorOf(ctx).Is(u)
			must(t, x.CommitCtx(ctx, token, []byte(token), noon.Add(time.Hour)))
		}
		must(t, x.Commit("of before", []byte("of before"), noon.Add(time.Hour)))
		for token, name := range map[string]string{"ann's": "ann", "nobody's": "", "stranger's": "", "of before": "", "none": ""} {
			ctx := access.Visited(t.Context())
			got, found, err := x.FindCtx(ctx, token)
			must(t, err)
			if found != (token != "none") || found && string(got) != token || access.VisitorOf(ctx).Name() != name {
				t.Errorf("%s: %q %v of %q, want %q", token, got, found, access.VisitorOf(ctx).Name(), name)
			}
		}
		ctx := access.Visited(t.Context())
		if _, _, err := x.FindCtx(ctx, "ann's"); err != nil {
			t.Fatal(err)
		}
		got, err := access.NewDoor(s).Current(ctx, "ann", ann.Epoch)
		must(t, err)
		if d := cmp.Diff(ann, got, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		x := s.Sessions()
		must(t, x.Commit("one", []byte{0, 1, 2}, noon.Add(time.Hour)))
		must(t, x.Commit("one", []byte{3}, noon.Add(time.Hour)))
		must(t, x.Commit("old", []byte{4}, noon))
		for _, c := range []struct {
			token string
			want  []byte
		}{{"one", []byte{3}}, {"old", nil}, {"none", nil}, {"\x00'", nil}} {
			got, found, err := x.Find(c.token)
			must(t, err)
			if found != (c.want != nil) || !bytes.Equal(got, c.want) {
				t.Errorf("%q: %v %v, want %v", c.token, got, found, c.want)
			}
		}
		must(t, x.Delete("one"))
		must(t, x.Delete("one"))
		if _, found, _ := x.Find("one"); found {
			t.Error("a deleted session is still there")
		}
	})
}
