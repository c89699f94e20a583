package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

const (
	sectionBegins = "<!-- boosted trees: written by make bench-peers -->"
	sectionEnds   = "<!-- boosted trees: end -->"
)

// write puts the section in its document, or on standard output.
func (p plan) write(section string) error {
	if p.out == "" {
		fmt.Print(section)
		return nil
	}
	text, err := os.ReadFile(p.out)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(p.out, []byte(replaceSection(string(text), section)), 0o644)
}

// replaceSection replaces our section of a document, or adds it at the end.
func replaceSection(text, section string) string {
	section = sectionBegins + "\n" + section + sectionEnds + "\n"
	before, rest, found := strings.Cut(text, sectionBegins)
	if !found {
		if text == "" {
			text = "# Benchmarks\n\n"
		}
		return text + section
	}
	_, after, _ := strings.Cut(rest, sectionEnds+"\n")
	return before + section + after
}

// machine says what the figures were measured on.
func machine() string {
	name := "an unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range bytes.Lines(text) {
			if k, v, ok := bytes.Cut(line, []byte(":")); ok && strings.TrimSpace(string(k)) == "model name" {
				name = strings.TrimSpace(string(v))
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d processors, %s/%s, %s", name, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// series are the figures of one library in one contest, by table.
type series map[int]float64

// pickAll returns a figure of all our own finished jobs.
func pickAll(done []entry, figure func(entry) float64) series {
	s := series{}
	for k, e := range done {
		if v := figure(e); e.Library == ours && v > 0 {
			s[k] = v
		}
	}
	return s
}

// pick returns a figure of the finished jobs of a library; 0 is not measured.
func pick(done []entry, c contest, library string, figure func(entry) float64) series {
	s := series{}
	for _, e := range done {
		if e.contest != c || e.Library != library {
			continue
		}
		if v := figure(e); v > 0 {
			s[e.Seed] = v
		}
	}
	return s
}

func (s series) sorted() []float64 {
	var list []float64
	for _, v := range s {
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}

func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// over returns the median, over the tables that both have, of s ÷ other.
func (s series) over(other series) string {
	ratios := series{}
	for k, v := range s {
		if o, ok := other[k]; ok && o > 0 {
			ratios[k] = v / o
		}
	}
	if len(ratios) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", median(ratios.sorted()))
}

// spread writes a median with the least and the greatest, and of how many.
func (s series) spread(format string) string {
	list := s.sorted()
	if len(list) == 0 {
		return "–"
	}
	return fmt.Sprintf(format+" ["+format+"–"+format+"] (%d)", median(list), list[0], list[len(list)-1], len(list))
}

// middle writes the median alone.
func (s series) middle(format string) string {
	if len(s) == 0 {
		return "–"
	}
	return fmt.Sprintf(format, median(s.sorted()))
}

var title = map[string]string{ours: "Holdfast", "xgboost": "XGBoost", "sklearn": "scikit-learn HGB", "lightgbm": "LightGBM"}

// report writes the section.
func report(done []entry, machine string, versions map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Boosted trees\n\nMeasured by `make bench-peers` on %s", machine)
	libraries := []string{ours}
	for _, l := range []string{"xgboost", "sklearn", "lightgbm"} {
		if versions[l] != "" {
			libraries = append(libraries, l)
			fmt.Fprintf(&b, "; %s %s", title[l], versions[l])
		}
	}
	b.WriteString(".\n\nThe tables are the command's own: 40 columns with heavy tails, many zeros, missing values, counts, " +
		"categories of 2 to 1,000 levels and noise, about 12 % positive, one table per seed. All libraries: 31 leaves, rate 0.1, " +
		"255 bins, 20 rows a leaf (XGBoost: hessian 2), L2 penalty 1 (scikit-learn: none, its default). Every fit is a process of its own; " +
		"the libraries take turns; fitting includes binning and excludes reading. OMP_WAIT_POLICY=PASSIVE. Figures are medians " +
		"[least–greatest] (tables); ratios are medians over the tables both have done.\n\n")
	contests := contestsOf(done)
	reportTraining(&b, done, contests, libraries)
	reportQuality(&b, done, contests, libraries)
	reportUse(&b, done, contests, libraries)
	return b.String()
}

// contestsOf lists the contests of the finished jobs, in the order they came.
func contestsOf(done []entry) []contest {
	var list []contest
	for _, e := range done {
		if !slices.Contains(list, e.contest) {
			list = append(list, e.contest)
		}
	}
	return list
}

func reportTraining(b *strings.Builder, done []entry, contests []contest, libraries []string) {
	b.WriteString("### Training, seconds: processor time on one thread, wall time on two\n\n| rows, rounds, threads, codes as |")
	for _, l := range libraries {
		b.WriteString(" " + title[l] + " |")
	}
	b.WriteString(" ÷ XGBoost | extra bytes a row, each in turn |\n|" + strings.Repeat("---|", len(libraries)+3) + "\n")
	for _, c := range contests {
		seconds := func(e entry) float64 {
			if c.Threads > 1 {
				return e.Wall
			}
			return e.CPU
		}
		fmt.Fprintf(b, "| %s |", strings.TrimSuffix(c.String(), ":"))
		for _, l := range libraries {
			b.WriteString(" " + pick(done, c, l, seconds).spread("%.2f") + " |")
		}
		var memory []string
		for _, l := range libraries {
			memory = append(memory, pick(done, c, l, func(e entry) float64 { return e.Memory / float64(e.Rows) }).middle("%.0f"))
		}
		fmt.Fprintf(b, " %s | %s |\n", pick(done, c, ours, seconds).over(pick(done, c, "xgboost", seconds)), strings.Join(memory, " / "))
	}
	b.WriteString("\n")
}

func reportQuality(b *strings.Builder, done []entry, contests []contest, libraries []string) {
	b.WriteString("### Quality on held-out rows: AUC / log loss\n\nThe last column is ours against the best of the others, " +
		"mean over the tables; above zero in AUC and below zero in log loss is better. Where categories are such, " +
		"scikit-learn, which takes at most 255 of them, keeps the column of 1,000 as numbers.\n\n| rows, rounds, threads, codes as |")
	for _, l := range libraries {
		b.WriteString(" " + title[l] + " |")
	}
	b.WriteString(" difference |\n|" + strings.Repeat("---|", len(libraries)+2) + "\n")
	auc := func(e entry) float64 { return e.AUC }
	loss := func(e entry) float64 { return e.LogLoss }
	for _, c := range contests {
		if c.Threads > 1 {
			continue // the same models
		}
		fmt.Fprintf(b, "| %s |", strings.TrimSuffix(c.String(), ":"))
		for _, l := range libraries {
			fmt.Fprintf(b, " %s / %s |", pick(done, c, l, auc).mean(), pick(done, c, l, loss).mean())
		}
		fmt.Fprintf(b, " %s / %s |\n", against(done, c, libraries[1:], auc, 1), against(done, c, libraries[1:], loss, -1))
	}
	b.WriteString("\n")
}

func (s series) mean() string {
	if len(s) == 0 {
		return "–"
	}
	total := 0.0
	for _, v := range s.sorted() {
		total += v
	}
	return fmt.Sprintf("%.5f", total/float64(len(s)))
}

// against is the mean difference, over the tables that all have done, to the
// library whose mean is best; sign says which way better is.
func against(done []entry, c contest, others []string, figure func(entry) float64, sign float64) string {
	mine := pick(done, c, ours, figure)
	worst, found := 0.0, false
	for _, l := range others {
		total, n := 0.0, 0
		for k, v := range pick(done, c, l, figure) {
			if m, ok := mine[k]; ok {
				total, n = total+m-v, n+1
			}
		}
		if n == 0 {
			continue
		}
		if d := total / float64(n); !found || sign*d < sign*worst {
			worst, found = d, true
		}
	}
	if !found {
		return "–"
	}
	return fmt.Sprintf("%+.5f", worst)
}

func reportUse(b *strings.Builder, done []entry, contests []contest, libraries []string) {
	b.WriteString("### Use of the models on one thread: rows scored a second, in batches, and rows explained a second of processor time\n\n" +
		"The fastest of three passes; explained are the first 2,000 held-out rows together, exactly (TreeSHAP), XGBoost in one pass. " +
		"What Holdfast makes once for a model before it explains is not in these figures: " +
		pickAll(done, func(e entry) float64 { return e.Tables }).spread("%.2f") + " s.\n\n| rows, rounds, threads, codes as |")
	for _, l := range libraries {
		b.WriteString(" " + title[l] + " |")
	}
	b.WriteString(" ÷ XGBoost |\n|" + strings.Repeat("---|", len(libraries)+2) + "\n")
	scored := func(e entry) float64 {
		if e.Predict == 0 {
			return 0
		}
		return float64(e.Held) / e.Predict / 1000
	}
	told := func(e entry) float64 {
		if e.Shap == 0 {
			return 0
		}
		return explained / e.Shap
	}
	for _, c := range contests {
		if c.Threads > 1 || c.Rounds < 200 || len(pick(done, c, ours, scored)) == 0 {
			continue
		}
		fmt.Fprintf(b, "| %s scored, thousands |", c)
		for _, l := range libraries {
			b.WriteString(" " + pick(done, c, l, scored).spread("%.0f") + " |")
		}
		fmt.Fprintf(b, " %s |\n| %s explained |", pick(done, c, ours, scored).over(pick(done, c, "xgboost", scored)), c)
		for _, l := range libraries {
			b.WriteString(" " + pick(done, c, l, told).spread("%.0f") + " |")
		}
		fmt.Fprintf(b, " %s |\n", pick(done, c, ours, told).over(pick(done, c, "xgboost", told)))
	}
}
