package tabular

import (
	"fmt"
	"strings"

	"holdfast/internal/fault"
)

// resolve finds the wanted columns among a file's.
func resolve(path string, names, wanted []string, delimiter byte) ([]int, error) {
	places := make([]int, 0, len(wanted))
	for _, want := range wanted {
		place := -1
		for i, name := range names {
			if name != want {
				continue
			}
			if place >= 0 {
				return nil, fault.New(fault.Invalid, "%s has column %q twice; rename one of them", path, want)
			}
			place = i
		}
		if place < 0 {
			return nil, absent(path, names, want, delimiter)
		}
		places = append(places, place)
	}
	return places, nil
}

// absent says which columns there are, and which one was probably meant.
func absent(path string, names []string, want string, delimiter byte) error {
	text := fmt.Sprintf("%s has no column %q", path, want)
	if near := nearest(names, want); near != "" {
		text += fmt.Sprintf("; did you mean %q?", near)
	} else if other := otherDelimiter(names, delimiter); other != "" {
		text += fmt.Sprintf("; its cells seem to be separated otherwise, set `delimiter: %s`", other)
	}
	const shown = 40
	list := names
	if len(list) > shown {
		list = list[:shown]
	}
	sep := "; "
	if strings.HasSuffix(text, "?") {
		sep = " "
	}
	text += sep + "the columns are: " + strings.Join(list, ", ")
	if len(names) > shown {
		text += fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return fault.New(fault.Invalid, "%s", text)
}

// otherDelimiter guesses the delimiter of a header that was read as one name.
func otherDelimiter(names []string, delimiter byte) string {
	if len(names) != 1 {
		return ""
	}
	for _, d := range []struct{ text, name string }{{";", `";"`}, {"\t", "tab"}, {"|", `"|"`}, {",", `","`}} {
		if d.text[0] != delimiter && strings.Contains(names[0], d.text) {
			return d.name
		}
	}
	if len(strings.Fields(names[0])) > 1 {
		return "blanks"
	}
	return ""
}

// nearest gives the name within a few typing errors of want, or "".
func nearest(names []string, want string) string {
	best, least := "", 1+max(1, len([]rune(want))/4)
	fold := strings.NewReplacer("_", "", "-", "", " ", "", ".", "")
	for _, name := range names {
		d := distance(strings.ToLower(name), strings.ToLower(want))
		if strings.EqualFold(fold.Replace(name), fold.Replace(want)) {
			d = 0
		}
		if d < least && name != "" {
			best, least = name, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, row := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next := make([]int, len(y)+1)
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(y)]
}
