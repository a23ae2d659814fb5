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
	rel, err := relation(ctx, s.DB, actor, r)
	if err != nil {
		return View{}, err
	}
	if err := actor.May(access.SeeRequest, rel); err != nil {
		return View{}, err
	}
	views, err := s.views(ctx, []access.Request{r})
	if err != nil {
		return View{}, err
	}
	views[0].Relation = rel
	return views[0], nil
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
