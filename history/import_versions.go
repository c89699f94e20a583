package history

import (
	"cmp"
	"slices"
)

// FactVersion is one version of a fact as the database holds it.
type FactVersion struct {
	Recorded int64  // microseconds since 1970 UTC
	Hash     uint64 // of its content; 0 withdraws the fact
}

// version is one version of a fact as the files give it.
type version struct {
	recorded int64
	content  uint64 // 0 withdraws the fact
	assumed  bool
	soft     bool // a withdrawal that need not find anything
	place    int64
	at       int // of the caller
}

// outcome is what an import makes of rows.
type outcome struct {
	added, corrected, retracted, unchanged, assumed int64

	keep  []version // new versions, oldest first
	twice []version // rows that contradict another row of their file
}

// reconcile says which of the given versions of one fact are new. priors are
// those in the database, oldest first. stamp moves the instant at which
// something became known out of the nights that are over.
//
//	priors    v1 ───────────── v3
//	given          v1    v2         v3
//	keep                 v2
//
// A version that says what the one before it says is nothing new. Of rows of
// one file that say different things about one fact as of the same moment the
// first counts and the others are rejected; of two files the later counts.
func (o *outcome) reconcile(priors []FactVersion, given []version, stamp func(int64) int64) {
	kept := o.oneEach(given)
	last := int64(-1 << 63)
	if n := len(priors); n > 0 {
		last = priors[n-1].Recorded
	}
	for i := range kept {
		v := &kept[i]
		v.recorded = stamp(v.recorded)
		if v.assumed {
			v.recorded = max(v.recorded, last)
		}
		if i > 0 && v.assumed {
			v.recorded = max(v.recorded, kept[i-1].recorded)
		}
	}
	var before *version
	for i := range kept {
		v := &kept[i]
		if i+1 < len(kept) && kept[i+1].recorded == v.recorded {
			o.same(v) // the next one is known no later
			continue
		}
		old, known := newestPrior(priors, v.recorded)
		if before != nil && (!known || before.recorded >= old.Recorded) {
			old, known = FactVersion{before.recorded, before.content}, true
		}
		if known && old.Hash == v.content || !known && v.content == 0 {
			o.same(v)
			continue
		}
		switch {
		case v.content == 0:
			o.retracted++
		case !known && len(priors) == 0:
			o.added++
		default:
			o.corrected++
		}
		if v.assumed {
			o.assumed++
		}
		o.keep = append(o.keep, *v)
		before = v
	}
}

func (o *outcome) same(v *version) {
	if !v.soft {
		o.unchanged++
	}
}

// oneEach orders the given versions by when they became known, those that do
// not say it by their place, and leaves one for each moment.
func (o *outcome) oneEach(given []version) []version {
	if len(given) == 1 {
		return given
	}
	assumed := slices.ContainsFunc(given, func(v version) bool { return v.assumed })
	slices.SortFunc(given, func(a, b version) int {
		if c := cmp.Compare(a.recorded, b.recorded); c != 0 && !assumed {
			return c
		}
		return cmp.Compare(a.place, b.place)
	})
	kept := given[:1]
	for _, v := range given[1:] {
		last := &kept[len(kept)-1]
		oneFile := v.place>>fileShift == last.place>>fileShift
		switch {
		case assumed && !oneFile, !assumed && v.recorded != last.recorded:
			kept = append(kept, v)
		case v.content == last.content:
			o.same(&v)
		case oneFile && v.content != 0 && last.content != 0:
			o.twice = append(o.twice, v)
		default:
			o.same(last)
			*last = v
		}
	}
	return kept
}

// newestPrior gives the newest version known at an instant.
func newestPrior(priors []FactVersion, at int64) (FactVersion, bool) {
	for i := len(priors) - 1; i >= 0; i-- {
		if priors[i].Recorded <= at {
			return priors[i], true
		}
	}
	return FactVersion{}, false
}
