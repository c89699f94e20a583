package interventions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// PolicyVersion is a policy that nights were decided by, in effect from the
// as-of of the first of them until the next version's.
type PolicyVersion struct {
	Version int64
	From    time.Time
	Hash    string
	Body    string // the configuration with its defaults, in JSON
}

// Text is the policy as it is recorded, with the hash that tells one from
// another. What is written in another order or is a default anyway is the same.
func (p *Policy) Text() (hash, body string, err error) {
	text, err := json.Marshal(p.cfg)
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), string(text), nil
}
