package oncalltest

import "slices"

// shown is anything in an answer.
type shown map[string]any

// reference names a thing. The summary is how it is shown to people.
func reference(id, name, kind string) shown {
	return shown{
		"id": id, "type": kind, "summary": name,
		"self": "https://api.pagerduty.com/" + kind + "/" + id, "html_url": "https://example.pagerduty.com/" + kind + "/" + id,
	}
}

func (s *Server) shownSchedules(shifts bool) []shown {
	var all []shown
	for _, one := range s.Schedules {
		switch {
		case one.Shifts != shifts:
		case shifts: // this list has references only
			all = append(all, one.reference())
		default:
			full := reference(one.ID, one.Name, "schedule")
			full["name"], full["time_zone"] = one.Name, "Europe/Berlin"
			all = append(all, full)
		}
	}
	return all
}

func (s *Server) shownPolicies() []shown {
	var all []shown
	for _, one := range s.Policies {
		full := reference(one.ID, one.Name, "escalation_policy")
		full["name"], full["num_loops"] = one.Name, 0
		all = append(all, full)
	}
	return all
}

func (s Schedule) reference() shown {
	if s.Shifts {
		return reference(s.ID, s.Name, "schedule_v3_reference")
	}
	return reference(s.ID, s.Name, "schedule_reference")
}

// serveOnCalls tells who is on call now.
func (s *Server) serveOnCalls(c *call) {
	users := slices.Contains(c.query["include[]"], "users")
	var all []shown
	var seen []Duty
	for _, d := range s.Duties {
		if !chosen(c.query["schedule_ids[]"], d.Schedule) || !chosen(c.query["escalation_policy_ids[]"], d.Policy) || !chosen(c.query["user_ids[]"], d.User) {
			continue
		}
		// The earliest for each combination of policy, level and user.
		one := Duty{Policy: d.Policy, Level: d.Level, User: d.User}
		if c.query.Get("earliest") == "true" && slices.Contains(seen, one) {
			continue
		}
		seen = append(seen, one)
		all = append(all, s.shownDuty(d, users))
	}
	list(c, "oncalls", all, older, "schedule_ids[]", "escalation_policy_ids[]", "user_ids[]", "include[]", "earliest")
}

// chosen reports whether a filter lets an id through.
func chosen(filter []string, id string) bool { return len(filter) == 0 || slices.Contains(filter, id) }

func (s *Server) shownDuty(d Duty, users bool) shown {
	policy := s.Policies[slices.IndexFunc(s.Policies, func(p Policy) bool { return p.ID == d.Policy })]
	one := shown{
		"escalation_policy": reference(policy.ID, policy.Name, "escalation_policy_reference"), "escalation_level": d.Level,
		"user": s.shownUser(d.User, users), "schedule": nil, "start": nil, "end": nil,
	}
	if i := slices.IndexFunc(s.Schedules, func(s Schedule) bool { return s.ID == d.Schedule }); i >= 0 {
		one["schedule"], one["start"], one["end"] = s.Schedules[i].reference(), "2026-11-27T08:00:00Z", "2026-11-28T08:00:00Z"
	}
	return one
}

// shownUser is a user in full if that was asked for. One that was deleted is
// always a reference.
func (s *Server) shownUser(id string, full bool) shown {
	u := s.Users[slices.IndexFunc(s.Users, func(u User) bool { return u.ID == id })]
	if !full || u.Deleted {
		return reference(u.ID, u.Name, "user_reference")
	}
	one := reference(u.ID, u.Name, "user")
	one["name"], one["email"], one["time_zone"], one["role"], one["invitation_sent"] = u.Name, u.Email, "Europe/Berlin", "user", false
	return one
}
