package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"

	"holdfast/features"
	"holdfast/internal/fault"
)

// WriteLightGBM writes boosted trees as a LightGBM text model, version v4, so that
// LightGBM can check or use them; ReadLightGBM gives back the model as it was, with
// the same bits in every score.
//
// For LightGBM a category is the index of its level, and pandas columns get the
// levels' names; white space and the characters ",:[]{}= in the names of columns
// become _. LightGBM gives the probability before calibration, and where a row
// names a level that the schema does not have, its answer is its own. Linear models
// and forests have no such form and are refused with fault.Invalid.
func (m *Model) WriteLightGBM(w io.Writer) error {
	if m.kind != KindBoosted {
		return fault.New(fault.Invalid, "a %s model cannot be written as a LightGBM text: only boosted trees can", m.kind)
	}
	data, err := m.lightGBM()
	if err != nil {
		return fmt.Errorf("write a LightGBM text: %w", err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write a LightGBM text: %w", err)
	}
	return nil
}

func (m *Model) lightGBM() ([]byte, error) {
	own, err := json.Marshal(header{m.kind, m.hash, m.schema, m.calibration, m.card})
	if err != nil {
		return nil, err
	}
	columns := m.schema.Columns
	names, infos, levels := make([]string, len(columns)), make([]string, len(columns)), [][]string{}
	for j, c := range columns {
		names[j], infos[j] = lightGBMName(c.Name), "[-inf:inf]"
		if c.Kind == features.Categorical {
			infos[j] = "0"
			for l := 1; l < len(c.Levels); l++ {
				infos[j] += ":" + strconv.Itoa(l)
			}
			levels = append(levels, c.Levels)
		}
	}
	pandas, err := json.Marshal(levels)
	if err != nil {
		return nil, err
	}
	trees, sizes := m.trees.lightGBM()
	var head, rest bytes.Buffer
	head.WriteString(lightGBMFirstLine + "version=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n")
	fmt.Fprintf(&head, "max_feature_idx=%d\nobjective=binary sigmoid:1\n", len(columns)-1)
	fmt.Fprintf(&head, "feature_names=%s\nfeature_infos=%s\n", strings.Join(names, " "), strings.Join(infos, " "))
	// LightGBM takes a line apart at every =, which JSON can do without.
	fmt.Fprintf(&head, "%s=%s\n", lightGBMOurs, strings.ReplaceAll(string(own), "=", `\u003d`))
	fmt.Fprintf(&head, "tree_sizes=%s\n", strings.Join(sizes, " "))
	fmt.Fprintf(&rest, "\n%s%s\nparameters:\n[boosting: gbdt]\n[objective: binary]\n\n%s\n%s%s\n",
		trees, lightGBMEnd, lightGBMLast, lightGBMPandas, pandas)
	sum := lightGBMSum(head.Bytes(), rest.Bytes())
	return fmt.Appendf(nil, "%s%s=%s\n%s", head.Bytes(), lightGBMSumKey, sum, rest.Bytes()), nil
}

// lightGBM writes the trees, a first one for the base, and returns their sizes.
func (t *Trees) lightGBM() (text []byte, sizes []string) {
	var b bytes.Buffer
	for i := range len(t.Roots) + 1 {
		nodes := &lightGBMNodes{leaves: 1, leafValue: []float64{t.Base}, leafCount: []int64{1}, leafWeight: []float64{1}}
		if i > 0 {
			nodes = newLightGBMNodes(t, t.Roots[i-1])
		}
		from := b.Len()
		fmt.Fprintf(&b, "%s%d\n", lightGBMTree, i)
		nodes.write(&b)
		sizes = append(sizes, strconv.Itoa(b.Len()-from))
	}
	return b.Bytes(), sizes
}

// lightGBMSum is the checksum of a text of ours: of all that lies before and after
// the line that holds it.
func lightGBMSum(before, after []byte) string {
	h := sha256.New()
	h.Write(before)
	h.Write(after)
	return hex.EncodeToString(h.Sum(nil))
}

// lightGBMName is a column's name as LightGBM can hold it.
func lightGBMName(name string) string {
	if name == "" {
		return "_"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || unicode.IsSpace(r) || strings.ContainsRune(`",:[]{}=`, r) {
			return '_'
		}
		return r
	}, name)
}

// newLightGBMNodes numbers the nodes of the tree under root as LightGBM does.
func newLightGBMNodes(t *Trees, root int32) *lightGBMNodes {
	n := &lightGBMNodes{bounds: []int64{0}}
	n.number(t, root)
	n.leaves = len(n.leafValue)
	n.categories = len(n.bounds) - 1
	scale := n.countScale()
	for _, w := range n.leafWeight {
		n.leafCount = append(n.leafCount, max(1, int64(math.Round(w*scale))))
	}
	n.splitCount = make([]int64, len(n.feature))
	for k := len(n.feature) - 1; k >= 0; k-- { // children before parents
		for _, child := range []int64{n.left[k], n.right[k]} {
			if child < 0 {
				n.splitCount[k] += n.leafCount[-child-1]
			} else {
				n.splitCount[k] += n.splitCount[child]
			}
		}
	}
	return n
}

// countScale turns weights into counts: 1 if they are whole numbers already, and
// otherwise so that the counts keep nine digits.
func (n *lightGBMNodes) countScale() float64 {
	const most = 1 << 30
	var sum float64
	whole := true
	for _, w := range n.leafWeight {
		sum += w
		whole = whole && w == math.Trunc(w)
	}
	if whole && sum <= most {
		return 1
	}
	return most / sum
}

// number appends node at of t and what hangs below it, and returns its number.
func (n *lightGBMNodes) number(t *Trees, at int32) int64 {
	if t.Feature[at] < 0 {
		n.leafValue, n.leafWeight = append(n.leafValue, t.Value[at]), append(n.leafWeight, t.Cover[at])
		return -int64(len(n.leafValue))
	}
	k := len(n.feature)
	left, right := t.Left[at], t.Right[at]
	decision, threshold := int64(missingNaN), t.Threshold[at]
	switch {
	case t.Set[at] >= 0:
		decision |= decisionCategory
		threshold = float64(len(n.bounds) - 1)
		if n.addSet(t, at); t.MissingLeft[at] { // the set is turned round: LightGBM sends missing values right
			left, right = right, left
		}
	case t.ZeroMissing[at]:
		decision = missingZero
		fallthrough
	default:
		if t.MissingLeft[at] {
			decision |= decisionLeft
		}
	}
	n.feature, n.decision = append(n.feature, int64(t.Feature[at])), append(n.decision, decision)
	n.threshold, n.splitWeight = append(n.threshold, threshold), append(n.splitWeight, t.Cover[at])
	n.splitValue = append(n.splitValue, t.means[at])
	n.left, n.right = append(n.left, 0), append(n.right, 0)
	n.left[k] = n.number(t, left)
	n.right[k] = n.number(t, right)
	return int64(k)
}

// addSet appends the set of levels of split at that go with LightGBM's left side.
func (n *lightGBMNodes) addSet(t *Trees, at int32) {
	levels := int(t.levels[t.Feature[at]])
	words := make([]int64, (max(1, levels)+31)/32)
	for l := range max(1, levels) {
		in := t.Sets[int(t.Set[at])+l/64]>>(l%64)&1 == 1
		if in != t.MissingLeft[at] {
			words[l/32] |= 1 << (l % 32)
		}
	}
	n.words = append(n.words, words...)
	n.bounds = append(n.bounds, int64(len(n.words)))
}

// write writes the tree as text, with the lines and the order of LightGBM.
func (n *lightGBMNodes) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "num_leaves=%d\nnum_cat=%d\n", n.leaves, n.categories)
	ints(b, "split_feature", n.feature)
	ints(b, "split_gain", make([]int64, n.leaves-1))
	floats(b, "threshold", n.threshold, exact)
	ints(b, "decision_type", n.decision)
	ints(b, "left_child", n.left)
	ints(b, "right_child", n.right)
	floats(b, "leaf_value", n.leafValue, exact)
	floats(b, "leaf_weight", n.leafWeight, exact)
	ints(b, "leaf_count", n.leafCount)
	floats(b, "internal_value", n.splitValue, 6)
	floats(b, "internal_weight", n.splitWeight, exact)
	ints(b, "internal_count", n.splitCount)
	if n.categories > 0 {
		ints(b, "cat_boundaries", n.bounds)
		ints(b, "cat_threshold", n.words)
	}
	b.WriteString("is_linear=0\nshrinkage=1\n\n\n")
}

func ints(b *bytes.Buffer, key string, list []int64) {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = strconv.FormatInt(v, 10)
	}
	fmt.Fprintf(b, "%s=%s\n", key, strings.Join(words, " "))
}

// exact asks for as many digits as give the number back.
const exact = -1

func floats(b *bytes.Buffer, key string, list []float64, digits int) {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = strconv.FormatFloat(v, 'g', digits, 64)
	}
	fmt.Fprintf(b, "%s=%s\n", key, strings.Join(words, " "))
}
