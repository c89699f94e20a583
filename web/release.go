package web

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/nightly"
)

// Releasing makes models champions by hand.
type Releasing interface {
	// Model returns one record; NotFound without it.
	Model(ctx context.Context, id string) (nightly.ModelRecord, error)
	// Consents returns who agreed to a model's release, the first first, and
	// whether it takes two people.
	Consents(ctx context.Context, id string) (by []string, two bool, err error)
	// ReleaseModel makes a model the champion: Conflict for one that reads other
	// features. Where it takes two people the first leaves a consent, and live is
	// false; the same person again is a Conflict.
	ReleaseModel(ctx context.Context, id, by, reason string, now time.Time) (live bool, err error)
}

// modelCard is one model: what it learned from, how good it is, how its risks
// came true.
type modelCard struct {
	nightly.ModelRecord
	Sample   string
	Picture  template.HTML
	Lift     template.HTML
	Lifts    []liftRow // the numbers behind the picture
	Outcomes []outcomeRow
	Line     []stretchRow // isotonic
	Spread   []stats.ReliabilityBin
}

// liftRow is how many times as often the riskiest left; Naive is 0 where the
// naive rule's was not kept.
type liftRow struct {
	Text         string
	Model, Naive float64
}

// modelCard reads what came true of a model's risks beside its card.
func (s *site) modelCard(r *request, rec nightly.ModelRecord) (*modelCard, error) {
	v := &modelCard{ModelRecord: rec}
	c, err := s.Deps.Models.Calibration(r.Context(), rec.ID)
	if fault.Of(err) == fault.NotFound {
		return v, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the calibration: %w", err)
	}
	v.Sample, v.Picture, v.Lift = c.Sample, r.in.calibrationPicture(c), r.in.liftPicture(c)
	v.Outcomes, v.Line, v.Spread = outcomesOf(c), stretchesOf(c.CORP), c.Histogram
	for i, lift := range c.Lift {
		if v.Lift == "" {
			break
		}
		row := liftRow{Text: r.in.Text(liftNames[i]), Model: lift}
		if len(c.NaiveLift) == len(liftNames) {
			row.Naive = c.NaiveLift[i]
		}
		v.Lifts = append(v.Lifts, row)
	}
	return v, nil
}

// oneModelView is a model of the registry with what may be done about it.
type oneModelView struct {
	*modelCard
	May      bool     // make it the champion
	Two      bool     // it takes two people
	Consents []string // who of them agreed
	Mine     bool     // the reader is one of these
}

func (s *site) oneModelPage(w http.ResponseWriter, r *request) error {
	if s.Deps.Models == nil {
		return fault.New(fault.NotFound, "there are no models here")
	}
	rec, err := s.Deps.Models.Model(r.Context(), r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("read the model: %w", err)
	}
	v := oneModelView{May: !rec.Champion && access.Can(r.user.Role, access.ReleaseModels)}
	if v.modelCard, err = s.modelCard(r, rec); err != nil {
		return err
	}
	if v.Consents, v.Two, err = s.Deps.Models.Consents(r.Context(), rec.ID); err != nil {
		return fmt.Errorf("read who agreed: %w", err)
	}
	for _, name := range v.Consents {
		v.Mine = v.Mine || name == r.user.Name
	}
	return s.show(w, r, "onemodel", r.in.words(rec.Name), v)
}

// releaseModel makes a model the champion, and writes down who did and why.
func (s *site) releaseModel(w http.ResponseWriter, r *request) error {
	id, reason := r.PathValue("id"), strings.TrimSpace(r.PostFormValue("reason"))
	if s.Deps.Models == nil {
		return fault.New(fault.NotFound, "there are no models here")
	}
	if interventions.TooShort(reason) {
		return fault.New(fault.Invalid, "to make a model the champion needs a reason: write a few words that can be read in a year")
	}
	live, err := s.Deps.Models.ReleaseModel(r.Context(), id, r.user.Name, reason, s.Now())
	if err != nil {
		return fmt.Errorf("make model %s the champion: %w", id, err)
	}
	what, said := "promote a model", r.in.Text("It is the champion: the next night scores with it.")
	if !live {
		what, said = "consent to a model", r.in.Text("You agreed. It becomes the champion when another person does too.")
	}
	if err := s.note(r, what, id, reason); err != nil {
		return err
	}
	to := "/model/" + id
	if !access.Can(r.user.Role, access.SeeProof) { // may release, but not read the card
		to = "/nights"
	}
	return s.then(w, r, to, said)
}
