package interventions

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// offerHeld closes for who has this offer already: as a feed says, or since
// somebody granted it to one of the household.
func (c *check) offerHeld() (string, bool) {
	o := c.a.Treatment.Offer
	if o == nil || c.a.Promised {
		return "", false
	}
	for _, held := range strings.Split(c.k.Attributes[o.HeldAttribute], ",") {
		if held = strings.TrimSpace(held); o.HeldAttribute != "" && strings.EqualFold(held, o.Name) {
			return o.Name, true
		}
	}
	since := c.daysAgo(o.HeldDays)
	for i := len(c.k.Contacts) - 1; i >= 0 && c.k.Contacts[i].At.After(since); i-- {
		if at := &c.k.Contacts[i]; at.Disposition == string(SavedWithOffer) && (at.Task == "" || at.Task != c.a.Self) {
			return "granted on " + localDay(at.At, c.zone), true
		}
	}
	return "", false
}

// afford closes where the offer would commit the customer to more than their
// limit. Where nobody knows the limit it closes too.
func (c *check) afford() (string, bool) {
	o := c.a.Treatment.Offer
	if o == nil || o.LimitAttribute == "" || c.a.Promised {
		return "", false
	}
	text := strings.TrimSpace(c.k.Attributes[o.LimitAttribute])
	limit, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(limit) {
		return "the limit is not known", true
	}
	if limit*float64(c.p.cfg.Writer.Unit()) < float64(o.CommitsMinor) {
		return fmt.Sprintf("the limit is %s", text), true
	}
	return "", false
}
