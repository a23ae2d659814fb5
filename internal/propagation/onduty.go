package propagation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"admit/internal/access"
	"admit/internal/oncall"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// OnCallAccess is how Admit asks who is on call. The key is a secret: it is stored
// encrypted and never shown again.
type OnCallAccess struct {
	Address string // of the service's interface; "": PagerDuty's in the US
	HasKey  bool   // one is stored
}

const (
	onCallName  = "on_call"
	onCallPlace = "on call key"
)

// storedOnCall is an OnCallAccess as it is stored.
type storedOnCall struct {
	Address string `json:"address"`
	Key     string `json:"key"` // sealed
}

// OnCallAccess returns how Admit asks who is on call.
func (s *Service) OnCallAccess(ctx context.Context, actor access.Actor) (OnCallAccess, error) {
	if err := actor.May(access.SeeSettings, 0); err != nil {
		return OnCallAccess{}, err
	}
	is, err := s.storedOnCall(ctx)
	return OnCallAccess{is.Address, is.Key != ""}, err
}

// SaveOnCallAccess stores how Admit asks who is on call, after it was tried. An
// empty key keeps the one that is stored; forget removes all of it.
func (s *Service) SaveOnCallAccess(ctx context.Context, actor access.Actor, address, key string, forget bool) error {
	if err := actor.May(access.ManageSettings, 0); err != nil {
		return err
	}
	is := storedOnCall{Address: address}
	if !forget {
		if err := s.tryOnCall(ctx, &is, key); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		w.Event(access.By(actor, access.SettingsChanged, "changed how Admit asks who is on call"))
		if forget {
			return store.SetSetting(ctx, w.Tx, onCallName, "")
		}
		return store.SetSetting(ctx, w.Tx, onCallName, sqldb.JSON(is))
	})
}

// tryOnCall checks an access and seals its key.
func (s *Service) tryOnCall(ctx context.Context, is *storedOnCall, key string) error {
	var wrong access.Problems
	is.Address = wrong.Line("address", is.Address, false, access.MaxName)
	if u, err := url.Parse(is.Address); is.Address != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		wrong.Add("address", "must be an address such as %s", oncall.PagerDutyEU)
	}
	was, err := s.storedOnCall(ctx)
	if err != nil {
		return err
	}
	if is.Key = was.Key; key != "" {
		is.Key = s.Box.Seal(onCallPlace, wrong.Line("key", key, true, access.MaxName))
	}
	if is.Key == "" {
		wrong.Add("key", "is required")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	source, err := s.source(*is)
	if err != nil {
		return err
	}
	if _, err := source.Schedules(ctx); err != nil {
		wrong.Add("key", "does not work: %s", ticket.FailureOf(err).Msg)
	}
	return wrong.Err()
}

// Schedules lists whose turns there are to choose from.
func (s *Service) Schedules(ctx context.Context, actor access.Actor) ([]oncall.Choice, error) {
	if err := s.mayChoose(ctx, actor); err != nil {
		return nil, err
	}
	source, err := s.onCallSource(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	found, err := source.Schedules(ctx)
	if err != nil {
		return nil, unavailable(ticket.FailureOf(err))
	}
	return found, nil
}

// onDuty returns the e-mail addresses of who is on call, the first to be called
// first.
func (s *Service) onDuty(ctx context.Context, schedule string) ([]string, error) {
	source, err := s.onCallSource(ctx)
	if err != nil {
		return nil, err
	}
	people, err := source.OnCall(ctx, schedule)
	emails := make([]string, len(people))
	for i, p := range people {
		emails[i] = p.Email
	}
	return emails, err
}

func (s *Service) onCallSource(ctx context.Context) (oncall.Source, error) {
	is, err := s.storedOnCall(ctx)
	if err != nil {
		return nil, err
	}
	if is.Key == "" {
		return nil, &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Input, Msg: "no on-call service is set up"}
	}
	return s.source(is)
}

func (s *Service) source(is storedOnCall) (oncall.Source, error) {
	key, err := s.Box.Open(onCallPlace, is.Key)
	if err != nil {
		return nil, &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Unauthorized, Msg: "the stored key cannot be read: enter it again", Err: err}
	}
	address := is.Address
	if address == "" {
		address = oncall.PagerDutyUS
	}
	return oncall.NewPagerDuty(address, key, s.Client), nil
}

func (s *Service) storedOnCall(ctx context.Context) (is storedOnCall, err error) {
	text, err := store.Setting(ctx, s.DB.Read(), onCallName)
	if err != nil || text == "" {
		return is, err
	}
	if err := json.Unmarshal([]byte(text), &is); err != nil {
		return is, fmt.Errorf("read how to ask who is on call: %w", err)
	}
	return is, nil
}
