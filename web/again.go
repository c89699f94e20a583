package web

import (
	"maps"

	"holdfast/interventions"
)

// savedBefore says whether a form is the one that this agent saved from the
// same card: the answer was lost on the way, and they sent it once more.
func (v *taskView) savedBefore(r *request) bool {
	if v.Last == nil || v.Last.By != r.user.Name || v.Last.Before.Fence != fenceOf(r) {
		return false
	}
	was := v.Last.WrapUp
	up, err := wrapFormOf(r.PostForm).wrapUp([]interventions.Offer{{Name: was.OfferName, CostMinor: was.OfferMinor}}, v.Zone)
	return err == nil && up.Disposition == was.Disposition && up.LeaveReason == was.LeaveReason && up.OfferName == was.OfferName &&
		up.Note == was.Note && up.PromiseWhat == was.PromiseWhat && up.DueAt.Equal(was.DueAt) && up.NextChannel == was.NextChannel &&
		maps.Equal(up.ReasonTruth, was.ReasonTruth)
}
