package propagation

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/ticket"
)

// Workers registers what works the engine's jobs.
func (s *Service) Workers(all *river.Workers) {
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Reconcile]) error {
		return retry(s.Reconcile(ctx, j.Args.SlotIDs))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Expired]) error {
		return retry(s.Expired(ctx, j.Args.GrantIDs))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.File]) error {
		again, err := s.File(ctx, j.Args.ChangeID)
		if err == nil && !again.IsZero() {
			return river.JobSnooze(max(again.Sub(s.DB.Time()), time.Millisecond))
		}
		return retry(err)
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Tell]) error {
		return retry(s.Tell(ctx, j.Args.ChangeID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Poll]) error {
		return retry(s.Poll(ctx, j.Args.ProviderID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Read]) error {
		return retry(s.ReadTickets(ctx, j.Args.ProviderID, j.Args.RemoteIDs))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Twins]) error {
		return retry(s.Twins(ctx, j.Args.TicketID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Check]) error {
		return retry(s.Check(ctx, j.Args.ProviderID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Hook]) error {
		return retry(s.Hook(ctx, j.Args.ProviderID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Unhook]) error {
		return retry(s.Unhook(ctx, j.Args.ProviderID, j.Args.RemoteID, j.Args.URL))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Assign]) error {
		return retry(s.Assign(ctx, j.Args.TicketID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Leave]) error {
		return retry(s.Leave(ctx, j.Args.UserID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Complete]) error {
		return retry(s.Complete(ctx, j.Args.TicketID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Migrate]) error {
		return retry(s.MigrateChanges(ctx, j.Args.ChangeIDs))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Clock]) error {
		return retry(s.Clock(ctx, j.Args.ChangeIDs))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.DoneLink]) error {
		return retry(s.SendDoneLink(ctx, j.Args.TicketID, j.Args.UserID))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Remind]) error {
		return retry(s.SendReminders(ctx, j.Args))
	}))
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[job.Sync]) error {
		return retry(s.RunSync(ctx, j.Args.SyncID))
	}))
}

// retry decides what becomes of a job's error: trouble of a provider or of the
// database is put off without counting as a failed try, the rest is retried with
// back-off and logged by the queue.
func retry(err error) error {
	if f, ok := errors.AsType[*ticket.Failure](err); ok {
		return river.JobSnooze(max(f.RetryAfter, 10*time.Second))
	}
	if access.CodeOf(err) == access.Unavailable {
		return river.JobSnooze(2 * time.Second)
	}
	return err
}
