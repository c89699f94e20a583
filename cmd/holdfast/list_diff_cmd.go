package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/store"
)

// listDiff is what `list diff` prints as JSON.
type listDiff struct {
	List    store.ListVolume `json:"list"`
	Before  store.ListVolume `json:"before"`
	New     []store.ListMove `json:"new"`
	Dropped []store.ListMove `json:"dropped"`
	Moved   []store.ListMove `json:"moved"`
	// Surprising are those whose change moves most worth, up to ten.
	Surprising surprises `json:"surprising"`
}

// surprises are the customers whose change between two lists moves most worth,
// the most first: those that somebody should look at before a list goes out.
type surprises []store.ListMove

// mostSurprises is how many of them there are at most.
const mostSurprises = 10

// add takes a move in where it is among the most.
func (s *surprises) add(m store.ListMove) {
	at, _ := slices.BinarySearchFunc(*s, m, func(x, y store.ListMove) int {
		return cmp.Or(cmp.Compare(math.Abs(y.WorthMinor), math.Abs(x.WorthMinor)), cmp.Compare(x.Key, y.Key))
	})
	if at == mostSurprises {
		return
	}
	*s = slices.Insert(*s, at, m)
	*s = (*s)[:min(len(*s), mostSurprises)]
}

func (p *program) listDiffCmd() *cobra.Command {
	var customers bool
	c := &cobra.Command{
		Use: "diff [ID]", Short: "what a list does otherwise than the one before it; the newest by default", Args: cobra.MaximumNArgs(1),
		RunE: p.onList(reads, func(ctx context.Context, a *app, pub interventions.Publication) error {
			return a.diffList(ctx, pub, customers)
		}),
	}
	c.Flags().BoolVar(&customers, "customers", false, "a line for each customer, too")
	return c
}

func (a *app) diffList(ctx context.Context, pub interventions.Publication, customers bool) error {
	d := listDiff{New: []store.ListMove{}, Dropped: []store.ListMove{}, Moved: []store.ListMove{}, Surprising: surprises{}}
	var err error
	d.List, d.Before, err = a.store.ListDiff(ctx, pub.ID, func(m store.ListMove) error {
		d.Surprising.add(m)
		switch {
		case m.From == "":
			d.New = append(d.New, m)
		case m.To == "":
			d.Dropped = append(d.Dropped, m)
		default:
			d.Moved = append(d.Moved, m)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, moves := range [][]store.ListMove{d.New, d.Dropped, d.Moved} {
		slices.SortFunc(moves, func(x, y store.ListMove) int { return cmp.Compare(x.Key, y.Key) })
	}
	return a.p.print(d, func() { a.sayDiff(d, customers) })
}

func (a *app) sayDiff(d listDiff, customers bool) {
	a.p.say("list %d of %s (%s) against that of %s (%s)", d.List.ID, a.date(d.List.AsOf), d.List.State, a.date(d.Before.AsOf), d.Before.State)
	row := func(what, now, was string) { a.p.say("  %-28s %12s  was %12s", what, now, was) }
	row("contacts", fmt.Sprint(d.List.Contacts), fmt.Sprint(d.Before.Contacts))
	row("minutes of agents", fmt.Sprintf("%.0f", d.List.Minutes), fmt.Sprintf("%.0f", d.Before.Minutes))
	row("cost", a.cfg.Writer.Exact(int64(math.Round(d.List.CostMinor))), a.cfg.Writer.Exact(int64(math.Round(d.Before.CostMinor))))
	names := maps.Clone(d.List.Treatment)
	maps.Copy(names, d.Before.Treatment)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		row(name, fmt.Sprint(d.List.Treatment[name]), fmt.Sprint(d.Before.Treatment[name]))
	}
	for _, part := range []struct {
		what  string
		moves []store.ListMove
		why   func(store.ListMove) string
	}{
		{"new", d.New, func(m store.ListMove) string { return "was " + m.Was }},
		{"dropped", d.Dropped, func(m store.ListMove) string { return "now " + m.Now }},
		{"moved", d.Moved, func(m store.ListMove) string { return m.From + " → " + m.To }},
	} {
		a.p.say("%d %s%s", len(part.moves), part.what, reasons(part.moves, part.why))
		if !customers {
			continue
		}
		for _, m := range part.moves {
			a.p.say("  %s: %s → %s", m.Key, cmp.Or(m.From, m.Was), cmp.Or(m.To, m.Now))
		}
	}
	if len(d.Surprising) > 0 {
		a.p.say("look at those whose change moves most worth:")
	}
	for _, m := range d.Surprising {
		a.p.say("  %12s  %s: %s → %s", a.cfg.Writer.Exact(int64(math.Round(m.WorthMinor))), m.Key, cmp.Or(m.From, m.Was), cmp.Or(m.To, m.Now))
	}
}

// reasons counts why customers moved, the most frequent first.
func reasons(moves []store.ListMove, why func(store.ListMove) string) string {
	n := map[string]int{}
	for _, m := range moves {
		n[why(m)]++
	}
	if len(n) == 0 {
		return ""
	}
	words := slices.SortedFunc(maps.Keys(n), func(x, y string) int { return cmp.Or(cmp.Compare(n[y], n[x]), cmp.Compare(x, y)) })
	for i, w := range words {
		words[i] = fmt.Sprintf("%d %s", n[w], w)
	}
	return ": " + strings.Join(words, ", ")
}

func (p *program) listFallbackCmd() *cobra.Command {
	var why string
	c := &cobra.Command{
		Use: "fallback [ID]", Short: "work the list before tonight's, minus anyone now blocked", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return p.onList(writes, func(ctx context.Context, a *app, pub interventions.Publication) error {
					return a.fallBack(ctx, pub, why)
				})(cmd, args)
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				pub, err := a.listBefore(cmd.Context())
				if err != nil {
					return err
				}
				return a.fallBack(cmd.Context(), pub, why)
			})
		},
	}
	reasonFlag(c, &why)
	return c
}

// listBefore is the released list that was there before the newest night's: the
// night may have released its own, or not have come so far.
func (a *app) listBefore(ctx context.Context) (interventions.Publication, error) {
	run, err := a.store.RunAt(ctx, time.Time{})
	if err != nil {
		return interventions.Publication{}, err
	}
	if run.State == nightly.Running {
		return interventions.Publication{}, fault.New(fault.Conflict, "the night of %s is running: wait for it, or name the list to fall back to", a.date(run.AsOf))
	}
	list, err := a.store.Publications(ctx, 100)
	if err != nil {
		return interventions.Publication{}, err
	}
	for _, pub := range list {
		if pub.State == interventions.PublicationReleased && pub.AsOf.Before(run.AsOf) {
			return pub, nil
		}
	}
	return interventions.Publication{}, fault.New(fault.NotFound, "there is no released list before that of %s to fall back to", a.date(run.AsOf))
}

func (a *app) fallBack(ctx context.Context, pub interventions.Publication, why string) error {
	now, date := a.p.Now(), a.date(pub.AsOf)
	back, err := a.store.FallBack(ctx, pub.ID, now, "fallen back to the list of "+date)
	if err != nil {
		return err
	}
	blocked, err := a.policy.BlockNow(ctx, a.store, pub.ID, now)
	if err != nil {
		return err
	}
	a.p.say("the list of %s is worked again: %d tasks and %d messages are back; %d contacts are blocked since it was made",
		date, back.Tasks, back.Messages, blocked)
	return a.auditWhy(ctx, "fall back to a list", date, why)
}
