package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/nightly"
)

func (p *program) modelRollbackCmd() *cobra.Command {
	return &cobra.Command{
		Use: "rollback", Short: "make the model before the champion the champion again",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				id, err := a.store.ChampionBefore(cmd.Context())
				if err != nil {
					return err
				}
				return a.promote(cmd.Context(), id, "rolled back by hand", "roll back to a model")
			})
		},
	}
}

func (p *program) modelExportCmd() *cobra.Command {
	return &cobra.Command{
		Use: "export ID FILE", Short: "write a model to a file of its own", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				_, m, err := a.store.Model(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return p.toFile(args[1], func(w io.Writer) error { return m.Write(w) })
			})
		},
	}
}

func (p *program) modelImportCmd() *cobra.Command {
	return &cobra.Command{
		Use: "import FILE", Short: "take a model into the registry; it becomes champion when it is promoted", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withApp(cmd.Context(), writes, func(a *app) error { return a.importModel(cmd.Context(), args[0]) })
		},
	}
}

// promote makes a model the champion if it reads the features that this
// configuration makes.
func (a *app) promote(ctx context.Context, id, why, what string) error {
	_, m, err := a.store.Model(ctx, id)
	if err != nil {
		return err
	}
	if err := a.fits(id, m); err != nil {
		return err
	}
	if err := a.store.Promote(ctx, id, a.p.Now(), why); err != nil {
		return err
	}
	a.p.say("%s is the champion; tonight's night scores with it", id)
	return a.audit(ctx, what, id)
}

// importModel keeps a model of ours, or trees that LightGBM saved as text over
// this configuration's features, under an id that its content gives.
func (a *app) importModel(ctx context.Context, name string) error {
	data, err := os.ReadFile(a.p.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return dataError{fault.New(fault.Invalid, "%s is not there; check the path of the file", name)}
	}
	if err != nil {
		return fmt.Errorf("read the model: %w", err)
	}
	schema := a.engine.Schema()
	m, err := model.ReadAny(bytes.NewReader(data), &schema)
	if err != nil {
		return dataError{fmt.Errorf("%s: %w", name, err)}
	}
	if err := m.Accepts(a.engine.Schema()); err != nil {
		return dataError{fault.New(fault.Invalid, "%s reads other features than this configuration makes: it cannot score here", name)}
	}
	content, err := m.ID()
	if err != nil {
		return err
	}
	card := m.Card()
	rec := nightly.ModelRecord{
		ID: "i-" + content, Kind: m.Kind(), Name: card.Name, Schema: m.SchemaHash(), TrainedAt: card.TrainedAt, Created: a.p.Now(),
		Reason: "imported from " + filepath.Base(name), Card: card,
	}
	if err := a.store.SaveModel(ctx, rec, m); err != nil {
		return err
	}
	a.p.say("%s is in the registry; holdfast model promote %s makes it the champion", rec.ID, rec.ID)
	return a.audit(ctx, "import a model", rec.ID)
}
