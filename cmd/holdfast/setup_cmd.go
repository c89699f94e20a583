package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/store"
)

func (p *program) initCmd() *cobra.Command {
	return &cobra.Command{
		Use: "init", Short: "write the annotated example configuration",
		RunE: func(*cobra.Command, []string) error {
			f, err := os.OpenFile(p.configPath, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return fault.New(fault.Invalid, "%s is already there: move it away, or name another with --config", p.configPath)
			}
			if err != nil {
				return fault.New(fault.Invalid, "write the configuration: %w", err)
			}
			if _, err := f.WriteString(config.Example); err != nil {
				return errors.Join(fmt.Errorf("write the configuration: %w", err), f.Close(), os.Remove(p.configPath))
			}
			if err := f.Close(); err != nil {
				return fmt.Errorf("write the configuration: %w", err)
			}
			p.say("wrote %s: say in it what your business is, then run holdfast check-config", p.configPath)
			return nil
		},
	}
}

func (p *program) migrateCmd() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "make the database, or bring it to this program's schema",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := p.load()
			if err != nil {
				return err
			}
			return p.owning(cfg, func() error {
				if err := store.Migrate(cmd.Context(), cfg.Store, p.storeOptions(cfg)); err != nil {
					return err
				}
				p.say("%s is ready", cfg.Store)
				return nil
			})
		},
	}
}

// owning does something as the owner of an embedded database.
func (p *program) owning(cfg *config.Config, do func() error) error {
	owner, err := store.Own(cfg.Store, p.doing)
	if err != nil {
		return err
	}
	return errors.Join(do(), owner.Release())
}

func (p *program) checkConfigCmd() *cobra.Command {
	return &cobra.Command{
		Use: "check-config [FILE]", Short: "check the configuration; starts nothing", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				p.configPath = args[0]
			}
			cfg, err := p.load()
			if err != nil {
				return err
			}
			p.say("%s is good: %d feeds, %d treatments, %s", p.configPath, len(cfg.History.Feeds), len(cfg.Interventions.Treatments), cfg.Store)
			p.warnOfSkills(cmd.Context(), cfg)
			return nil
		},
	}
}

func (p *program) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print the program's version",
		RunE: func(*cobra.Command, []string) error {
			p.say("holdfast %s", version())
			return nil
		},
	}
}

func (p *program) backupCmd() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "write the whole database to one file, while it works", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				if err := a.store.Backup(cmd.Context(), args[0]); err != nil {
					return err
				}
				info, err := os.Stat(args[0])
				if err != nil {
					return fmt.Errorf("look at the backup: %w", err)
				}
				p.say("wrote %s, %d bytes", args[0], info.Size())
				return nil
			})
		},
	}
}

func (p *program) restoreCmd() *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "fill an empty database from a backup", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := p.load()
			if err != nil {
				return err
			}
			return p.owning(cfg, func() error {
				if err := store.Restore(cmd.Context(), cfg.Store, p.storeOptions(cfg), args[0]); err != nil {
					return err
				}
				p.say("restored %s into %s", args[0], cfg.Store)
				return nil
			})
		},
	}
}
