package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// Arrival is a file that a watched feed has not imported yet.
type Arrival struct {
	Feed string
	File string
	Hash string // of its bytes
}

// ImportNew imports, for the night of asOf, the files of every watched feed
// that were not imported before, by their bytes and in the order of their
// names, one import a file: feeds of customers first, so that the others know
// theirs, else in the order of the configuration. It returns how many rows
// each watched feed brought; one that brought no file has no entry.
//
// An import that fails ends it; what was imported before stays, and the next
// call goes on from there.
//
// queue: as the first stage of a night.
func (m *Importer) ImportNew(ctx context.Context, asOf time.Time) (map[string]int64, error) {
	rows := map[string]int64{}
	for _, feed := range m.watched() {
		arrivals, err := m.arrivals(ctx, feed)
		if err != nil {
			return rows, err
		}
		for _, a := range arrivals {
			imp, err := m.Run(ctx, feed.Name, []string{a.File}, Options{AsOf: asOf})
			if err != nil {
				return rows, err
			}
			rows[feed.Name] += imp.Read
		}
	}
	return rows, nil
}

// Arrivals lists the files that ImportNew would import, in its order.
func (m *Importer) Arrivals(ctx context.Context) ([]Arrival, error) {
	var all []Arrival
	for _, feed := range m.watched() {
		arrivals, err := m.arrivals(ctx, feed)
		if err != nil {
			return nil, err
		}
		all = append(all, arrivals...)
	}
	return all, nil
}

// watched are the feeds with a path, those of customers first.
func (m *Importer) watched() []Feed {
	var feeds []Feed
	for _, f := range m.Config.Feeds {
		if f.Path != "" {
			feeds = append(feeds, f)
		}
	}
	slices.SortStableFunc(feeds, func(a, b Feed) int {
		return int(boolean(b.Kind == FeedCustomers)) - int(boolean(a.Kind == FeedCustomers))
	})
	return feeds
}

func (m *Importer) arrivals(ctx context.Context, feed Feed) ([]Arrival, error) {
	files, err := filepath.Glob(feed.Path) // sorted within a folder
	if err != nil {
		return nil, fault.New(fault.Invalid, "feed %s: path %q is not a pattern: %w", feed.Name, feed.Path, err)
	}
	slices.Sort(files)
	var out []Arrival
	seen := map[string]bool{}
	for _, file := range files {
		info, err := os.Stat(file)
		if errors.Is(err, os.ErrNotExist) || err == nil && info.IsDir() {
			continue // moved away meanwhile, or no file
		}
		if err != nil {
			return nil, fmt.Errorf("feed %s: look at %s: %w", feed.Name, file, err)
		}
		hash, err := tabular.HashFile(file)
		if err != nil {
			return nil, fmt.Errorf("feed %s: %w", feed.Name, err)
		}
		_, found, err := m.Store.FindImport(ctx, feed.Name, hash)
		if err != nil {
			return nil, err
		}
		if !found && !seen[hash] {
			seen[hash] = true
			out = append(out, Arrival{Feed: feed.Name, File: file, Hash: hash})
		}
	}
	return out, nil
}
