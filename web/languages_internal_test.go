package web

import "testing"

func TestLanguagesAreNamed(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"en": "English", "DE": "German", "de-AT": "German (AT)", "pt_BR": "Portuguese (BR)", "xx": "xx", "Klingon": "Klingon", "": "",
	} {
		if got := english.language(tag); got != want {
			t.Errorf("language(%q) is %q, want %q", tag, got, want)
		}
	}
}
