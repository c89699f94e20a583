package interventions

import "slices"

// haunted says whether anything among the facts is a ghost's.
func (f *Facts) haunted() bool {
	return slices.ContainsFunc(f.Contacts, isGhostContact) || slices.ContainsFunc(f.Works, isGhostWork)
}

// seen is the facts as everybody may see them: without ghosts.
func (f *Facts) seen() *Facts {
	out := *f
	out.Contacts = slices.DeleteFunc(slices.Clone(f.Contacts), isGhostContact)
	out.Works = slices.DeleteFunc(slices.Clone(f.Works), isGhostWork)
	return &out
}

func isGhostContact(c OwnContact) bool { return c.Ghost }

func isGhostWork(w Work) bool { return w.Ghost }
