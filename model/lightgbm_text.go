package model

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"holdfast/internal/fault"
)

// textFields are the key=value lines of one part of a LightGBM text: its header
// or one of its trees. Part names it in errors.
type textFields struct {
	part   string
	values map[string]string
}

func fields(part string, text []byte) (textFields, error) {
	f := textFields{part, make(map[string]string)}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		key, value, _ := strings.Cut(line, "=")
		if line == "" {
			continue
		}
		if _, twice := f.values[key]; twice {
			return f, fault.New(fault.Invalid, "%s has %.40q twice", part, key)
		}
		f.values[key] = value
	}
	return f, nil
}

// text returns the value of a key that must be there.
func (f *textFields) text(key string) (string, error) {
	v, ok := f.values[key]
	if !ok {
		return "", fault.New(fault.Invalid, "%s has no %s", f.part, key)
	}
	return v, nil
}

// list returns the n words of a key, or as many as there are if n is negative.
func (f *textFields) list(key string, n int) ([]string, error) {
	v, err := f.text(key)
	if err != nil {
		return nil, err
	}
	words := strings.FieldsFunc(v, func(r rune) bool { return r == ' ' })
	if n >= 0 && len(words) != n {
		return nil, fault.New(fault.Invalid, "%s has %d numbers in %s and should have %d", f.part, len(words), key, n)
	}
	return words, nil
}

// ints returns the n whole numbers of a key, each from low to high.
func (f *textFields) ints(key string, n int, low, high int64) ([]int64, error) {
	words, err := f.list(key, n)
	if err != nil {
		return nil, err
	}
	list := make([]int64, len(words))
	for i, w := range words {
		v, err := strconv.ParseInt(w, 10, 64)
		if err != nil || v < low || v > high {
			return nil, fault.New(fault.Invalid, "%s has %.40q in %s where a whole number from %d to %d should be",
				f.part, w, key, low, high)
		}
		list[i] = v
	}
	return list, nil
}

// one returns the one whole number of a key.
func (f *textFields) one(key string, low, high int64) (int, error) {
	list, err := f.ints(key, 1, low, high)
	if err != nil {
		return 0, err
	}
	return int(list[0]), nil
}

// floats returns the n numbers of a key, none of them NaN.
func (f *textFields) floats(key string, n int) ([]float64, error) {
	words, err := f.list(key, n)
	if err != nil {
		return nil, err
	}
	list := make([]float64, len(words))
	for i, w := range words {
		v, err := strconv.ParseFloat(w, 64)
		if err != nil || math.IsNaN(v) {
			return nil, fault.New(fault.Invalid, "%s has %.40q in %s where a number should be", f.part, w, key)
		}
		list[i] = v
	}
	return list, nil
}

const (
	lightGBMFirstLine = "tree\n"
	lightGBMTree      = "Tree="
	lightGBMEnd       = "end of trees\n"
	lightGBMLast      = "end of parameters\n"
	lightGBMPandas    = "pandas_categorical:"
)

// lightGBMText is a LightGBM text taken apart, its trees still as text.
type lightGBMText struct {
	head   textFields
	trees  [][]byte
	pandas string // JSON: the values of each categorical column, or ""
}

// splitLightGBM takes a LightGBM text apart and checks that nothing is missing
// from it: the sizes of the trees in the header say where each must end.
func splitLightGBM(data []byte) (*lightGBMText, error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	if !bytes.HasPrefix(data, []byte(lightGBMFirstLine)) {
		if bytes.HasPrefix([]byte(lightGBMFirstLine), data) {
			return nil, cutShort(len(data))
		}
		return nil, fault.New(fault.Invalid, `this is not a LightGBM text model: its first line is not "tree"`)
	}
	rest := data[len(lightGBMFirstLine):]
	until := bytes.Index(rest, []byte("\n"+lightGBMTree))
	end := bytes.Index(rest, []byte("\n"+lightGBMEnd))
	last := bytes.LastIndex(rest, []byte("\n"+lightGBMLast))
	if end < 0 || last < end {
		return nil, cutShort(len(data))
	}
	if err := checkLightGBMSum(data); err != nil {
		return nil, err
	}
	if until < 0 || until > end {
		return nil, fault.New(fault.Invalid, "it has no trees")
	}
	t := new(lightGBMText)
	var err error
	if t.head, err = fields("its header", rest[:until]); err != nil {
		return nil, err
	}
	t.pandas = pandasCategories(rest[last+1+len(lightGBMLast):])
	return t, t.splitTrees(rest[until+1 : end+1])
}

// checkLightGBMSum checks the checksum of a text of ours. LightGBM's own have none.
func checkLightGBMSum(data []byte) error {
	before, after, ours := bytes.Cut(data, []byte("\n"+lightGBMSumKey+"="))
	if !ours {
		return nil
	}
	sum, after, _ := bytes.Cut(after, []byte("\n"))
	if string(sum) != lightGBMSum(data[:len(before)+1], after) {
		return fault.New(fault.Invalid, "it is damaged or was edited: its checksum does not match: copy it again from where it was made")
	}
	return nil
}

func cutShort(n int) error {
	return fault.New(fault.Invalid, "it is cut short after %d bytes: copy it again from where it was made", n)
}

func pandasCategories(tail []byte) string {
	for line := range strings.Lines(string(tail)) {
		if v, ok := strings.CutPrefix(line, lightGBMPandas); ok && strings.TrimSpace(v) != "null" {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func (t *lightGBMText) splitTrees(text []byte) error {
	if _, ok := t.head.values["tree_sizes"]; !ok {
		return fault.New(fault.Invalid, "its header has no tree_sizes")
	}
	sizes, err := t.head.ints("tree_sizes", -1, 0, maxBytes)
	if err != nil {
		return err
	}
	whole := text
	for i, size := range sizes {
		name := lightGBMTree + strconv.Itoa(i) + "\n"
		if !bytes.HasPrefix(text, []byte(name)) || size > int64(len(text)) || size < int64(len(name)) {
			return fault.New(fault.Invalid, "tree %d is not where tree_sizes says: the file is damaged or was edited", i)
		}
		t.trees = append(t.trees, text[len(name):size])
		text = text[size:]
	}
	if len(sizes) == 0 || len(text) > 0 {
		return fault.New(fault.Invalid, "its trees take %d bytes and tree_sizes says %d: the file is damaged or was edited",
			len(whole), len(whole)-len(text))
	}
	return nil
}
