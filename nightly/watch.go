package nightly

import (
	"time"

	"holdfast/training"
)

// Watch is what a night saw of the champion in office before it decided whether to
// train another. It is kept with the night, and shown with the model.
type Watch struct {
	AsOf    time.Time       `json:"as_of"`
	Model   string          `json:"model"` // the champion's id; empty where there was none
	Due     bool            `json:"due"`
	Why     string          `json:"why"`            // in words, whether due or not
	Refused int             `json:"refused"`        // trainings before this night that left it in office
	Kept    string          `json:"kept,omitempty"` // why what this night trained left it in office; empty where nothing was, or it took over
	Signs   []training.Sign `json:"signs"`
}
