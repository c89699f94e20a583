package history

import "testing"

// A feed brings an objection to profiling as a column of the customers' or as
// a purpose of the consents'.
func TestConsentColumns(t *testing.T) {
	t.Parallel()
	for field, want := range map[string][2]string{
		"consent_profiling": {PurposeProfiling, ""}, "consent_marketing_email": {"marketing", "email"}, "consent_all_phone": {"", "phone"},
	} {
		if purpose, channel, ok := consentField(field); !ok || purpose != want[0] || channel != want[1] {
			t.Errorf("%s is purpose %q, channel %q, %v", field, purpose, channel, ok)
		}
	}
	for _, field := range []string{"consent", "consent_", "consent_profile", "marketing"} {
		if _, _, ok := consentField(field); ok {
			t.Errorf("%s is taken for a consent", field)
		}
	}
}
