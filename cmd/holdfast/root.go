package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"holdfast/internal/fault"
)

// Surroundings is all that the program takes from the outside.
type Surroundings struct {
	Args   []string
	Stdout io.Writer
	Stderr io.Writer
	Stdin  io.Reader
	Getenv func(string) string
	Now    func() time.Time
	Ready  func(address string) // told where the desk is open; nil tells nobody
	Yield  func()               // lets other programs of the machine go first; nil does not
}

// goLast lets other programs of the machine go before this one from now on.
func (s Surroundings) goLast() {
	if s.Yield != nil {
		s.Yield()
	}
}

// program is the surroundings with the global flags.
type program struct {
	Surroundings
	configPath string
	json       bool
	quiet      bool
	armsSeed   string // of a demo: what its arms are drawn with; random otherwise
	doing      string // the command, as the lock file names it
	given      string // what was typed for the command: the hash of a password
	host       *host  // in whose process the command runs as a job; nil in its own
}

// Main runs one command and returns the exit code: 0 done, 1 failed, 2 wrong
// use or bad configuration, 3 bad input data, 4 held by a check, 5 a service is
// unreachable.
func Main(ctx context.Context, s Surroundings) int {
	p := &program{Surroundings: s}
	return p.ended(ctx, p.execute(ctx))
}

// execute runs the command that the arguments name.
func (p *program) execute(ctx context.Context) error {
	root := p.root()
	root.SetArgs(p.Args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	return root.ExecuteContext(ctx)
}

// ended says how a command ended, in one sentence if it failed, and returns
// the exit code.
func (p *program) ended(ctx context.Context, err error) int {
	var said codeError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &said):
		return int(said)
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(p.Stderr, "holdfast: interrupted")
		return 1
	}
	if errors.Is(err, syscall.ENOSPC) && fault.Of(err) == fault.Internal {
		err = fault.New(fault.Unavailable, "%w: free some space and run it again; nothing was half-done", err)
	}
	sentence, _, _ := strings.Cut(err.Error(), "\n") // what failed after the first failure helps nobody
	fmt.Fprintln(p.Stderr, "holdfast: "+sentence)
	return exitCode(err)
}

// codeError is the exit code of a command that has said already what failed.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError marks wrong use of the command line.
type usageError struct{ error }

// dataError marks bad input data.
type dataError struct{ error }

func (e dataError) Unwrap() error { return e.error }

// exitCode is the one table from kinds of failure to exit codes.
func exitCode(err error) int {
	var usage usageError
	var data dataError
	switch {
	case errors.As(err, &usage):
		return 2
	case errors.As(err, &data):
		return 3
	}
	switch fault.Of(err) {
	case fault.Invalid, fault.NotFound, fault.Forbidden:
		return 2
	case fault.Held:
		return 4
	case fault.Unavailable:
		return 5
	}
	return 1
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "holdfast",
		Short:         "predicts who is about to leave, decides what is worth doing, hands out the work, and proves what it saved",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	root.PersistentFlags().StringVar(&p.configPath, "config", "holdfast.yaml", "configuration `file`")
	root.PersistentFlags().BoolVar(&p.json, "json", false, "print results as JSON")
	root.PersistentFlags().BoolVar(&p.quiet, "quiet", false, "no progress and no log below warnings")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{fmt.Errorf("there is no command %q: see holdfast --help", args[0])}
		}
		return nil
	}
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	root.PersistentPreRun = func(c *cobra.Command, _ []string) {
		p.doing = strings.TrimPrefix(c.CommandPath(), root.Name()+" ")
	}
	root.AddCommand(p.commands()...)
	for _, c := range root.Commands() {
		usageArgs(c)
	}
	return root
}

// usageArgs makes wrong arguments wrong use, in a command and those below it.
func usageArgs(c *cobra.Command) {
	check := c.Args
	if check == nil {
		check = cobra.NoArgs
		if c.HasSubCommands() {
			check = func(c *cobra.Command, args []string) error {
				if len(args) == 0 {
					return fmt.Errorf("%s needs one of its subcommands: see holdfast %s --help", c.Name(), c.Name())
				}
				return fmt.Errorf("%s has no subcommand %q: see holdfast %s --help", c.Name(), args[0], c.Name())
			}
			if c.RunE == nil {
				c.RunE = func(*cobra.Command, []string) error { return nil }
			}
		}
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError{err}
		}
		return nil
	}
	for _, sub := range c.Commands() {
		usageArgs(sub)
	}
}

// version is the module's version, or the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "devel"
}

// logger writes to stderr: warnings only when quiet.
func (p *program) logger() *slog.Logger {
	level := slog.LevelInfo
	if p.quiet {
		level = slog.LevelWarn
	}
	return slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: level}))
}

// terminal says whether progress may be drawn.
func (p *program) terminal() bool {
	f, ok := p.Stderr.(*os.File)
	return ok && !p.quiet && term.IsTerminal(int(f.Fd()))
}
