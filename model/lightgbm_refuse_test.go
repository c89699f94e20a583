package model_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/model"
)

// plainText is a LightGBM text of one tree over a number and a category, with the
// lines and the order that LightGBM 4.6 gives them:
//
//	size <= 1.5 → 1 (10 rows); else plan in {1, 33} → 2 (20 rows), other → 3 (30 rows)
const plainText = `tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=size plan
feature_infos=[0:9] -1:1:7:33
tree_sizes=SIZE

Tree=0
num_leaves=3
num_cat=1
split_feature=0 1
split_gain=5 4
threshold=1.5 0
decision_type=10 9
left_child=-1 -2
right_child=1 -3
leaf_value=1 2 3
leaf_weight=1 2 3
leaf_count=10 20 30
internal_value=2.3 2.6
internal_weight=6 5
internal_count=60 50
cat_boundaries=0 2
cat_threshold=2 2
is_linear=0
shrinkage=1


end of trees

feature_importances:
size=1
plan=1

parameters:
[boosting: gbdt]
end of parameters

pandas_categorical:null
`

// edited is plainText with one thing replaced and the size of its tree put right.
func edited(t testing.TB, old, replacement string) string {
	t.Helper()
	if !strings.Contains(plainText, old) {
		t.Fatalf("there is no %q", old)
	}
	return sized(strings.Replace(plainText, old, replacement, 1))
}

// sized puts the size of the tree in the place of SIZE.
func sized(text string) string {
	size := strings.Index(text, "end of trees") - strings.Index(text, "Tree=0")
	return strings.ReplaceAll(text, "SIZE", fmt.Sprint(size))
}

func TestLightGBMSchemaComesFromTheFile(t *testing.T) {
	t.Parallel()
	pandas := `pandas_categorical:[["x0", "basic", "other", true, 4.5]]`
	many := strings.Repeat(`"x", `, 33)
	for _, c := range []struct{ old, replacement, levels string }{
		{"SIZE", "SIZE", "other 1 7 33"},
		{"-1:1:7:33", "none", "other 1 33"}, // the splits say what the header does not
		{"pandas_categorical:null", pandas, "(other) x0 basic other true 4.5 7 33"},
		{"pandas_categorical:null", "pandas_categorical:[]", "other 1 7 33"},
		{"pandas_categorical:null", "pandas_categorical:[[" + many + `"y"]]`, "other" + strings.Repeat(" x", 33) + " y"},
	} {
		m, err := model.ReadLightGBM(strings.NewReader(edited(t, c.old, c.replacement)))
		if err != nil {
			t.Fatal(err)
		}
		s := m.Schema()
		if got := strings.Join(s.Columns[1].Levels, " "); got != c.levels || s.Columns[0].Name != "size" || s.Columns[1].Name != "plan" ||
			s.Columns[0].Kind != features.Numeric || s.Columns[1].Kind != features.Categorical {
			t.Errorf("%s: schema %+v, want levels %s", c.replacement, s, c.levels)
		}
		last := float64(len(s.Columns[1].Levels) - 1) // the name of category 33
		for _, r := range []struct{ size, level, want float64 }{
			{1.5, last, 1},
			{1.6, last, 2},
			{1.6, 0, 3},
			{1.6, math.NaN(), 3},
			{1.6, -1, 3},
			{1.6, 1e9, 3},
			{math.NaN(), 0, 1},
			{math.Inf(1), last, 2},
			{math.Inf(-1), last, 1},
		} {
			if got, err := m.Margin([]float64{r.size, r.level}); got != r.want || err != nil {
				t.Errorf("%s: %v, %v: %v (%v), want %v", c.replacement, r.size, r.level, got, err, r.want)
			}
		}
	}
}

func TestLightGBMScoresRowsOfAGivenSchema(t *testing.T) {
	t.Parallel()
	s := features.Schema{Version: 4, Columns: []features.Column{
		{Name: "size"}, {Name: "plan", Kind: features.Categorical, Levels: make([]string, 40)},
	}}
	for l := range s.Columns[1].Levels {
		s.Columns[1].Levels[l] = fmt.Sprint("level ", l)
	}
	text := edited(t, "SIZE", "SIZE")
	m, err := model.ReadLightGBMAs(strings.NewReader(text), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Accepts(s); err != nil {
		t.Fatal(err)
	}
	for level, want := range map[float64]float64{1: 2, 33: 2, 7: 3, 34: 3} {
		if got, err := m.Margin([]float64{2, level}); got != want || err != nil {
			t.Errorf("level %v: %v (%v), want %v", level, got, err, want)
		}
	}
	for want, spoil := range map[string]func(s *features.Schema){
		"it has 2 columns and the rows it should score have 1":                    func(s *features.Schema) { s.Columns = s.Columns[:1] },
		`its column 1 is "size" and the rows it should score have "height" there`: func(s *features.Schema) { s.Columns[0].Name = "height" },
		`tree 0 splits on category 33, which its column does not have`:            func(s *features.Schema) { s.Columns[1].Levels = s.Columns[1].Levels[:9] },
		`tree 0 splits "plan" as categories and it is a number`:                   func(s *features.Schema) { s.Columns[1].Kind, s.Columns[1].Levels = features.Numeric, nil },
		`tree 0 splits "size" as a number and it is a category`: func(s *features.Schema) {
			s.Columns[0].Kind, s.Columns[0].Levels = features.Categorical, []string{"other"}
		},
	} {
		other := features.Schema{Version: s.Version, Columns: append([]features.Column(nil), s.Columns...)}
		spoil(&other)
		if _, err := model.ReadLightGBMAs(strings.NewReader(text), other); err == nil || err.Error() != "read a LightGBM model: "+want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// A sigmoid that is not 1 is the slope of a calibration.
func TestLightGBMSigmoid(t *testing.T) {
	t.Parallel()
	m, err := model.ReadLightGBM(strings.NewReader(edited(t, "sigmoid:1", "sigmoid:0.5")))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Probability([]float64{1, 0}); err != nil || math.Abs(got-1/(1+math.Exp(-.5))) > 1e-15 {
		t.Error(got, err)
	}
}

func TestLightGBMRefusesInOneSentence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, replacement, want string }{
		{"tree\n", "{}\n", `this is not a LightGBM text model: its first line is not "tree"`},
		{"version=v4", "version=v9", `it is of version "v9" and holdfast reads v3 and v4: save it with LightGBM 3 or 4`},
		{"version=v4\n", "", "its header has no version"},
		{"binary sigmoid:1", "regression", `its objective is "regression", which gives no probability of leaving: train with objective=binary`},
		{"sigmoid:1", "sigmoid:-1", `its objective is "binary sigmoid:-1", which gives no probability of leaving: train with objective=binary`},
		{"objective=binary sigmoid:1\n", "", "its header has no objective"},
		{"num_class=1", "num_class=3", "its num_class is 3: holdfast scores two classes, left or stayed"},
		{"label_index=0", "average_output", "it averages its trees (boosting=rf), which holdfast does not score: train with boosting=gbdt"},
		{"max_feature_idx=1", "max_feature_idx=2", "its header has 2 numbers in feature_names and should have 3"},
		{"size plan", "plan plan", `it has two columns called "plan"`},
		{"size plan", "size p\x8ean", "it is not UTF-8 text: write its names in UTF-8"},
		{"-1:1:7:33", "-1:1:x:33", `its header has "x" in feature_infos where a category should be`},
		{"tree_sizes=SIZE\n", "", "its header has no tree_sizes"},
		{"tree_sizes=SIZE", "tree_sizes=SIZE SIZE", "tree 1 is not where tree_sizes says: the file is damaged or was edited"},
		{"tree_sizes=SIZE", "tree_sizes=SIZE\ntree_sizes=SIZE", `its header has "tree_sizes" twice`},
		{"SIZE", "100", "its trees take 314 bytes and tree_sizes says 100: the file is damaged or was edited"},
		{"Tree=0", "Tree=1", "tree 0 is not where tree_sizes says: the file is damaged or was edited"},
		{"num_leaves=3", "num_leaves=4", "tree 0 has 3 numbers in leaf_value and should have 4"},
		{"num_leaves=3", "num_leaves=-3", `tree 0 has "-3" in num_leaves where a whole number from 1 to 308 should be`},
		{"split_feature=0 1", "split_feature=0 2", `tree 0 has "2" in split_feature where a whole number from 0 to 1 should be`},
		{"threshold=1.5", "threshold=1,5", `tree 0 has "1,5" in threshold where a number should be`},
		{"threshold=1.5", "threshold=nan", `tree 0 has "nan" in threshold where a number should be`},
		{"threshold=1.5 0", "threshold=1.5 1", "tree 0 has 1 as the set of split 1 and 1 sets"},
		{"decision_type=10", "decision_type=12", `tree 0 has "12" in decision_type where a whole number from 0 to 11 should be`},
		{"left_child=-1 -2", "left_child=-1 1", "tree 0 has a split with two parents"},
		{"left_child=-1 -2", "left_child=-1 -3", "tree 0 has a leaf with two parents"},
		{"right_child=1 -3", "right_child=-2 -3", "tree 0 counts 60 rows in split 0 and 10 + 20 below it: the file is damaged or was edited"},
		{"1 -3\nleaf_value=1 2 3\nleaf_weight=1 2 3\nleaf_count=10 20", "-2 -3\nleaf_value=1 2 3\nleaf_weight=1 2 3\nleaf_count=10 50", "tree 0 has 2 splits of which 1 hang together"},
		{"leaf_value=1 2", "leaf_value=1 inf", "tree 0 has +Inf as the value of leaf 1"},
		{"leaf_count=10", "leaf_count=0", "tree 0 has no rows in leaf 0, so that what a feature adds cannot be said"},
		{"leaf_count=10", "leaf_count=11", "tree 0 counts 60 rows in split 0 and 11 + 50 below it: the file is damaged or was edited"},
		{"internal_count=60 50\n", "", "tree 0 has no internal_count"},
		{"cat_boundaries=0 2", "cat_boundaries=1 2", "tree 0 has cat_boundaries that do not rise from 0"},
		{"cat_boundaries=0 2", "cat_boundaries=0 3", "tree 0 has 2 numbers in cat_threshold and should have 3"},
		{"cat_threshold=2", "cat_threshold=-2", `tree 0 has "-2" in cat_threshold where a whole number from 0 to 4294967295 should be`},
		{"is_linear=0", "is_linear=1", "tree 0 has linear leaves, which holdfast does not score: train with linear_tree=false"},
		{"categorical:null", "categorical:{", "its pandas_categorical is not a list of lists: unexpected end of JSON input"},
		{"categorical:null", `categorical:[[],[]]`, "its pandas_categorical names the categories of 2 columns and 1 are categorical"},
		{"label_index=0", `holdfast={"Kind":"boosted"}`, "its line of holdfast has no checksum after it: the file is damaged or was edited"},
		{"label_index=0", `holdfast_sha256=12`, "it is damaged or was edited: its checksum does not match: copy it again from where it was made"},
	} {
		_, err := model.ReadLightGBM(strings.NewReader(edited(t, c.old, c.replacement)))
		if fault.Of(err) != fault.Invalid || err.Error() != "read a LightGBM model: "+c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := model.ReadLightGBM(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := every(t)["boosted"].WriteLightGBM(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	for name, m := range map[string]*model.Model{"linear": linear(t), "forest": forest(t)} {
		want := "a " + name + " model cannot be written as a LightGBM text: only boosted trees can"
		if err := m.WriteLightGBM(new(bytes.Buffer)); fault.Of(err) != fault.Invalid || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
}

func TestReadAnyTellsFilesApart(t *testing.T) {
	t.Parallel()
	text := edited(t, "SIZE", "SIZE")
	for file, want := range map[string]string{
		text:                                    "",
		strings.ReplaceAll(text, "\n", "\r\n"):  "",
		string(written(t, every(t)["boosted"])): "",
		"":                                      "the model file is cut short after 0 bytes",
		"a,b\n":                                 "this is not a model file: it does not begin with HOLDFAST",
		strings.Replace(text, "v4", "v1", 1):    "read a LightGBM model: it is of version \"v1\"",
	} {
		m, err := model.ReadAny(strings.NewReader(file), nil)
		if want == "" && (err != nil || m.Kind() != model.KindBoosted) {
			t.Errorf("%.20q: %v", file, err)
		}
		if want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%.20q: got %v, want %s", file, err, want)
		}
	}
}

func TestEveryCutOfALightGBMTextIsNoticed(t *testing.T) {
	t.Parallel()
	text := edited(t, "SIZE", "SIZE")
	whole := strings.Index(text, "end of parameters\n") + len("end of parameters\n")
	for n := range whole {
		_, err := model.ReadLightGBM(strings.NewReader(text[:n]))
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), fmt.Sprintf("it is cut short after %d bytes", n)) {
			t.Fatalf("%d of %d bytes: %v", n, len(text), err)
		}
	}
}

// Any flipped bit of a text of ours is refused; of LightGBM's own, which has no
// checksum, it is refused or makes another number that can be read.
func TestFlippedBitsOfALightGBMText(t *testing.T) {
	t.Parallel()
	var ours bytes.Buffer
	if err := every(t)["boosted"].WriteLightGBM(&ours); err != nil {
		t.Fatal(err)
	}
	refused := 0
	plain := edited(t, "SIZE", "SIZE")
	for text, own := range map[string]bool{ours.String(): true, plain: false} {
		data := []byte(text)
		for i := range len(data) * 8 {
			data[i/8] ^= 1 << (i % 8)
			m, err := model.ReadLightGBM(bytes.NewReader(data))
			data[i/8] ^= 1 << (i % 8)
			switch {
			case err != nil && (fault.Of(err) != fault.Invalid || strings.ContainsAny(err.Error(), "\n\r")):
				t.Fatalf("bit %d: %q", i, err)
			case err == nil && own:
				t.Fatalf("bit %d of ours was not noticed", i)
			case err != nil && !own:
				refused++
			case err == nil:
				if _, err := m.Margin([]float64{2, 1}); err != nil {
					t.Fatalf("bit %d: %v", i, err)
				}
			}
		}
	}
	if share := float64(refused) / float64(8*len(plain)); share < .5 {
		t.Errorf("%.0f %% of the flips are refused", 100*share)
	}
}

// FuzzReadLightGBM: what is read can be scored, explained and written; nothing
// else is read, and nothing panics. SIZE stands for the size of the tree, or hardly
// a change would get past it.
func FuzzReadLightGBM(f *testing.F) {
	f.Add(plainText)
	f.Add(strings.Replace(plainText, "10 9", "6 9", 1))
	var ours bytes.Buffer
	if err := every(f)["boosted"].WriteLightGBM(&ours); err != nil {
		f.Fatal(err)
	}
	f.Add(ours.String())
	f.Fuzz(func(t *testing.T, text string) {
		m, err := model.ReadLightGBM(strings.NewReader(sized(text)))
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		row := make([]float64, len(m.Schema().Columns))
		if _, err := m.Margin(row); err != nil && fault.Of(err) != fault.Internal {
			t.Fatal(err)
		}
		if _, err := m.Contributions(row, make([]float64, len(row))); err != nil && fault.Of(err) != fault.Internal {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := m.WriteLightGBM(&again); err != nil {
			t.Fatal(err)
		}
		if _, err := model.ReadLightGBM(&again); err != nil {
			t.Fatalf("%v\n%s", err, again.Bytes())
		}
	})
}
