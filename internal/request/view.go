package request

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// builder holds what was loaded for a set of requests.
type builder struct {
	requests  []access.Request
	items     map[string][]access.RequestItem
	reviews   map[string][]access.Review
	comments  map[string][]access.Comment
	users     map[string]access.User
	resources map[string]access.Resource
	apps      map[string]access.App
	levels    map[string][]access.Level
	reviewers map[string][]access.User
	changes   map[string][]access.AccessChange // by request
}

func (b *builder) load(ctx context.Context, db *store.DB) (err error) {
	r := db.Read()
	ids := make([]string, len(b.requests))
	for i, q := range b.requests {
		ids[i] = q.ID
	}
	if b.items, err = store.Items(ctx, r, ids); err != nil {
		return err
	}
	if b.reviews, err = store.Reviews(ctx, r, ids); err != nil {
		return err
	}
	if b.comments, err = store.Comments(ctx, r, ids); err != nil {
		return err
	}
	if b.changes, err = store.ChangesOfRequests(ctx, r, ids); err != nil {
		return err
	}
	if err := b.loadPlaces(ctx, db); err != nil {
		return err
	}
	b.users, err = store.UsersByID(ctx, r, b.userIDs())
	return err
}

func (b *builder) loadPlaces(ctx context.Context, db *store.DB) (err error) {
	r := db.Read()
	var resourceIDs, appIDs []string
	for _, items := range b.items {
		for _, i := range items {
			resourceIDs = append(resourceIDs, i.ResourceID)
		}
	}
	if b.resources, err = store.ResourcesByID(ctx, r, resourceIDs); err != nil {
		return err
	}
	for _, x := range b.resources {
		appIDs = append(appIDs, x.AppID)
	}
	if b.apps, err = store.AppsByID(ctx, r, appIDs); err != nil {
		return err
	}
	if b.levels, err = store.Levels(ctx, r, resourceIDs); err != nil {
		return err
	}
	b.reviewers, err = store.ReviewersOf(ctx, r, resourceIDs)
	return err
}

func (b *builder) userIDs() []string {
	seen := map[string]bool{}
	note := func(id *string) {
		if id != nil {
			seen[*id] = true
		}
	}
	for _, q := range b.requests {
		note(&q.RequesterID)
		note(&q.TargetUserID)
		note(q.DecidedBy)
		for _, v := range b.reviews[q.ID] {
			note(v.ReviewerID)
		}
		for _, c := range b.comments[q.ID] {
			note(&c.AuthorID)
		}
	}
	ids := make([]string, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	return ids
}

func (b *builder) view(q access.Request) View {
	v := View{Request: q, Requester: b.users[q.RequesterID], Target: b.users[q.TargetUserID]}
	if q.DecidedBy != nil {
		u := b.users[*q.DecidedBy]
		v.Decider = &u
	}
	for _, c := range b.comments[q.ID] {
		v.Comments = append(v.Comments, CommentView{c, b.users[c.AuthorID]})
	}
	for _, i := range b.items[q.ID] {
		v.Items = append(v.Items, b.item(q, i))
	}
	return v
}

func (b *builder) item(q access.Request, i access.RequestItem) ItemView {
	r := b.resources[i.ResourceID]
	v := ItemView{RequestItem: i, Resource: r, App: b.apps[r.AppID], LevelName: store.LevelName(b.levels[i.ResourceID], i.Level)}
	for _, u := range b.reviewers[i.ResourceID] {
		if u.ID != q.RequesterID && u.ID != q.TargetUserID {
			v.Reviewers = append(v.Reviewers, u)
		}
	}
	for _, x := range b.reviews[q.ID] {
		if x.ItemID == i.ID {
			rv := ReviewView{Review: x}
			if x.ReviewerID != nil {
				u := b.users[*x.ReviewerID]
				rv.Reviewer = &u
			}
			v.Reviews = append(v.Reviews, rv)
		}
	}
	for _, c := range b.changes[q.ID] {
		if c.ResourceID == i.ResourceID && c.Level == i.Level {
			v.Change = &c
		}
	}
	return v
}
