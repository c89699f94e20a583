package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/store"
)

func (p *program) exportCmd() *cobra.Command {
	var out string
	c := &cobra.Command{Use: "export", Short: "write the risk list, decisions, effects, the history or the audit"}
	c.PersistentFlags().StringVarP(&out, "out", "o", "", "`file` to write; stdout by default")
	c.AddCommand(
		p.exportDecisionsCmd(&out), p.exportHistoryCmd(&out), p.exportAuditCmd(&out),
		&cobra.Command{
			Use: "risk-list", Short: "every customer in the population with risk, band, value and reasons",
			RunE: func(cmd *cobra.Command, _ []string) error {
				return p.withApp(cmd.Context(), reads, func(a *app) error {
					if err := a.audit(cmd.Context(), "export the risk list", out); err != nil {
						return err
					}
					return p.toFile(out, func(w io.Writer) error { return a.exportRiskList(cmd.Context(), w) })
				})
			},
		},
		&cobra.Command{
			Use: "effects", Short: "what contact was worth, per treatment",
			RunE: func(cmd *cobra.Command, _ []string) error {
				return p.withApp(cmd.Context(), reads, func(a *app) error {
					effects, err := a.measure(cmd.Context(), p.Now(), a.newest(cmd.Context()))
					if err != nil {
						return err
					}
					if p.json {
						return p.print(effects, nil)
					}
					return p.toFile(out, func(w io.Writer) error { return writeEffects(w, effects) })
				})
			},
		},
	)
	return c
}

// toFile writes to stdout, or to a new file that is removed if writing fails.
func (p *program) toFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return write(p.Stdout)
	}
	name = p.file(name)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return fault.New(fault.Invalid, "write %s: %w", name, err)
	}
	err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		if e := os.Remove(name); e != nil {
			return errors.Join(err, e)
		}
		return err
	}
	p.tell("wrote %s", name)
	return nil
}

func writeEffects(w io.Writer, effects []measurement.Effect) error {
	c, err := tabular.NewCSVWriter(w, []string{
		"treatment", "contacted", "contacted_left", "left_alone", "left_alone_left", "pending",
		"difference", "difference_low", "difference_high", "proven_saves", "proven_low", "proven_high",
		"claimed_saves", "sustained_saves", "minimum_detectable_effect", "outcome",
	}, true)
	if err != nil {
		return err
	}
	for _, e := range effects {
		line := []string{
			e.Treatment, strconv.Itoa(e.Contacted.Customers), strconv.Itoa(e.Contacted.Left),
			strconv.Itoa(e.LeftAlone.Customers), strconv.Itoa(e.LeftAlone.Left), strconv.Itoa(e.Pending),
		}
		for _, v := range []float64{
			e.Difference.Estimate, e.Difference.Low, e.Difference.High,
			e.ProvenSaves.Estimate, e.ProvenSaves.Low, e.ProvenSaves.High,
		} {
			if e.Known {
				line = append(line, strconv.FormatFloat(v, 'g', 6, 64))
			} else {
				line = append(line, "")
			}
		}
		line = append(line, strconv.Itoa(e.ClaimedSaves), strconv.Itoa(e.SustainedSaves), strconv.FormatFloat(e.Detectable, 'g', 6, 64), cmp.Or(e.Outcome, interventions.Staying))
		if err := c.Write(line...); err != nil {
			return err
		}
	}
	return c.Flush()
}

// exportRiskList writes the whole list, page by page, the most at risk first.
func (a *app) exportRiskList(ctx context.Context, w io.Writer) error {
	c, err := tabular.NewCSVWriter(w, []string{
		"customer", "name", "band", "risk", "value_minor", "at_risk_minor", "tenure_days", "segment", "reason", "decision", "why",
	}, true)
	if err != nil {
		return err
	}
	err = a.eachRisk(ctx, store.RiskFilter{}, func(r store.RiskRow) error {
		return c.Write(r.Key, r.Name, string(r.Band), strconv.FormatFloat(r.Risk, 'f', 4, 64),
			strconv.FormatInt(r.ValueMinor, 10), strconv.FormatInt(r.AtRiskMinor, 10), strconv.Itoa(r.TenureDays),
			r.Segment, r.Why, string(r.Result), r.Reason)
	})
	if err != nil {
		return err
	}
	return c.Flush()
}
