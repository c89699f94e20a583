package main

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"holdfast/internal/stats"
)

// judged is what a reader made of the words of two groups.
type judged struct {
	features  int
	words     []string // that chance would put so unevenly once in ten thousand times, over all words together
	auc, half float64  // of guessing the group of customers it has not seen; half the width of the 99.99 % interval
}

// chance says whether the reader does no better, nor worse, than chance.
func (j judged) chance() bool { return len(j.words) == 0 && math.Abs(j.auc-.5) <= j.half }

// judge tries to tell the groups apart by what was read. Every word is held
// against the groups by Fisher's exact test, with Bonferroni's correction; and
// a naive Bayes reader learns all words of four fifths of the customers and
// guesses the rest, five times over. Under chance its area has the variance
// (n1 + n0 + 1) / (12 n1 n0) of Mann and Whitney.
func judge(t *testing.T, seen map[string]map[string]bool, held map[string]bool) judged {
	t.Helper()
	keys := make([]string, 0, len(held))
	for k := range held {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var n [2]int
	count := map[string]*[2]int{}
	for _, k := range keys {
		n[group(held[k])]++
		for f := range seen[k] {
			if count[f] == nil {
				count[f] = &[2]int{}
			}
			count[f][group(held[k])]++
		}
	}
	var j judged
	type found struct {
		p    float64
		text string
	}
	var words []found
	for f, c := range count {
		if sum := c[0] + c[1]; sum == n[0]+n[1] || sum < fewest {
			continue // of everybody, or somebody's name
		}
		j.features++
		words = append(words, found{fisher(c[1], n[1], c[0], n[0]), fmt.Sprintf("%q: of %d of %d ghosts and %d of %d others", f, c[1], n[1], c[0], n[0])})
	}
	slices.SortFunc(words, func(a, b found) int { return cmp.Or(cmp.Compare(a.p, b.p), strings.Compare(a.text, b.text)) })
	for _, w := range words {
		if w.p*float64(j.features) < 1e-4 {
			j.words = append(j.words, w.text)
		}
	}
	var err error
	y, score := guess(keys, seen, held)
	if j.auc, err = stats.AUC(y, score, nil); err != nil {
		t.Fatal(err)
	}
	n1, n0 := float64(n[1]), float64(n[0])
	j.half = 3.891 * math.Sqrt((n1+n0+1)/(12*n1*n0))
	return j
}

// fewest is of how many customers a word must be to be more than a name.
const fewest = 4

func group(held bool) int {
	if held {
		return 1
	}
	return 0
}

// guess is the reader's belief in each customer, from the others' words. Folds
// are drawn by chance, and each fold's beliefs are centred, so that a fold with
// many ghosts does not look like knowledge.
func guess(keys []string, seen map[string]map[string]bool, held map[string]bool) (y, score []float64) {
	const folds = 5
	rng := rand.New(rand.NewPCG(5, 17)) //nolint:gosec // a seeded simulation
	order := slices.Clone(keys)
	rng.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	for fold := range folds {
		var n [2]float64
		count := map[string]*[2]float64{}
		for i, k := range order {
			if i%folds == fold {
				continue
			}
			g := group(held[k])
			n[g]++
			for f := range seen[k] {
				if count[f] == nil {
					count[f] = &[2]float64{}
				}
				count[f][g]++
			}
		}
		var at []float64
		for i, k := range order {
			if i%folds != fold {
				continue
			}
			sum := 0.0
			for f := range seen[k] {
				if c := count[f]; c != nil && c[0]+c[1] >= fewest {
					sum += math.Log((c[1]+.5)/(n[1]+1)) - math.Log((c[0]+.5)/(n[0]+1))
				}
			}
			at, y = append(at, sum), append(y, float64(group(held[k])))
		}
		middle := slices.Sorted(slices.Values(at))[len(at)/2]
		for _, s := range at {
			score = append(score, s-middle)
		}
	}
	return y, score
}

// fisher is the two-sided p-value of a of n against b of m.
func fisher(a, n, b, m int) float64 {
	k := a + b
	log := func(x int) float64 { v, _ := math.Lgamma(float64(x + 1)); return v }
	choose := func(n, k int) float64 { return log(n) - log(k) - log(n-k) }
	at := func(a int) float64 { return choose(n, a) + choose(m, k-a) - choose(n+m, k) }
	seen, sum := at(a), 0.0
	for x := max(0, k-m); x <= min(n, k); x++ {
		if p := at(x); p <= seen+1e-9 {
			sum += math.Exp(p)
		}
	}
	return min(1, sum)
}
