package access

import "context"

// Visitor is the user of a request. Who reads the request's session reads the
// user with it and leaves it here, so that Door.Current need not ask for it: one
// exchange with the database fewer for every page.
type Visitor struct{ user User }

type visitorKey struct{}

// Visited is a context with a visitor who is not known yet.
func Visited(ctx context.Context) context.Context {
	return context.WithValue(ctx, visitorKey{}, &Visitor{})
}

// VisitorOf is the context's visitor, nil where Visited has not made it.
func VisitorOf(ctx context.Context) *Visitor {
	v, _ := ctx.Value(visitorKey{}).(*Visitor)
	return v
}

// Is says who the visitor is. A nil visitor forgets it.
func (v *Visitor) Is(u User) {
	if v != nil {
		v.user = u
	}
}

// Name is the visitor's, empty while it is not known.
func (v *Visitor) Name() string {
	if v == nil {
		return ""
	}
	return v.user.Name
}
