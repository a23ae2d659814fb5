package tickettest

import (
	"testing"

	"admit/internal/ticket"
)

// What a case needs, as a reason why it does not apply, or "".

func unless(there bool, why string) string {
	if there {
		return ""
	}
	return why
}

func isIdempotent(_ *testing.T, s Subject) string {
	return unless(s.Spec.Idempotent, "the system does not tell a repetition from a new ticket")
}

func isNotIdempotent(_ *testing.T, s Subject) string {
	return unless(!s.Spec.Idempotent, "the system makes no twins")
}

func hasMaxBody(_ *testing.T, s Subject) string {
	return unless(s.Spec.MaxBody > 0, "the system takes a megabyte at least")
}

func hasTypes(_ *testing.T, s Subject) string { return unless(s.Type != "", "there are no types") }

func hasUnassignable(_ *testing.T, s Subject) string {
	return unless(s.Unassignable != "", "everybody with an account can have a ticket")
}

func hasLag(_ *testing.T, s Subject) string { return unless(s.Lag != nil, "the search never lags") }

func hasFill(_ *testing.T, s Subject) string {
	return unless(s.Fill != nil, "a real system, which is too slow to fill for a test")
}

func hasHide(_ *testing.T, s Subject) string {
	return unless(s.Hide != nil, "a single ticket cannot be hidden")
}

func hasMove(_ *testing.T, s Subject) string {
	return unless(s.Move != nil, "a ticket stays where it is")
}

func hasDelete(_ *testing.T, s Subject) string {
	return unless(s.Fulfiller.Delete != nil, "tickets cannot be deleted")
}

func hasReopen(_ *testing.T, s Subject) string {
	return unless(s.Fulfiller.Reopen != nil, "an ended ticket stays ended")
}

func hasOdd(_ *testing.T, s Subject) string {
	return unless(s.Fulfiller.Odd != nil, "the meaning of every end is known")
}

func isFormer(_ *testing.T, s Subject) string {
	_, ok := s.Provider.(ticket.Former)
	return unless(ok, "there is nothing more to fill in")
}

func hasField(t *testing.T, s Subject) string {
	if why := isFormer(t, s); why != "" {
		return why
	}
	return unless(s.Field != "" && s.FieldOf != nil, "there is nothing optional to fill in")
}

func hasBad(t *testing.T, s Subject) string {
	if why := hasField(t, s); why != "" {
		return why
	}
	return unless(s.Bad != "", "any value is taken")
}

func isLister(_ *testing.T, s Subject) string {
	_, ok := s.Provider.(ticket.Lister)
	return unless(ok, "the meaning of every status is known")
}

func isAssigner(_ *testing.T, s Subject) string {
	_, ok := s.Provider.(ticket.Assigner)
	return unless(ok, "Admit cannot give a ticket to somebody else")
}

func isCompleter(_ *testing.T, s Subject) string {
	_, ok := s.Provider.(ticket.Completer)
	return unless(ok, "Admit cannot end a ticket as done")
}

func isListener(_ *testing.T, s Subject) string {
	_, ok := s.Provider.(ticket.Listener)
	return unless(ok, "the system calls nobody")
}

func hasDelivery(t *testing.T, s Subject) string {
	if why := isListener(t, s); why != "" {
		return why
	}
	return unless(s.Delivery != nil, "the test system makes no deliveries by itself")
}

func hasListen(t *testing.T, s Subject) string {
	if why := isListener(t, s); why != "" {
		return why
	}
	return unless(s.Listen != nil, "Admit sets the webhook up itself")
}

func isRegistrar(_ *testing.T, s Subject) string {
	_, ok := s.Provider.(ticket.Registrar)
	return unless(ok, "the webhook is set up by hand")
}

func hasSwitchOff(t *testing.T, s Subject) string {
	if why := isRegistrar(t, s); why != "" {
		return why
	}
	return unless(s.SwitchOff != nil, "a webhook is never switched off")
}
