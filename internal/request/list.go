package request

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// List lists requests, newest first. Those who may not see all see the requests
// they make, review or administer.
func (s *Service) List(ctx context.Context, actor access.Actor, f store.RequestFilter) (access.List[View], error) {
	if err := actor.May(access.Ask, 0); err != nil {
		return access.List[View]{}, err
	}
	if actor.Role == access.Member {
		f.VisibleTo = actor.UserID
	}
	list, err := store.Requests(ctx, s.DB.Read(), f)
	if err != nil {
		return access.List[View]{}, err
	}
	views, err := s.views(ctx, list.Items)
	return access.List[View]{Items: views, Next: list.Next}, err
}

// ToReview lists the requests that wait for the actor.
func (s *Service) ToReview(ctx context.Context, actor access.Actor, p access.Page) (access.List[View], error) {
	return s.List(ctx, actor, store.RequestFilter{ReviewableBy: actor.UserID, Page: p})
}

// CountToReview counts the requests that wait for the actor.
func (s *Service) CountToReview(ctx context.Context, actor access.Actor) (int, error) {
	return store.CountRequests(ctx, s.DB.Read(), store.RequestFilter{ReviewableBy: actor.UserID})
}

// Get returns one request.
func (s *Service) Get(ctx context.Context, actor access.Actor, id string) (View, error) {
	r, err := store.Request(ctx, s.DB.Read(), id)
	if err != nil {
		return View{}, err
	}
	items, err := store.ItemsFor(ctx, s.DB.Read(), actor.UserID, id)
	if err != nil {
		return View{}, err
	}
	rel := relation(actor, r, items)
	if err := actor.May(access.SeeRequest, rel); err != nil {
		return View{}, err
	}
	views, err := s.views(ctx, []access.Request{r})
	if err != nil {
		return View{}, err
	}
	views[0].Relation = rel
	return views[0], s.addHoldings(ctx, &views[0])
}

// addHoldings fills in what the target has now of what a request asks for.
func (s *Service) addHoldings(ctx context.Context, v *View) error {
	list, err := store.Holdings(ctx, s.DB.Read(), store.SlotFilter{UserID: v.TargetUserID, Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	for i := range v.Items {
		item := &v.Items[i]
		for j := range list.Items {
			if h := &list.Items[j]; h.ResourceID == item.ResourceID && h.Level == item.Level {
				item.Holding = h
			}
		}
	}
	return nil
}

// Reviewers returns the people who decide on requests for resources, in the
// order they are asked, by resource.
func (s *Service) Reviewers(ctx context.Context, actor access.Actor, resourceIDs []string) (map[string][]access.User, error) {
	if err := actor.May(access.Ask, 0); err != nil {
		return nil, err
	}
	return store.ReviewersOf(ctx, s.DB.Read(), resourceIDs)
}

// views adds all that is shown with requests: a fixed number of queries.
func (s *Service) views(ctx context.Context, rs []access.Request) ([]View, error) {
	b := builder{requests: rs}
	if err := b.load(ctx, s.DB); err != nil {
		return nil, err
	}
	views := make([]View, len(rs))
	for i, r := range rs {
		views[i] = b.view(r)
	}
	return views, nil
}
