package flat_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/stats"
	"holdfast/internal/tabular"
	"holdfast/training/flat"
)

// planted writes a table whose risk rises with a and is higher for plan B, and
// reads it back with the label and the id as words.
func planted(t testing.TB, rows int, more func(i int, left bool) string, names ...string) *tabular.Table {
	t.Helper()
	random := stats.Stream(7)
	var text strings.Builder
	text.WriteString(strings.Join(append([]string{"id", "a", "plan", "left"}, names...), ",") + "\n")
	for i := range rows {
		a, plan := random.NormFloat64(), "AB"[random.IntN(2)]
		margin := a - 1
		if plan == 'B' {
			margin++
		}
		left := random.Float64() < 1/(1+math.Exp(-margin))
		value := ""
		if random.IntN(20) > 0 {
			value = strconv.FormatFloat(a, 'f', 4, 64)
		}
		fmt.Fprintf(&text, "K%d,%s,%c,%s", i, value, plan, map[bool]string{true: "yes", false: "no"}[left])
		if more != nil {
			text.WriteString("," + more(i, left))
		}
		text.WriteByte('\n')
	}
	return read(t, text.String())
}

func read(t testing.TB, text string) *tabular.Table {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	as := map[string]tabular.ColumnType{"left": tabular.Words, "id": tabular.Words}
	table, err := tabular.ReadTable(t.Context(), path, tabular.TableOptions{As: as})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func ready(t testing.TB, table *tabular.Table, roles flat.Roles) *flat.Data {
	t.Helper()
	roles.Label = "left"
	d, err := flat.New(table, roles)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fixed is a clock that stands still.
func fixed() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func fit(t testing.TB, d *flat.Data, opt flat.Options) *flat.Fitted {
	t.Helper()
	opt.Now = fixed
	f, err := flat.Fit(t.Context(), d, opt)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// column finds what was said about a column.
func column(t testing.TB, d *flat.Data, name string) flat.Column {
	t.Helper()
	for _, c := range d.Columns {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("nothing is said about column %q", name)
	return flat.Column{}
}

func TestSuspectColumnsAreLeftOut(t *testing.T) {
	t.Parallel()
	more := func(i int, left bool) string {
		score, other, gone := 0.2, "open", ""
		if left {
			score, other, gone = 0.7, "closed", "2026-03-01"
		}
		honest := i % 50
		return fmt.Sprintf("%.4f,%s,%s,%d,9,,%d,C-%d", score+float64(i%997)/2000, other, gone, 500+i, honest, i*7)
	}
	names := []string{"score", "status", "closed_on", "number", "same", "nothing", "honest", "code"}
	d := ready(t, planted(t, 2000, more, names...), flat.Roles{ID: "id", Keep: []string{"closed_on"}, Drop: []string{"plan"}})
	for name, want := range map[string]struct {
		role flat.Role
		why  string
	}{
		"id":        {flat.ID, ""},
		"left":      {flat.LabelRow, ""},
		"a":         {flat.Feature, ""},
		"honest":    {flat.Feature, ""},
		"plan":      {flat.LeftOut, "as asked for"},
		"score":     {flat.LeftOut, "alone it ranks with an AUC of "},
		"status":    {flat.LeftOut, `it is the label "left" under another name: each of its values goes with one value of the label`},
		"closed_on": {flat.Feature, "alone it ranks with an AUC of 1.0000, and above 0.95 a column holds the answer itself: it was probably made from the outcome, or after it; kept as asked for"},
		"number":    {flat.LeftOut, "nearly every row has a value of its own, so it names the customer"},
		"code":      {flat.LeftOut, "nearly every row has a value of its own, so it names the customer"},
		"same":      {flat.LeftOut, "it is the same in every row"},
		"nothing":   {flat.LeftOut, "it has no value"},
	} {
		if c := column(t, d, name); c.Role != want.role || !strings.HasPrefix(c.Why, want.why) {
			t.Errorf("column %s: %+v, want %+v", name, c, want)
		}
	}
	if n := len(d.X.Schema.Columns); n != 3 {
		t.Errorf("%d features, want a, honest and closed_on", n)
	}
	warned := strings.Join(d.Warnings, "\n")
	for _, name := range []string{"score", "status", "number", "code"} {
		if !strings.Contains(warned, fmt.Sprintf(`column %q is left out: `, name)) || !strings.Contains(warned, fmt.Sprintf(`--keep %q insists on it`, name)) {
			t.Errorf("no warning about %s in\n%s", name, warned)
		}
	}
	if !strings.Contains(warned, `column "closed_on" is kept as asked for, although alone it ranks`) {
		t.Errorf("no warning about what is kept in\n%s", warned)
	}
}

// A good feature is not taken for a leak, and chance is not either: over many
// tables of noise no column is suspected.
func TestNoiseIsNotSuspected(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		random := stats.Stream(seed)
		more := func(int, bool) string { return fmt.Sprintf("%.3f,w%d", random.NormFloat64(), random.IntN(40)) }
		d := ready(t, planted(t, 120, more, "noise", "word"), flat.Roles{ID: "id"})
		if len(d.X.Schema.Columns) != 4 {
			t.Fatalf("seed %d: %v", seed, d.Warnings)
		}
	}
}

func TestFinalStatusIsWarnedAbout(t *testing.T) {
	t.Parallel()
	panel := func(label func(customer, period int) bool) string {
		var text strings.Builder
		text.WriteString("id,period,x,left\n")
		random := stats.Stream(3)
		for customer := range 300 {
			for period := range 6 {
				fmt.Fprintf(&text, "K%d,%d,%.9f,%v\n", customer, period, random.Float64(), label(customer, period))
			}
		}
		return text.String()
	}
	final := panel(func(customer, _ int) bool { return customer%3 == 0 })
	d := ready(t, read(t, final), flat.Roles{ID: "id"})
	const want = `the label "left" never changes within an id, though 300 ids have 6.0 rows on average: it looks like the final status`
	if len(d.Warnings) == 0 || !strings.HasPrefix(d.Warnings[0], want) {
		t.Errorf("warnings %q, want %q", d.Warnings, want)
	}
	unnamed := ready(t, read(t, final), flat.Roles{})
	if c := column(t, unnamed, "id"); c.Role != flat.LeftOut || !strings.Contains(c.Why, "name it with --id") {
		t.Errorf("an id that was not named: %+v", c)
	}
	// In a proper panel a leaver's earlier rows say no.
	proper := ready(t, read(t, panel(func(customer, period int) bool { return customer%3 == 0 && period == 5 })), flat.Roles{ID: "id"})
	if len(proper.Warnings) > 0 {
		t.Errorf("a proper panel is warned about: %q", proper.Warnings)
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	table := func(values ...string) string {
		text := "x,left\n"
		for i, v := range values {
			text += fmt.Sprintf("%d,%s\n", i, v)
		}
		return text
	}
	for name, tc := range map[string]struct{ text, positive, want string }{
		"no rows left":         {table("no", "no"), "", `FILE, column "left": all 2 rows are "no"; a model needs rows of customers who left and of customers who stayed`},
		"everybody left":       {table("no", "no"), "no", `FILE, column "left": all 2 rows are "no"; a model needs rows of customers who left and of customers who stayed`},
		"the value is not":     {table("a", "b"), "yes", `FILE, column "left": no row is "yes", so nobody left; its values are "a" and "b"`},
		"which of two":         {table("a", "b"), "", `FILE, column "left" is "a" and "b": name the value that means leaving with --positive`},
		"three values":         {table("yes", "no", "perhaps"), "", `FILE, column "left": the label has 3 values ("yes", "no" and "perhaps") and needs two; name the one that means leaving with --positive, and all others count as staying`},
		"a missing label":      {table("yes", "", "no", ""), "", `FILE line 3, column "left": the label is missing here and in 2 of 4 rows in all; fill it in or leave those rows out`},
		"yes and no":           {table("NO", "Yes"), "", ""},
		"1 and 0":              {table("1", "0", "1"), "", ""},
		"a name in other case": {table("Gone", "here"), "gone", ""},
	} {
		tb := read(t, tc.text)
		y, left, err := flat.Labels(tb, "left", tc.positive)
		if tc.want == "" {
			if err != nil || left == 0 || left == len(y) {
				t.Errorf("%s: %v of %v left, %v", name, left, y, err)
			}
			continue
		}
		if err == nil || strings.ReplaceAll(err.Error(), tb.Path, "FILE") != tc.want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, tc.want)
		}
	}
}

// The whole procedure finds what was planted, is calibrated, and gives the same
// bytes for any number of workers.
func TestFit(t *testing.T) {
	t.Parallel()
	var first []byte
	for _, workers := range []int{1, 2, 8} {
		d := ready(t, planted(t, 1200, nil), flat.Roles{ID: "id"})
		f := fit(t, d, flat.Options{Folds: 3, Seed: 5, Workers: workers})
		var b bytes.Buffer
		if err := f.Model.Write(&b); err != nil {
			t.Fatal(err)
		}
		if first != nil {
			if !bytes.Equal(first, b.Bytes()) {
				t.Errorf("%d workers give another model than 1", workers)
			}
			continue
		}
		first = b.Bytes()
		if f.Contest == nil || f.Family != f.Contest.Winner || f.Family != flat.Logistic {
			t.Errorf("the data were drawn from a logistic model: %+v", f.Contest)
		}
		// The best there can be for these 1,200 rows, by the true probabilities, is .76.
		if auc := f.CV["auc"]; auc.Mean < 0.70 || auc.Mean > 0.80 || auc.SD <= 0 || auc.SD > 0.06 {
			t.Errorf("AUC %+v", auc)
		}
		if s := f.CV["calibration_slope"]; math.Abs(s.Mean-1) > 0.25 {
			t.Errorf("calibration slope %+v", s)
		}
		if f.Importance[0].Feature != "a" || math.Abs(f.Importance[0].Share+f.Importance[1].Share-1) > 1e-9 {
			t.Errorf("importance %+v", f.Importance)
		}
		if o := flat.OriginOf(f.Model.Card()); o.Label != "left" || o.Positive != "yes" || o.ID != "id" {
			t.Errorf("origin %+v", o)
		}
	}
}

// Explicit sizes are taken as they are, and monotone columns are held.
func TestParams(t *testing.T) {
	t.Parallel()
	d := ready(t, planted(t, 400, nil), flat.Roles{ID: "id"})
	f := fit(t, d, flat.Options{Params: &flat.Params{Trees: 7, Leaves: 4, Rate: 0.3, Monotone: map[string]int{"a": -1}}})
	if n := len(f.Model.Trees().Roots); n != 7 || f.Family != flat.Boosted || f.CV != nil {
		t.Errorf("%d trees, %s, %v", n, f.Family, f.CV)
	}
	low, high := []float64{-2, 1}, []float64{2, 1}
	p, errLow := f.Model.Probability(low)
	q, errHigh := f.Model.Probability(high)
	if errLow != nil || errHigh != nil || q > p {
		t.Errorf("a column held to fall raises the risk from %v to %v (%v, %v)", p, q, errLow, errHigh)
	}
	for name, tc := range map[string]struct {
		opt  flat.Options
		want string
	}{
		"an absent column": {flat.Options{Params: &flat.Params{Monotone: map[string]int{"b": 1}}}, `monotone: "b" is 1: name a numeric feature, and 1, 0 or -1`},
		"a family":         {flat.Options{Family: "forest"}, `there is no family "forest"; give boosted or logistic`},
		"one fold":         {flat.Options{Folds: 1}, "1 folds: give 2 to 20, or 0 for a model without figures"},
		"repeats":          {flat.Options{Repeats: -1}, "-1 repeats: give 1 to 100"},
	} {
		tc.opt.Now = fixed
		if _, err := flat.Fit(t.Context(), d, tc.opt); err == nil || err.Error() != tc.want {
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	d := ready(t, planted(t, 300, nil), flat.Roles{ID: "id"})
	table := read(t, "plan,a,left\nA,1.5,no\nC,,no\n,2,no\nB,3,yes\n")
	x, notes, err := flat.Encode(table, d.X.Schema)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(x.Data)
	if want := "[1.5 1 NaN 0 2 NaN 3 2]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := `[column "plan": 1 rows hold values that the model has not seen; they count as other]`; fmt.Sprint(notes) != want {
		t.Errorf("notes %s", notes)
	}
	if _, _, err := flat.Encode(read(t, "plan,left\nA,no\n"), d.X.Schema); err == nil {
		t.Error("a table without a column of the model is encoded")
	}
}

// The card stands by itself: nothing is asked of the outside, and every picture
// says in words what it shows.
func TestPage(t *testing.T) {
	t.Parallel()
	d := ready(t, planted(t, 600, nil), flat.Roles{ID: "id"})
	d.Warnings = append(d.Warnings, `<b>"quoted" & odd</b>`)
	f := fit(t, d, flat.Options{Folds: 2, Family: flat.Logistic})
	var page bytes.Buffer
	if err := f.WritePage(&page, d, "m<1>"); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{
		`<html lang="en">`, "<h1>Model card: m&lt;1&gt;</h1>", "600 rows", "2-fold cross-validation",
		"&lt;b&gt;&#34;quoted&#34; &amp; odd&lt;/b&gt;", "Of 100 customers given a risk, so many left",
		"Leavers found by contacting the riskiest first", "What moves the risk", `<th scope="row">AUC</th>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the card does not say %q", want)
		}
	}
	if n := strings.Count(text, `role="img"`); n != 3 {
		t.Errorf("%d pictures, want 3", n)
	}
	for _, never := range []string{"<script", "src=", "href=", "url(", "@import"} {
		if strings.Contains(text, never) {
			t.Errorf("the card has %q", never)
		}
	}
}
