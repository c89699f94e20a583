package simulate

import "time"

// Census counts the customers by what became of them.
type Census struct {
	Customers   int `json:"customers"` // in the file
	Active      int `json:"active"`
	Voluntary   int `json:"voluntary"`
	Involuntary int `json:"involuntary"`
	Unavoidable int `json:"unavoidable"`
}

// Census counts the customers as they truly are now, late facts included.
func (b *Business) Census() Census {
	c := Census{Customers: len(b.people)}
	for i := range b.states {
		switch b.states[i].left {
		case stays:
			c.Active++
		case leftVoluntarily:
			c.Voluntary++
		case leftUnpaid:
			c.Involuntary++
		case leftUnavoidably:
			c.Unavoidable++
		}
	}
	return c
}

// Keys returns the keys of all customers in the file, in order.
func (b *Business) Keys() []string {
	out := make([]string, len(b.people))
	for i := range out {
		out[i] = key(uint32(i))
	}
	return out
}

// Hidden is what no feed says about a customer.
type Hidden struct {
	Satisfaction     float64   `json:"satisfaction"` // about −2 to 2
	Engagement       float64   `json:"engagement"`   // log of its visits against its habit
	PriceSensitivity float64   `json:"price_sensitivity"`
	SleepingDog      bool      `json:"sleeping_dog"` // contact makes it leave
	OpenIssue        bool      `json:"open_issue"`
	Hazard           float64   `json:"hazard"` // of leaving by choice on the next day
	Left             bool      `json:"left"`
	LeftKind         string    `json:"left_kind,omitempty"` // voluntary, involuntary, unavoidable
	LeftAt           time.Time `json:"left_at,omitzero"`
}

// Hidden tells the hidden state of a customer.
func (b *Business) Hidden(key string) (Hidden, error) {
	i, err := b.find(key)
	if err != nil {
		return Hidden{}, err
	}
	p, s := &b.people[i], &b.states[i]
	t := Hidden{
		Satisfaction: s.satisfaction, Engagement: s.engagement, PriceSensitivity: p.price,
		SleepingDog: p.dog, OpenIssue: s.severity > 0,
	}
	if s.left == stays {
		t.Hazard = hazard(p, s, b.day)
		return t, nil
	}
	t.Left, t.LeftKind, t.LeftAt = true, exitNames[s.left], b.clock(int(s.leftOn)+1).Add(-time.Second)
	return t, nil
}
