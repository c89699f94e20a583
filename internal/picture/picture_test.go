package picture_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"html/template"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/internal/picture"
	"holdfast/internal/stats"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files in testdata from what is drawn now")

func day(year, month, day int) float64 {
	return picture.Days(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC))
}

func truth(v float64) *float64 { return &v }

// pictures are one sample of every kind and of every awkward state.
func pictures() map[string]template.HTML {
	nan, inf := math.NaN(), math.Inf(1)
	hostile := `<script>alert("x")</script> & 'quoted' ` + "\x00\x08\xff \u202e עברית"
	return map[string]template.HTML{
		"lines":           linesSample().HTML(),
		"survival":        survivalSample().HTML(),
		"bars":            barsSample().HTML(),
		"bars_interval":   intervalBarsSample().HTML(),
		"calibration":     calibrationSample().HTML(),
		"effects":         effectsSample().HTML(),
		"histogram":       histogramSample().HTML(),
		"funnel":          funnelSample().HTML(),
		"histogram_empty": picture.Histogram{Title: "Nobody", To: 100, Bins: 4, Layers: []picture.Layer{{Counts: []float64{0, nan}}}}.HTML(),
		"histogram_odd":   picture.Histogram{Title: "Too few counts", To: 1, Bins: 3, Layers: []picture.Layer{{Name: "a", Counts: []float64{nan, -2, inf, 7}}, {Name: "b", Counts: []float64{4}}}}.HTML(),
		"funnel_empty":    picture.Funnel{Title: "Nobody", Steps: []picture.Step{{Name: "a", Count: nan}, {Name: "b"}}}.HTML(),
		"hostile_funnel":  picture.Funnel{Title: hostile, Description: hostile, Unit: hostile, Steps: []picture.Step{{Name: hostile, Count: 3}, {Name: "more", Count: 5}}}.HTML(),
		"lines_empty":     picture.Lines{Title: "Attrition by month"}.HTML(),
		"lines_one": picture.Lines{
			Title: "One night", X: picture.Axis{Format: picture.Date}, Y: picture.Axis{Format: picture.Percent},
			Series: []picture.Line{{X: []float64{day(2026, 11, 3)}, Y: []float64{.3}, Low: []float64{.2}, High: []float64{.4}}},
		}.HTML(),
		"lines_missing": picture.Lines{
			Title: "Gaps", Series: []picture.Line{
				{Name: "a", X: []float64{1, 2, 3, 4, 5, 6}, Y: []float64{1, nan, 3, 4, inf, 2}, Low: []float64{0, 0, 2, nan, 0, 1}, High: []float64{2, 2, 4, 5, 5, 3}},
				{Name: "all missing", X: []float64{1, 2}, Y: []float64{nan, -inf}},
				{Name: "too short", X: []float64{1}, Y: []float64{2, 3}},
			},
		}.HTML(),
		"bars_zero":   picture.Bars{Title: "Nobody", Categories: []string{"a", "b"}, Series: []picture.BarSeries{{Values: []float64{0, nan}}}}.HTML(),
		"bars_empty":  picture.Bars{Title: "Nobody", Categories: []string{"a"}, Series: []picture.BarSeries{{Values: []float64{nan}}}}.HTML(),
		"calib_empty": picture.Calibration{Title: "Too young"}.HTML(),
		"calib_one": picture.Calibration{
			Title: "One bin", Bins: []stats.ReliabilityBin{{Low: .1, High: .1, Forecast: .1, Observed: 0, Count: 3}},
		}.HTML(),
		"effects_empty": picture.Effects{Title: "Too young", Rows: []picture.Effect{{Label: "call", Estimate: nan}}}.HTML(),
		"hostile": picture.Effects{
			Title: hostile, Description: hostile, Below: hostile, Above: hostile, X: picture.Axis{Title: hostile, Unit: hostile},
			Rows: []picture.Effect{{Label: hostile, Note: hostile, Estimate: 1, Low: nan, High: 2, Truth: truth(nan)}},
		}.HTML(),
		"hostile_lines": picture.Lines{
			Title: hostile, X: picture.Axis{Title: hostile}, Y: picture.Axis{Title: hostile},
			Series: []picture.Line{{Name: hostile, X: []float64{1, 2}, Y: []float64{1, 2}}},
			Marks:  []picture.Mark{{At: 1.5, Label: hostile}, {At: 1.5, Vertical: true, Label: hostile}, {At: nan}},
		}.HTML(),
		"hostile_bars": picture.Bars{
			Title: hostile, Categories: []string{hostile, hostile}, Series: []picture.BarSeries{{Name: hostile, Values: []float64{1, -2}}},
		}.HTML(),
	}
}

func linesSample() picture.Lines {
	l := picture.Lines{
		Title: "Leaving rate by month", Description: "Both arms fall after the programme began.",
		X:      picture.Axis{Title: "Month", Format: picture.Date},
		Y:      picture.Axis{Title: "Leaving rate", Unit: "% of customers a month", Format: picture.Percent, Include: []float64{0}},
		Series: []picture.Line{{Name: "Contacted"}, {Name: "Held back"}},
		Marks:  []picture.Mark{{At: day(2026, 4, 1), Vertical: true, Label: "programme began"}, {At: .06, Label: "target 6%"}},
	}
	for i := range l.Series {
		s := &l.Series[i]
		for m := range 14 {
			y := .08 + .01*math.Sin(float64(m)/2) - .0012*float64(m)*float64(2-2*i)
			s.X = append(s.X, day(2025, 10+m, 1))
			s.Y = append(s.Y, y)
			s.Low = append(s.Low, y-.008)
			s.High = append(s.High, y+.008)
		}
	}
	return l
}

func survivalSample() picture.Lines {
	l := picture.Lines{
		Title: "Customers still here by tenure",
		X:     picture.Axis{Title: "Tenure", Unit: "months", Every: 6},
		Y:     picture.Axis{Title: "Still here", Unit: "% of those who joined", Format: picture.Percent, Include: []float64{0, 1}},
	}
	for i, name := range []string{"2023", "2024", "2025"} {
		s := picture.Line{Name: "joined " + name, Step: true}
		alive := 1.0
		for m := range 37 - 12*i {
			s.X = append(s.X, float64(m))
			s.Y = append(s.Y, alive)
			if i == 0 {
				s.Low, s.High = append(s.Low, alive-.002*float64(m)), append(s.High, math.Min(1, alive+.002*float64(m)))
			}
			alive *= 1 - (.05+.01*float64(i))/(1+.12*float64(m))
		}
		l.Series = append(l.Series, s)
	}
	return l
}

func barsSample() picture.Bars {
	return picture.Bars{
		Title: "Why customers left", X: picture.Axis{Title: "Reason given"}, Y: picture.Axis{Title: "Customers", Unit: "count"},
		Categories: []string{"price", "competitor", "service failure", "moved", "hardship", "unknown"},
		Series: []picture.BarSeries{
			{Name: "last quarter", Values: []float64{1204, 930, 411, 220, 98, 1510}},
			{Name: "this quarter", Values: []float64{1104, 1022, 233, 240, math.NaN(), 1391}},
		},
	}
}

func intervalBarsSample() picture.Bars {
	return picture.Bars{
		Title: "Net margin by treatment", Y: picture.Axis{Title: "Margin", Unit: "£ a customer"},
		Categories: []string{"call", "offer", "thank-you"},
		Series: []picture.BarSeries{{
			Values: []float64{12.4, -3.25, 1.5}, Low: []float64{4, -7, -1}, High: []float64{21, .5, 4},
		}},
	}
}

func calibrationSample() picture.Calibration {
	random := stats.Stream(5)
	y, p := make([]float64, 4000), make([]float64, 4000)
	for i := range p {
		p[i] = math.Pow(random.Float64(), 3) * .6
		if random.Float64() < p[i]*.8+.01 {
			y[i] = 1
		}
	}
	bins, err := stats.EqualFrequencyBins(y, p, 10)
	histogram, err2 := stats.EqualWidthBins(y, p, 50)
	iso, err3 := stats.FitIsotonic(y, p, nil)
	if err := errors.Join(err, err2, err3); err != nil {
		panic(err)
	}
	return picture.Calibration{
		Title: "Predicted and observed leaving rates", Description: "The model is a little too pessimistic above 30 %.",
		X:    picture.Axis{Title: "Predicted risk", Unit: "% leaving within 90 days"},
		Y:    picture.Axis{Title: "Observed", Unit: "% that left"},
		Bins: bins, Histogram: histogram, CORP: iso,
	}
}

func effectsSample() picture.Effects {
	return picture.Effects{
		Title: "What contact changed, by treatment", Below: "fewer leave", Above: "more leave",
		X: picture.Axis{Title: "Contacted minus held back", Unit: "percentage points, 95 % interval"},
		Rows: []picture.Effect{
			{Label: "Retention call", Estimate: -2.1, Low: -3.4, High: -.8, Truth: truth(-1.9), Note: "n = 4,120"},
			{Label: "Offer by message", Estimate: .4, Low: -.6, High: 1.4, Truth: truth(.9), Note: "n = 9,871"},
			{Label: "Service recovery", Estimate: -3.0, Low: -6.5, High: .4, Truth: truth(-3.2), Note: "n = 302"},
			{Label: "Tenure thank-you from a named senior manager", Estimate: math.NaN(), Note: "not enough data"},
		},
	}
}

func TestGoldenPictures(t *testing.T) {
	t.Parallel()
	for name, got := range pictures() {
		file := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v; run the test with -update and look at the pictures", err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// wellFormed reads a picture as XML and returns its elements by name and all
// its words.
func wellFormed(t interface {
	Helper()
	Fatalf(string, ...any)
}, svg template.HTML,
) (elements map[string]int, words string) {
	t.Helper()
	elements = map[string]int{}
	decoder := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return elements, words
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
			for _, a := range token.Attr {
				if n := a.Name.Local; strings.HasPrefix(n, "on") || n == "style" || n == "href" || n == "id" {
					t.Fatalf("attribute %s in a picture", n)
				}
				if a.Name.Local != "aria-label" && (strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf")) {
					t.Fatalf("%s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			words += string(token) + "\n"
		}
	}
}

func TestPicturesAreSafeAndAccessible(t *testing.T) {
	t.Parallel()
	for name, svg := range pictures() {
		elements, words := wellFormed(t, svg)
		for _, bad := range []string{"script", "style", "image", "use", "a", "foreignObject"} {
			if elements[bad] > 0 {
				t.Errorf("%s: holds a <%s>", name, bad)
			}
		}
		for _, part := range []string{`role="img"`, `aria-label="`} {
			if !strings.Contains(string(svg), part) {
				t.Errorf("%s: lacks %s", name, part)
			}
		}
		if empty := strings.Contains(name, "empty"); empty != strings.Contains(words, "Nothing to draw yet") {
			t.Errorf("%s: says that there is nothing to draw: %v", name, !empty)
		}
		if strings.HasPrefix(name, "hostile") && !strings.Contains(words, `<script>alert("x")</script>`) {
			t.Errorf("%s: the hostile text did not come through as words", name)
		}
	}
}

func TestEveryPointCanBeHovered(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"lines":       {"Contacted, 1 Oct 2025: 8% (7.2% to 8.8%)", "Held back, 1 Nov 2026: "},
		"survival":    {"joined 2023, 0: 100% (100% to 100%)", "joined 2024, 24: "},
		"bars":        {"last quarter, price: 1,204", "this quarter, unknown: 1,391"},
		"calibration": {"predicted ", " customers", "risk 0% to 2%: "},
		"effects":     {"Retention call: −2.1 (−3.4 to −0.8)", "Offer by message, planted: 0.9"},
	} {
		_, words := wellFormed(t, pictures()[name])
		for _, w := range want {
			if !strings.Contains(words, w) {
				t.Errorf("%s: no point says %q", name, w)
			}
		}
	}
	// 14 months × 2 series, each month once.
	if n := strings.Count(string(pictures()["lines"]), `class="point"`); n != 28 {
		t.Errorf("lines: %d points can be hovered, want 28", n)
	}
}

func TestMissingPointsBreakLines(t *testing.T) {
	t.Parallel()
	svg := string(pictures()["lines_missing"])
	// a: 1 | 3 4 | 2 gives three runs; "too short": one.
	if n := strings.Count(svg, "stroke-linejoin"); n != 3+1+3 { // and three samples in the legend
		t.Errorf("%d strokes, want 7", n)
	}
}

// TestAnyNumbersDraw throws every kind of number at every chart.
func TestAnyNumbersDraw(t *testing.T) {
	t.Parallel()
	number := rapid.OneOf(
		rapid.Float64(), rapid.Float64Range(-2, 2), rapid.Float64Range(0, 1e-12),
		rapid.SampledFrom([]float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 1e299, -1e299, 5e-324}),
	)
	numbers := rapid.SliceOfN(number, 0, 40)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c, d := numbers.Draw(t, "a"), numbers.Draw(t, "b"), numbers.Draw(t, "c"), numbers.Draw(t, "d")
		format := picture.Format(rapid.IntRange(0, 2).Draw(t, "format"))
		words := rapid.String().Draw(t, "words")
		axis := picture.Axis{Title: words, Format: format}
		step := rapid.Bool().Draw(t, "step")
		wellFormed(t, picture.Lines{Title: words, X: axis, Y: axis, Series: []picture.Line{{Name: words, X: a, Y: b, Low: c, High: d, Step: step}}}.HTML())
		categories := make([]string, len(a))
		wellFormed(t, picture.Bars{Title: words, Y: picture.Axis{Format: format % 2}, Categories: categories, Series: []picture.BarSeries{{Values: b, Low: c, High: d}}}.HTML())
		effects := picture.Effects{X: axis}
		calibration := picture.Calibration{CORP: stats.Isotonic{Score: []float64{.1, .5}, Level: []float64{0, 1}}}
		for i := range min(len(a), len(b), len(c), len(d)) {
			effects.Rows = append(effects.Rows, picture.Effect{Label: words, Estimate: a[i], Low: b[i], High: c[i], Truth: &d[i]})
			calibration.Bins = append(calibration.Bins, stats.ReliabilityBin{Low: a[i], High: b[i], Forecast: c[i], Observed: d[i], Count: i})
		}
		wellFormed(t, effects.HTML())
		wellFormed(t, calibration.HTML())
	})
}
