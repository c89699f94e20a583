package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/config"
	"holdfast/interventions"
	"holdfast/store"
)

// untrained says, a sentence each, which calls nobody at the desk may make: no
// user who works tasks has all their skills, signs for them and may grant their
// offer. Such a call is planned and waits until it expires; most often a name is
// misspelt, or nobody was given a ceiling. Without anybody who works tasks it says
// nothing.
func untrained(treatments []interventions.Treatment, users []access.User) (out []string) {
	users = slices.DeleteFunc(slices.Clone(users), func(u access.User) bool { return u.Disabled || !access.Can(u.Role, access.WorkTasks) })
	if len(users) == 0 {
		return nil
	}
	for i := range treatments {
		t := &treatments[i]
		if t.Channel != interventions.ChannelPhone {
			continue
		}
		trained := func(u access.User) bool {
			return !slices.ContainsFunc(t.Skills, func(s string) bool { return !slices.Contains(u.Skills, s) })
		}
		signs := func(u access.User) bool {
			return t.Signatory == "" || t.Signatory == u.Name || slices.Contains(u.Signs, t.Signatory)
		}
		makes := func(u access.User) bool { return trained(u) && signs(u) }
		switch {
		case slices.ContainsFunc(users, func(u access.User) bool { return makes(u) && (t.Offer == nil || u.CeilingMinor >= t.Offer.CostMinor) }):
		case slices.ContainsFunc(users, makes):
			out = append(out, fmt.Sprintf("%s offers %q, and nobody who may make it has a ceiling that high", t.Name, t.Offer.Name))
		case !slices.ContainsFunc(users, trained):
			out = append(out, fmt.Sprintf("%s needs %s, and no user has that; the skills they have: %s", t.Name, quoted(t.Skills), quoted(had(users, func(u access.User) []string { return u.Skills }))))
		case !slices.ContainsFunc(users, signs):
			out = append(out, fmt.Sprintf("%s is made by %q, and no user is them or signs for them; they sign for: %s", t.Name, t.Signatory, quoted(had(users, func(u access.User) []string { return u.Signs }))))
		default:
			out = append(out, fmt.Sprintf("%s needs %s and is made by %q, and no user has both", t.Name, quoted(t.Skills), t.Signatory))
		}
	}
	return out
}

// had is what users have, each once.
func had(users []access.User, of func(access.User) []string) []string {
	var all []string
	for _, u := range users {
		all = append(all, of(u)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func quoted(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return "\"" + strings.Join(words, "\", \"") + "\""
}

// trainSomebody is what to do about calls that nobody may make.
const trainSomebody = "correct it in interventions.treatments, or holdfast user change NAME --skills …, --signs … or --ceiling …"

func (a *app) lookAtSkills(ctx context.Context) ([]finding, error) {
	users, err := a.store.Users(ctx)
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, says := range untrained(a.cfg.Interventions.Treatments, users) {
		found = append(found, warn("skills", trainSomebody, "%s", says))
	}
	return found, nil
}

// databaseWait is how long check-config waits for a database that may be there.
const databaseWait = 3 * time.Second

// warnOfSkills says which calls nobody may make, where there is a database with
// users to tell by. Without one, or with one that cannot be read now, it says
// nothing: the configuration is good all the same.
func (p *program) warnOfSkills(ctx context.Context, cfg *config.Config) {
	ctx, stop := context.WithTimeout(ctx, databaseWait)
	defer stop()
	s, err := store.Open(ctx, cfg.Store, p.storeOptions(cfg))
	if err != nil {
		return
	}
	users, err := s.Users(ctx)
	if errors.Join(err, s.Close()) != nil {
		return
	}
	for _, says := range untrained(cfg.Interventions.Treatments, users) {
		p.tell("warning: %s: %s", says, trainSomebody)
	}
}
