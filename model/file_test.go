package model_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/value"
)

func written(t testing.TB, m *model.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// every returns one model of each family and calibration.
func every(t testing.TB) map[string]*model.Model {
	t.Helper()
	boosted, err := model.NewBoosted(schema(), forest(t).Trees(), model.Card{})
	if err != nil {
		t.Fatal(err)
	}
	models := map[string]*model.Model{"linear": linear(t), "forest": forest(t), "boosted": boosted, "hazard": hazard(t)}
	for name, c := range map[string]model.Calibration{
		"logistic": model.LogisticCalibration(stats.LogitCalibration{Slope: 1.1, Intercept: -.2}),
		"isotonic": model.IsotonicCalibration(stats.Isotonic{Score: []float64{.1, .4}, Level: []float64{.2, .3}}),
		"beta":     model.BetaCalibration(stats.Beta{A: .9, B: 1.2, C: .1}),
		"venn-abers": model.VennAbersCalibration(stats.VennAbersSteps{
			Score: []float64{.1, .4}, At: []float64{.2, .3}, Between: []float64{.1, .25, .6},
		}),
	} {
		m, err := forest(t).WithCalibration(c)
		if err != nil {
			t.Fatal(err)
		}
		models[name] = m.WithCard(model.Card{
			Name: name, TrainedAt: time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC), Seed: 7,
			Metrics: []model.Metric{{Name: "AUC", Value: .8, Naive: .66}}, Sentences: []string{"One <remark>."},
		})
	}
	return models
}

func TestReadGivesBackWhatWriteWrote(t *testing.T) {
	t.Parallel()
	for name, m := range every(t) {
		data := written(t, m)
		if again := written(t, m); !bytes.Equal(data, again) {
			t.Errorf("%s: written twice, the bytes differ", name)
		}
		got, err := model.Read(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(data, written(t, got)) {
			t.Errorf("%s: read and written, the bytes differ", name)
		}
		if d := cmp.Diff(m.Card(), got.Card()); d != "" {
			t.Errorf("%s: card (-want +got)\n%s", name, d)
		}
		for _, row := range [][]float64{{3, 6, 1}, {math.NaN(), 2, 2}, {0, math.NaN(), math.NaN()}} {
			a, errA := m.Probability(row)
			b, errB := got.Probability(row)
			if a != b || errA != nil || errB != nil {
				t.Errorf("%s: %v: %v and %v (%v, %v)", name, row, a, b, errA, errB)
			}
		}
		a, _ := m.ID()
		if b, err := got.ID(); a != b || len(a) != 16 || err != nil {
			t.Errorf("%s: ids %q and %q, %v", name, a, b, err)
		}
	}
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	t.Parallel()
	for name, m := range every(t) {
		data := written(t, m)
		for i := range len(data) * 8 {
			data[i/8] ^= 1 << (i % 8)
			_, err := model.Read(bytes.NewReader(data))
			if fault.Of(err) != fault.Invalid || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%s with bit %d of byte %d flipped: %v", name, i%8, i/8, err)
			}
			data[i/8] ^= 1 << (i % 8)
		}
	}
}

// The files in testdata were written by the program of each format's time: format 1
// on 2026-11-22 with one model of each family and calibration, formats 2 to 4 on
// the same day with what they added: boosted trees that count zero as missing, a
// model of buying, a hazard model and a calibration by Venn-Abers. They must be read for ever.
func TestFilesOfEveryFormatAreRead(t *testing.T) {
	t.Parallel()
	models := every(t)
	models["zero-missing"], models["buying"] = zeroMissing(t), buying(t, value.KindBGNBD)
	formats := map[string]int{"zero-missing": 2, "buying": 3, "hazard": 4, "venn-abers": 4}
	for name, want := range models {
		f, err := os.Open(fmt.Sprintf("testdata/format%d-%s.model", max(1, formats[name]), name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		m, err := model.Read(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(want.Card(), m.Card()); d != "" {
			t.Errorf("%s: card (-want +got)\n%s", name, d)
		}
		for _, row := range [][]float64{{3, 6, 1}, {math.NaN(), 2, 2}, {0, 0, 0}, {0, math.NaN(), math.NaN()}, {1e9, -1e9, 77}} {
			row = append(row, 300)[:len(want.Schema().Columns)]
			a, errA := want.Probability(row)
			b, errB := m.Probability(row)
			if a != b || errA != nil || errB != nil {
				t.Errorf("%s: %v: %v, want %v (%v, %v)", name, row, b, a, errB, errA)
			}
		}
	}
}

// zeroMissing is forest's trees, boosted, where a tenure of 0 counts as missing.
func zeroMissing(t testing.TB) *model.Model {
	t.Helper()
	trees := new(model.Trees)
	trees.Append(forest(t).Trees())
	trees.ZeroMissing[2], trees.MissingLeft[2] = true, false
	m, err := model.NewBoosted(schema(), trees, model.Card{Name: "zero is missing"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestZeroCountsAsMissingWhereASplitSaysSo(t *testing.T) {
	t.Parallel()
	for tenure, want := range map[float64]float64{0: .8, 1e-36: .8, math.Inf(-1): .4, 1e-34: .4, -1: .4, 6: .8} {
		if got, err := zeroMissing(t).Margin([]float64{0, tenure, 1}); got != want || err != nil {
			t.Errorf("a tenure of %v gives %v (%v), want %v", tenure, got, err, want)
		}
	}
	content := written(t, zeroMissing(t))
	content = content[:len(content)-sha256.Size]
	binary.LittleEndian.PutUint32(content[8:], 1)
	want := "read the model: node 2 of its trees has missing flags of 2"
	if _, err := model.Read(bytes.NewReader(sealed(content))); fault.Of(err) != fault.Invalid || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestEveryCutIsNoticed(t *testing.T) {
	t.Parallel()
	data := written(t, linear(t))
	for n := range data {
		_, err := model.Read(bytes.NewReader(data[:n]))
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "cut short") {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
}

// sealed closes content with its checksum, as a writer would.
func sealed(content []byte) []byte {
	sum := sha256.Sum256(content)
	return append(content[:len(content):len(content)], sum[:]...)
}

func TestReadRefusesInOneSentence(t *testing.T) {
	t.Parallel()
	content := func() []byte {
		data := written(t, linear(t))
		return data[:len(data)-sha256.Size]
	}
	newer := content()
	binary.LittleEndian.PutUint32(newer[8:], model.FormatVersion+1)
	long := content()
	binary.LittleEndian.PutUint64(long[16:], 1<<60)
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, "the model file is cut short after 0 bytes: copy it again from where it was made"},
		{[]byte("customer,churn\n"), "this is not a model file: it does not begin with HOLDFAST"},
		{sealed(newer), "the model file is of format 5 and this program reads up to 4: use a newer holdfast"},
		{sealed(long), "the model file contradicts itself about its version or lengths: it was not written by holdfast"},
		{append(written(t, linear(t)), 'x'), "the model file is damaged: its checksum does not match: copy it again from where it was made"},
		{
			sealed(bytes.Replace(content(), []byte("tenure_days"), []byte("tenure_dogs"), 1)),
			"read the model: its header names schema",
		},
		{
			sealed(bytes.Replace(content(), []byte(`"linear"`), []byte(`"rinear"`), 1)),
			`read the model: make a rinear model: no model family is called "rinear"`,
		},
		{
			sealed(bytes.Replace(content(), []byte(`"Intercept"`), []byte(`"intercepd"`), 1)),
			"read the model: its weights: json: unknown field",
		},
	} {
		_, err := model.Read(bytes.NewReader(c.data))
		if fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := model.Read(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := linear(t).Write(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// failing is a file that cannot be read or written.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzRead: what is read can be scored and written again; nothing else is read,
// and nothing panics. The fuzzer changes the content; the seal is put on again,
// or it would only ever test the checksum.
func FuzzRead(f *testing.F) {
	for _, m := range every(f) {
		data := written(f, m)
		f.Add(data[:len(data)-sha256.Size])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := model.Read(bytes.NewReader(sealed(content)))
		if err != nil {
			return
		}
		row := make([]float64, len(m.Schema().Columns))
		if _, err := m.Probability(row); err != nil {
			t.Fatal(err)
		}
		if len(row) < 40 {
			if _, err := m.Contributions(row, make([]float64, len(row))); err != nil && fault.Of(err) != fault.Internal {
				t.Fatal(err)
			}
		}
		if _, err := model.Read(bytes.NewReader(written(t, m))); err != nil {
			t.Fatal(err)
		}
	})
}
