package store

import (
	"encoding/json"
	"fmt"

	"holdfast/history"
	"holdfast/internal/fault"
)

func encodeBody(f history.Fact) ([]byte, error) {
	body, err := json.Marshal(f.Body)
	if err != nil {
		return nil, fmt.Errorf("write fact %d of customer %d: %w", f.Ref, f.Customer, err)
	}
	return body, nil
}

// bodies are those decoded so far by their text: of a partition's facts most
// say what another said. They are shared and not to be changed.
type bodies map[history.FactKind]map[string]any

// decode sets the body of a fact.
func (b bodies) decode(f *history.Fact, text []byte) error {
	seen := b[f.Kind]
	if known, ok := seen[string(text)]; ok {
		f.Body = known
		return nil
	}
	var plain bool
	if f.Body, plain = plainBody(f.Kind, text); !plain {
		if err := decodeBody(f, text); err != nil {
			return err
		}
	}
	if seen == nil {
		seen = map[string]any{}
		b[f.Kind] = seen
	}
	seen[string(text)] = f.Body
	return nil
}

func decodeBody(f *history.Fact, body []byte) (err error) {
	switch f.Kind {
	case history.FactProfile:
		f.Body, err = decode[history.Profile](body)
	case history.FactContactPoint:
		f.Body, err = decode[history.ContactPoint](body)
	case history.FactSubscription:
		f.Body, err = decode[history.Subscription](body)
	case history.FactSubscriptionEnd:
		f.Body, err = decode[history.SubscriptionEnd](body)
	case history.FactIssue:
		f.Body, err = decode[history.Issue](body)
	case history.FactIssueClosed:
		f.Body, err = decode[history.IssueClosed](body)
	case history.FactContact:
		f.Body, err = decode[history.Contact](body)
	case history.FactConsent:
		f.Body, err = decode[history.Consent](body)
	case history.FactRelation:
		f.Body, err = decode[history.Relation](body)
	default:
		return fault.New(fault.Invalid, "unknown kind of fact %q", f.Kind)
	}
	return err
}

func decode[T any](body []byte) (v T, err error) {
	err = json.Unmarshal(body, &v)
	return v, err
}
