package model

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// lightGBMOurs is the header line in which WriteLightGBM keeps what LightGBM has
// no place for: the header of our own format, in JSON. LightGBM skips it.
const (
	lightGBMOurs   = "holdfast"
	lightGBMSumKey = "holdfast_sha256"
)

// ReadLightGBM reads a model that LightGBM saved as text (versions v3 and v4) for
// two classes. The schema comes from the file: the columns' names, and for every
// categorical column the level "other" followed by the categories, by the names
// pandas gave them or else by their numbers, rising. A row therefore holds the
// index of the level, as in every schema of ours, and not LightGBM's number of
// the category; a category never seen in training is level 0, "other", and goes
// where LightGBM sends it. A file of WriteLightGBM gives back the model as it was.
//
// Scores and contributions are LightGBM's own to rounding. Other versions and
// objectives, and files that contradict themselves, are fault.Invalid.
func ReadLightGBM(r io.Reader) (*Model, error) {
	m, err := readLightGBM(r, nil)
	if err != nil {
		return nil, fmt.Errorf("read a LightGBM model: %w", err)
	}
	return m, nil
}

// ReadAny reads a model file of ours, as Read does, or a LightGBM text, whichever
// the file says it is: the text as ReadLightGBMAs does over a schema, without one
// as ReadLightGBM does.
func ReadAny(r io.Reader, as *features.Schema) (*Model, error) {
	first := bufio.NewReader(r)
	start, err := first.Peek(len(lightGBMFirstLine))
	switch {
	case err != nil || string(bytes.TrimSpace(start)) != "tree":
		return Read(first) // a short file is met there
	case as != nil:
		return ReadLightGBMAs(first, *as)
	}
	return ReadLightGBM(first)
}

// ReadLightGBMAs is ReadLightGBM for a model that was trained elsewhere on rows of
// schema s, so that it may score them here. The file must name the columns of s in
// their order; a category's number is the index of its level.
func ReadLightGBMAs(r io.Reader, s features.Schema) (*Model, error) {
	m, err := readLightGBM(r, &s)
	if err != nil {
		return nil, fmt.Errorf("read a LightGBM model: %w", err)
	}
	return m, nil
}

func readLightGBM(r io.Reader, as *features.Schema) (*Model, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBytes {
		return nil, fault.New(fault.Invalid, "it is larger than 1 GiB")
	}
	if !utf8.Valid(data) { // names with such bytes could not be written again
		return nil, fault.New(fault.Invalid, "it is not UTF-8 text: write its names in UTF-8")
	}
	text, err := splitLightGBM(data)
	if err != nil {
		return nil, err
	}
	names, sigmoid, err := readLightGBMHeader(&text.head)
	if err != nil {
		return nil, err
	}
	h, ours, err := lightGBMOwn(&text.head, len(names))
	if err != nil {
		return nil, err
	}
	if !ours {
		h.Card = Card{Name: "LightGBM", Sentences: []string{"Trained by LightGBM elsewhere and read from its text format."}}
		if sigmoid != 1 {
			h.Calibration = LogisticCalibration(stats.LogitCalibration{Slope: sigmoid})
		}
	}
	nodes := make([]*lightGBMNodes, len(text.trees))
	for i, tree := range text.trees {
		if nodes[i], err = readLightGBMTree(fmt.Sprintf("tree %d", i), tree, len(names), ours); err != nil {
			return nil, err
		}
	}
	trees, schema, err := joinLightGBM(text, names, nodes, h, ours, as)
	if err != nil {
		return nil, err
	}
	return build(&Model{kind: KindBoosted, schema: schema, trees: trees, calibration: h.Calibration, card: h.Card})
}

// readLightGBMHeader checks that the model is one that gives a probability, and
// returns the names of its columns and the slope of its sigmoid.
func readLightGBMHeader(f *textFields) (names []string, sigmoid float64, err error) {
	version, err := f.text("version")
	if err != nil {
		return nil, 0, err
	}
	if version != "v3" && version != "v4" {
		return nil, 0, fault.New(fault.Invalid, "it is of version %.40q and holdfast reads v3 and v4: save it with LightGBM 3 or 4", version)
	}
	if sigmoid, err = lightGBMObjective(f); err != nil {
		return nil, 0, err
	}
	for _, key := range []string{"num_class", "num_tree_per_iteration"} {
		if n, err := f.one(key, 1, 1<<20); err != nil || n != 1 {
			return nil, 0, cmp.Or(err, fault.New(fault.Invalid, "its %s is %d: holdfast scores two classes, left or stayed", key, n))
		}
	}
	if _, averaged := f.values["average_output"]; averaged {
		return nil, 0, fault.New(fault.Invalid, "it averages its trees (boosting=rf), which holdfast does not score: train with boosting=gbdt")
	}
	last, err := f.one("max_feature_idx", 0, 1<<24)
	if err != nil {
		return nil, 0, err
	}
	if names, err = f.list("feature_names", last+1); err != nil {
		return nil, 0, err
	}
	_, err = f.list("feature_infos", last+1)
	return names, sigmoid, err
}

func lightGBMObjective(f *textFields) (sigmoid float64, err error) {
	objective, err := f.text("objective")
	if err != nil {
		return 0, err
	}
	words := strings.Fields(objective)
	switch {
	case len(words) == 1 && words[0] == "cross_entropy":
		return 1, nil
	case len(words) == 2 && words[0] == "binary" && strings.HasPrefix(words[1], "sigmoid:"):
		sigmoid, err = strconv.ParseFloat(words[1][len("sigmoid:"):], 64)
		if err == nil && sigmoid > 0 && finite(sigmoid) {
			return sigmoid, nil
		}
	}
	return 0, fault.New(fault.Invalid, "its objective is %.60q, which gives no probability of leaving: train with objective=binary", objective)
}

// lightGBMOwn returns what WriteLightGBM left in the header, and whether it did.
func lightGBMOwn(f *textFields, columns int) (header, bool, error) {
	var h header
	text, ours := f.values[lightGBMOurs]
	if !ours {
		return h, false, nil
	}
	if err := strictJSON([]byte(text), &h); err != nil {
		return h, true, fmt.Errorf("its line of holdfast: %w", err)
	}
	if _, ok := f.values[lightGBMSumKey]; !ok {
		return h, true, fault.New(fault.Invalid, "its line of holdfast has no checksum after it: the file is damaged or was edited")
	}
	if h.Kind != KindBoosted || h.Schema.Hash() != h.SchemaHash || len(h.Schema.Columns) != columns {
		return h, true, fault.New(fault.Invalid, "its line of holdfast describes another model: the file is damaged or was edited")
	}
	return h, true, nil
}

// lightGBMSchema returns the schema of the rows, and for every categorical column
// the level of each of LightGBM's categories.
func lightGBMSchema(text *lightGBMText, names []string, nodes []*lightGBMNodes, h header, ours bool, as *features.Schema) (features.Schema, []map[int64]int, error) {
	if as == nil && !ours {
		return lightGBMPlainSchema(text, names, nodes)
	}
	s := h.Schema
	if as != nil {
		if s = *as; len(s.Columns) != len(names) {
			return s, nil, fault.New(fault.Conflict, "it has %d columns and the rows it should score have %d", len(names), len(s.Columns))
		}
	}
	codes := make([]map[int64]int, len(names))
	for j, c := range s.Columns {
		if as != nil && lightGBMName(c.Name) != names[j] {
			return s, nil, fault.New(fault.Conflict, "its column %d is %.60q and the rows it should score have %q there", j+1, names[j], c.Name)
		}
		codes[j] = make(map[int64]int, len(c.Levels))
		for level := range max(1, len(c.Levels)) {
			codes[j][int64(level)] = level
		}
	}
	return s, codes, nil
}

// lightGBMPlainSchema makes a schema from what the file says about its columns.
func lightGBMPlainSchema(text *lightGBMText, names []string, nodes []*lightGBMNodes) (features.Schema, []map[int64]int, error) {
	s := features.Schema{Columns: make([]features.Column, len(names))}
	codes, err := lightGBMCategories(text.head.values["feature_infos"], nodes)
	if err != nil {
		return s, nil, err
	}
	given, err := lightGBMPandasNames(text.pandas, codes)
	if err != nil {
		return s, nil, err
	}
	levels := make([]map[int64]int, len(names))
	for j, name := range names {
		if slices.Contains(names[:j], name) {
			return s, nil, fault.New(fault.Invalid, "it has two columns called %.60q", name)
		}
		s.Columns[j].Name = name
		if codes[j] == nil {
			continue
		}
		s.Columns[j].Kind = features.Categorical
		s.Columns[j].Levels, levels[j] = lightGBMLevels(codes[j], given[j])
	}
	return s, levels, nil
}

// lightGBMCategories returns the categories of each categorical column, rising,
// from the header and from the splits; nil for a numeric one.
func lightGBMCategories(infos string, nodes []*lightGBMNodes) ([][]int64, error) {
	var codes [][]int64
	for _, info := range strings.Fields(infos) {
		var list []int64
		if info != "none" && !strings.HasPrefix(info, "[") {
			list = []int64{}
			for w := range strings.SplitSeq(info, ":") {
				code, err := strconv.ParseInt(w, 10, 32)
				if err != nil {
					return nil, fault.New(fault.Invalid, "its header has %.40q in feature_infos where a category should be", w)
				}
				if code >= 0 { // -1 stands for missing values
					list = append(list, code)
				}
			}
		}
		codes = append(codes, list)
	}
	for _, n := range nodes {
		for k, decision := range n.decision {
			if decision&decisionCategory == 0 {
				continue
			}
			j := n.feature[k]
			if err := n.eachCategory(int64(k), func(code int64) { codes[j] = append(codes[j], code) }); err != nil {
				return nil, err
			}
		}
	}
	for j := range codes {
		if codes[j] != nil {
			slices.Sort(codes[j])
			codes[j] = slices.Compact(codes[j])
		}
	}
	return codes, nil
}

// lightGBMPandasNames returns what pandas called the categories of each column,
// by their number; nil where it does not say.
func lightGBMPandasNames(text string, codes [][]int64) ([][]string, error) {
	names := make([][]string, len(codes))
	if text == "" {
		return names, nil
	}
	var lists [][]any
	if err := json.Unmarshal([]byte(text), &lists); err != nil {
		return nil, fault.New(fault.Invalid, "its pandas_categorical is not a list of lists: %v", err)
	}
	if len(lists) == 0 {
		return names, nil
	}
	next := 0
	for j := range codes {
		if codes[j] == nil {
			continue
		}
		if next == len(lists) {
			return nil, fault.New(fault.Invalid, "its pandas_categorical names the categories of %d columns and it splits more by category", next)
		}
		names[j] = []string{}
		for _, v := range lists[next] {
			names[j] = append(names[j], fmt.Sprint(v))
		}
		next++
	}
	if next < len(lists) {
		return nil, fault.New(fault.Invalid, "its pandas_categorical names the categories of %d columns and %d are categorical", len(lists), next)
	}
	return names, nil
}

// lightGBMLevels makes the levels of a column: "other", which no category is
// called, then the categories, all those that pandas named or else those given.
func lightGBMLevels(codes []int64, names []string) (levels []string, level map[int64]int) {
	all := codes
	for code := range names {
		all = append(all, int64(code))
	}
	slices.Sort(all)
	all = slices.Compact(all)
	levels, level = []string{""}, make(map[int64]int, len(all))
	for _, code := range all {
		name := strconv.FormatInt(code, 10)
		if code < int64(len(names)) {
			name = names[code]
		}
		level[code] = len(levels)
		levels = append(levels, name)
	}
	other := "other"
	for slices.Contains(levels, other) {
		other = "(" + other + ")"
	}
	levels[0] = other
	return levels, level
}

// joinLightGBM joins the trees over the schema of their rows. A first tree of a
// single leaf is where the sum starts.
func joinLightGBM(text *lightGBMText, names []string, nodes []*lightGBMNodes, h header, ours bool, as *features.Schema) (*Trees, features.Schema, error) {
	s, codes, err := lightGBMSchema(text, names, nodes, h, ours, as)
	if err != nil {
		return nil, s, err
	}
	t := new(Trees)
	if nodes[0].leaves == 1 && len(nodes) > 1 {
		t.Base, nodes = nodes[0].leafValue[0], nodes[1:]
	}
	for _, n := range nodes {
		if err := n.addTo(t, s, codes); err != nil {
			return nil, s, err
		}
	}
	return t, s, nil
}
