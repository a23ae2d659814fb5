package cli

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"admit/internal/access"
)

// kind is a kind of thing that people call by a name.
type kind struct {
	noun   string // what it is called in messages
	path   string // where they are listed
	id     string // JSON name of its id
	name   string // JSON name of what people call it
	about  string // JSON name of what is said about it, for completion
	exact  string // query parameter that narrows the list to a name; "" if there is none
	search string // query parameter that narrows the list to a part of a name
}

// The kinds, and what an id looks like.
var (
	userKind     = kind{"user", "/users", "user_id", "email", "full_name", "", "search"}
	groupKind    = kind{"group", "/groups", "group_id", "name", "description", "", "search"}
	ownerKind    = kind{"owner", "/owners", "owner_id", "name", "description", "name", ""}
	appKind      = kind{"app", "/apps", "app_id", "name", "description", "", "search"}
	resourceKind = kind{"resource", "/resources", "resource_id", "full name", "description", "resource_name", "search"}
	requestKind  = kind{"request", "/requests", "id", "id", "reason", "", ""}
	providerKind = kind{"ticket provider", "/ticket-providers", "provider_id", "name", "kind", "", ""}
	ticketKind   = kind{"ticket", "/tickets", "ticket_id", "identifier", "title", "", ""}
	stormKind    = kind{"storm", "/storms", "storm_id", "storm_id", "provider_name", "", ""}
	changeKind   = kind{"change", "/changes", "change_id", "change_id", "waiting_for", "", ""}
	strayKind    = kind{"stray", "/strays", "stray_id", "identifier", "title", "", ""}
	eventKind    = kind{"event", "/events", "event_id", "event_id", "summary", "", ""}
	tokenKind    = kind{"token", "/tokens", "token_id", "token_label", "token_preview", "", ""}

	uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// thing is one thing of a kind, as a list has it.
type thing struct{ id, name, about string }

// things reads what a list says of its things.
func (s *session) things(ctx context.Context, k kind, filter query, limit int) ([]thing, error) {
	l, err := s.list(ctx, k.path, filter, limit)
	if err != nil {
		return nil, err
	}
	items, err := decode[[]map[string]any](l.items)
	if err != nil {
		return nil, err
	}
	all := make([]thing, len(items))
	for i, item := range items {
		text := func(key string) string {
			value, _ := item[key].(string)
			return value
		}
		all[i] = thing{text(k.id), text(k.name), text(k.about)}
		if k == resourceKind {
			all[i].name = text("app_name") + "/" + text("name")
		}
	}
	return all, nil
}

// find returns the id of the thing of kind k that people call name. An id is
// taken as it is: whether it exists the server will say.
func (s *session) find(ctx context.Context, k kind, name string) (string, error) {
	name = strings.TrimSpace(name)
	switch {
	case uuid.MatchString(name):
		return strings.ToLower(name), nil
	case k.name == k.id: // people call it by its id
		return "", access.Errorf(access.NotFound, "there is no %s %q", k.noun, name)
	case k == userKind:
		return s.findUser(ctx, name)
	}
	if k.exact != "" {
		for _, own := range ownNames(k, name) {
			all, err := s.things(ctx, k, query{k.exact: own}, 0)
			if err != nil {
				return "", err
			}
			if id, err := only(k, name, all); access.CodeOf(err) != access.NotFound {
				return id, err
			}
		}
	}
	// Nothing is called exactly so: capital letters may differ.
	all, err := s.things(ctx, k, nil, 0)
	if err != nil {
		return "", err
	}
	return only(k, name, all)
}

// ownNames returns what a thing that people call name may itself be named. A
// resource is called "App/Resource", or by its own name if that is enough; both
// names may hold a slash.
func ownNames(k kind, name string) []string {
	names := []string{name}
	if k != resourceKind {
		return names
	}
	for i := range name {
		if name[i] == '/' {
			names = append(names, name[i+1:])
		}
	}
	return names
}

// only returns the id of the only thing called name. Capital letters matter only
// where they tell two things apart.
func only(k kind, name string, all []thing) (string, error) {
	exact, near := map[string]bool{}, map[string]bool{}
	for _, t := range all {
		called := t.name
		if k == resourceKind && !strings.EqualFold(called, name) {
			_, called, _ = strings.Cut(called, "/") // an app with a slash in its name needs all of it
		}
		if called == name {
			exact[t.id] = true
		}
		if strings.EqualFold(called, name) {
			near[t.id] = true
		}
	}
	if len(exact) > 0 {
		near = exact
	}
	if len(near) > 1 {
		hint := "use the id"
		if k == resourceKind {
			hint += ", or App/Resource"
		}
		return "", access.Errorf(access.Invalid, "%q names %d %ss: %s", name, len(near), k.noun, hint)
	}
	for _, id := range slices.Collect(maps.Keys(near)) {
		return id, nil
	}
	return "", access.Errorf(access.NotFound, "there is no %s %q", k.noun, name)
}

// findUser asks for one user instead of reading the list, which not everybody
// may see.
func (s *session) findUser(ctx context.Context, email string) (string, error) {
	raw, err := s.do(ctx, get(path("user"), query{"email": email}))
	if access.CodeOf(err) == access.NotFound {
		return "", access.Errorf(access.NotFound, "there is no user %q", email)
	}
	if err != nil {
		return "", err
	}
	u, err := decode[wireUser](raw)
	return u.ID, err
}

// findAll is find for several names; every name that is unknown is named.
func (s *session) findAll(ctx context.Context, k kind, names []string) ([]string, error) {
	ids := []string{}
	var unknown []string
	for _, name := range names {
		id, err := s.find(ctx, k, name)
		switch {
		case access.CodeOf(err) == access.NotFound:
			unknown = append(unknown, fmt.Sprintf("%q", name))
		case err != nil:
			return nil, err
		}
		ids = append(ids, id)
	}
	if len(unknown) > 0 {
		return nil, access.Errorf(access.NotFound, "there is no %s %s", k.noun, strings.Join(unknown, ", "))
	}
	return ids, nil
}

// names returns how things of a kind are called. Who may not see them sees ids.
func (s *session) names(ctx context.Context, k kind) func(id string) string {
	all, err := s.things(ctx, k, nil, 0)
	if err != nil {
		return func(id string) string { return id }
	}
	names := make(map[string]string, len(all))
	for _, t := range all {
		names[t.id] = t.name
	}
	return func(id string) string { return or(names[id], id) }
}

// namesWhenNeeded is names that asks the server only for a name that is wanted.
func (s *session) namesWhenNeeded(ctx context.Context, k kind) func(id string) string {
	names := sync.OnceValue(func() func(string) string { return s.names(ctx, k) })
	return func(id string) string {
		if id == "" {
			return ""
		}
		return names()(id)
	}
}
