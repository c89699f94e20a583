package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
	"holdfast/model"
)

// modelTableCmds are the commands on flat tables, which need no configuration.
func (p *program) modelTableCmds() []*cobra.Command {
	return []*cobra.Command{p.modelFitCmd(), p.modelPredictCmd(), p.modelEvaluateCmd()}
}

// tableFlags say which file a command reads, and how.
type tableFlags struct {
	data, delimiter, encoding string
	missing                   []string
	threads                   int
}

// command makes a command with the flags that all of them have.
func (f *tableFlags) command(use, short string) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short}
	c.Flags().StringVar(&f.data, "data", "", "flat table to read, CSV (also gzip) or Parquet `file`")
	c.Flags().StringVar(&f.delimiter, "delimiter", "", `of a CSV file: "," (the default), ";", "|", tab or blanks`)
	c.Flags().StringVar(&f.encoding, "encoding", "", "of a CSV file: utf-8 (the default), latin1 or windows-1252")
	c.Flags().StringArrayVar(&f.missing, "missing", nil, "`word` that means a missing value, besides an empty cell; may be repeated")
	c.Flags().IntVar(&f.threads, "threads", 0, "processors to use; 0 is all, and the result is the same for any number")
	return c
}

// required makes wrong use of an absent flag.
func required(flags ...[2]string) error {
	for _, f := range flags {
		if f[1] == "" {
			return usageError{fmt.Errorf("--%s is needed: see --help", f[0])}
		}
	}
	return nil
}

// hold limits the processors as asked for and the memory that waits to be freed
// (a table is few and large pieces, so looking for it often costs little), and
// returns how many processors there are and what undoes both.
func (f *tableFlags) hold() (threads int, release func(), err error) {
	if f.threads < 0 {
		return 0, nil, usageError{fmt.Errorf("--threads is %d: give at least 1, or 0 for all processors", f.threads)}
	}
	const waiting = 40 // per cent of what is in use
	free := debug.SetGCPercent(waiting)
	before := runtime.GOMAXPROCS(f.threads) // 0 changes nothing
	return runtime.GOMAXPROCS(0), func() {
		debug.SetGCPercent(free)
		if f.threads > 0 {
			runtime.GOMAXPROCS(before)
		}
	}, nil
}

// options turns the flags into those of the reader.
func (f *tableFlags) options() (tabular.TableOptions, error) {
	var opt tabular.TableOptions
	var err error
	if opt.Delimiter, err = tabular.ParseDelimiter(f.delimiter); err != nil {
		return opt, err
	}
	if opt.Encoding, err = tabular.ParseEncoding(f.encoding); err != nil {
		return opt, err
	}
	opt.Hash, opt.Missing = true, f.missing
	return opt, nil
}

// readTable reads a flat table. What is wrong with the file is bad input data.
func (p *program) readTable(ctx context.Context, path string, opt tabular.TableOptions) (*tabular.Table, float64, error) {
	start := p.Now()
	opt.Workers = runtime.GOMAXPROCS(0)
	opt.Progress = p.bar("reading")
	t, err := tabular.ReadTable(ctx, path, opt)
	return t, p.since(start), badData(err)
}

func (p *program) since(start time.Time) float64 { return p.Now().Sub(start).Seconds() }

// badData marks what is wrong with a file that was named as input.
func badData(err error) error {
	if k := fault.Of(err); k == fault.Invalid || k == fault.NotFound {
		return dataError{err}
	}
	return err
}

// readModelFile reads a model of ours or one that LightGBM wrote as text; which
// one it is, is read from its first bytes.
func readModelFile(path string) (*model.Model, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, dataError{fault.New(fault.NotFound, "%s is not there; check the path of the model", path)}
	}
	if err != nil {
		return nil, dataError{fault.New(fault.Invalid, "cannot open the model: %w", err)}
	}
	defer func() { _ = f.Close() }() // only read from
	m, err := model.ReadAny(f, nil)
	if err != nil {
		return nil, badData(fmt.Errorf("%s: %w", path, err))
	}
	return m, nil
}

// writable refuses, before any long work, results in a folder that is not there,
// over a folder, or over one of the files that are read.
func writable(results []string, inputs ...string) error {
	for _, path := range results {
		if dir, err := os.Stat(filepath.Dir(path)); err != nil || !dir.IsDir() {
			return usageError{fmt.Errorf("cannot write %s: there is no folder %s", path, filepath.Dir(path))}
		}
		result, err := os.Stat(path)
		if err != nil {
			continue // it is not there yet, or writing it will tell
		}
		if result.IsDir() {
			return usageError{fmt.Errorf("cannot write %s: it is a folder", path)}
		}
		for _, name := range inputs {
			if input, err := os.Stat(name); err == nil && os.SameFile(input, result) {
				return usageError{fmt.Errorf("cannot write %s: it is read as input; choose another name", path)}
			}
		}
	}
	return nil
}

// draft is a file that is being written beside the place where it will appear.
type draft struct{ from, to string }

// drafted writes a file under another name beside path. A path that cannot be
// written is wrong use, a full disk a failure.
func drafted(path string, write func(io.Writer) error) (draft, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return draft{}, fault.New(fault.Invalid, "cannot write %s: %w", path, errors.Unwrap(err))
	}
	err = write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return draft{}, errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return draft{f.Name(), path}, nil
}

// publish lets drafts appear under their names, all or, if one fails, none of
// those that are left.
func publish(drafts ...draft) error {
	var failed error
	for _, d := range drafts {
		if failed == nil {
			failed = os.Rename(d.from, d.to)
		}
		if failed != nil {
			failed = errors.Join(failed, os.Remove(d.from))
		}
	}
	return failed
}

// warn writes a line to stderr that also --quiet lets through.
func (p *program) warn(format string, args ...any) {
	fmt.Fprintf(p.Stderr, "holdfast: warning: "+format+"\n", args...)
}

// discard removes drafts that will not appear and returns why.
func discard(why error, drafts ...draft) error {
	for _, d := range drafts {
		why = errors.Join(why, os.Remove(d.from))
	}
	return why
}
