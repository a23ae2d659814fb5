package propagation

import (
	"context"
	"fmt"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// maxPages bounds one poll; the next goes on from the cursor.
const maxPages = 100

// Poll reads what changed at a provider since the last poll: one call when
// nothing did, however many tickets are open. Now and then it reads all open
// tickets by id as well, which finds those that are gone. While a poll of the
// provider is under way here, another does nothing: those of a slow provider
// must not take all workers.
func (s *Service) Poll(ctx context.Context, providerID string) error {
	if !s.begin(providerID) {
		return nil
	}
	defer s.end(providerID)
	return s.poll(ctx, providerID)
}

func (s *Service) begin(providerID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.polling[providerID] {
		return false
	}
	s.polling[providerID] = true
	return true
}

func (s *Service) end(providerID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.polling, providerID)
}

func (s *Service) poll(ctx context.Context, providerID string) error {
	ctx = urgently(ctx)
	p, err := s.open(ctx, providerID)
	if err != nil {
		return err
	}
	news, err := s.readChanged(ctx, p)
	if err != nil {
		return s.troubled(ctx, p, err)
	}
	if err := s.compareWithWebhook(ctx, p.TicketProvider, news); err != nil {
		return err
	}
	if err := s.gatherStrays(ctx, p.ID); err != nil {
		return err
	}
	if err := s.readSuspects(ctx, p); err != nil {
		return s.troubled(ctx, p, err)
	}
	if p.FullReadAt == nil || s.DB.Time().Sub(*p.FullReadAt) >= s.cfg.FullEvery {
		if err := s.FullRead(ctx, p.ID); err != nil {
			return s.troubled(ctx, p, err)
		}
	}
	return nil
}

// compareWithWebhook makes the poll of a provider rarer while its webhook works,
// and notes when the poll finds what the webhook should have told.
func (s *Service) compareWithWebhook(ctx context.Context, p access.TicketProvider, news int) error {
	h, err := store.Webhook(ctx, s.DB.Read(), p.ID)
	if err != nil {
		return gone(err)
	}
	if news > 0 {
		return s.missed(ctx, p)
	}
	if h.State != access.WebhookWorking {
		return nil
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		return store.PutPollOff(ctx, w.Tx, p.ID, p.NextPollAt, w.Now.Add(calmPolls*s.cfg.PollEvery))
	})
}

// readChanged reads page by page what changed, and reports how much was news.
func (s *Service) readChanged(ctx context.Context, p account) (news int, err error) {
	cursor := p.Cursor
	for range maxPages {
		page, err := p.Changed(ctx, cursor)
		if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
			return news, failure
		}
		n, err := s.apply(ctx, p.TicketProvider, page.Tickets)
		if err != nil {
			return news, err
		}
		news += n
		if err := s.DB.Write(ctx, func(w *store.Write) error {
			return store.SetCursor(ctx, w.Tx, p.ID, cursor, page.Cursor, w.Now)
		}); err != nil {
			return news, err
		}
		if !page.More || page.Cursor == cursor {
			return news, nil
		}
		cursor = page.Cursor
	}
	return news, nil
}

// troubled puts the next poll of a provider off as long as it asked, at least
// until the usual time. Trouble of a provider is not an error of the job: it is
// shown on the provider, and the next poll is the retry.
func (s *Service) troubled(ctx context.Context, p account, err error) error {
	failure, ok := err.(*ticket.Failure) //nolint:errorlint // note returns it bare
	if !ok {
		return fmt.Errorf("poll %s: %w", p.TicketProvider.Name, err)
	}
	if failure.RetryAfter > s.cfg.PollEvery {
		return s.DB.Write(ctx, func(w *store.Write) error {
			return store.SetNextPoll(ctx, w.Tx, p.ID, w.Now.Add(failure.RetryAfter))
		})
	}
	return nil
}

// FullRead reads all open tickets of a provider by id, in its largest batches.
// What is missing is judged at the end, by all that was read.
func (s *Service) FullRead(ctx context.Context, providerID string) error {
	p, err := s.open(ctx, providerID)
	if err != nil {
		return err
	}
	after, read := "", 0
	var missing []access.Ticket
	for {
		tickets, err := store.OpenTickets(ctx, s.DB.Read(), p.ID, after, p.spec.Batch)
		if err != nil {
			return err
		}
		if len(tickets) == 0 {
			break
		}
		_, absent, err := s.readOnly(ctx, p, tickets)
		if err != nil {
			return err
		}
		after, read, missing = tickets[len(tickets)-1].ID, read+len(tickets), append(missing, absent...)
		if len(tickets) < p.spec.Batch {
			break
		}
	}
	if err := s.missing(ctx, p, read, missing); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error { return store.SetFullRead(ctx, w.Tx, p.ID, w.Now) })
}

func (s *Service) readSuspects(ctx context.Context, p account) error {
	tickets, err := store.SuspectTickets(ctx, s.DB.Read(), p.ID, p.spec.Batch)
	if err != nil || len(tickets) == 0 {
		return err
	}
	return s.read(ctx, p, tickets)
}

// read reads tickets by id, at most a batch of them, in one call.
func (s *Service) read(ctx context.Context, p account, tickets []access.Ticket) error {
	_, missing, err := s.readOnly(ctx, p, tickets)
	if err != nil {
		return err
	}
	return s.missing(ctx, p, len(tickets), missing)
}

// readOnly is read without a verdict on those that are missing, which it returns
// with how many of the others had news.
func (s *Service) readOnly(ctx context.Context, p account, tickets []access.Ticket) (news int, missing []access.Ticket, err error) {
	ids := make([]string, len(tickets))
	for i, t := range tickets {
		ids[i] = t.RemoteID
	}
	news, absent, err := s.readByID(ctx, p, ids)
	if err != nil {
		return news, nil, err
	}
	for _, t := range tickets {
		if slices.Contains(absent, t.RemoteID) {
			missing = append(missing, t)
		}
	}
	return news, missing, nil
}

// readByID takes in tickets by their ids at a provider, in one call. It reports
// how many had news, and which ids were not found.
func (s *Service) readByID(ctx context.Context, p account, ids []string) (news int, absent []string, err error) {
	snaps, err := p.Read(ctx, ids)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return 0, nil, failure
	}
	if news, err = s.apply(ctx, p.TicketProvider, snaps); err != nil {
		return news, nil, err
	}
	found := map[string]bool{}
	for _, x := range snaps {
		found[x.ID] = true
	}
	return news, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return found[id] }), nil
}
