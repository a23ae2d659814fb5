package settings

import (
	"net/http"

	"admit/internal/access"
	"admit/internal/oncall"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// onCallModel is the page of the on-call service.
type onCallModel struct {
	address   ui.Select
	key       ui.Input
	isSet     bool
	mayManage bool
}

const (
	onCallPath    = "/settings/on-call"
	onCallAddress = "address"
	onCallKey     = "key"
)

func onCall(v *site.Visit) error {
	is, err := v.Propagation.OnCallAccess(v.R.Context(), v.Actor)
	if err != nil {
		return err
	}
	return v.Show(onCallShell(), onCallView(onCallForm(v, is.Address, is.HasKey, nil)))
}

func saveOnCall(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	ctx := v.R.Context()
	err = v.Propagation.SaveOnCallAccess(ctx, v.Actor, form.Get(onCallAddress), form.Get(onCallKey), false)
	if fields, _, ok := site.Problems(err); ok && len(fields) > 0 {
		is, err := v.Propagation.OnCallAccess(ctx, v.Actor)
		if err != nil {
			return err
		}
		return v.ShowStatus(http.StatusUnprocessableEntity, onCallShell(), onCallView(onCallForm(v, form.Get(onCallAddress), is.HasKey, fields)))
	}
	if err != nil {
		return err
	}
	return v.Done(onCallPath, site.Said("Saved, and it works. Now choose a schedule on the page of an app."))
}

func removeOnCall(v *site.Visit) error {
	if err := v.Propagation.SaveOnCallAccess(v.R.Context(), v.Actor, "", "", true); err != nil {
		return err
	}
	return v.Done(onCallPath, site.Said("Removed. Tickets that went to whoever is on call go to the admins of the resource."))
}

func onCallShell() ui.Shell {
	return ui.Shell{Title: "On call", Active: ui.NavSettings, Crumbs: []ui.Link{{Label: "Settings", URL: "/settings"}}}
}

func onCallForm(v *site.Visit, address string, isSet bool, wrong map[string]string) onCallModel {
	m := onCallModel{isSet: isSet, mayManage: v.Actor.May(access.ManageSettings, 0) == nil}
	field := func(name, label, help string) ui.Field {
		return ui.Field{Name: name, Label: label, Help: help, Error: part.Capital(wrong[name]), Disabled: !m.mayManage}
	}
	m.address = ui.Select{Field: field(onCallAddress, "PagerDuty service region", ""), Value: address, Options: []ui.Option{
		{Value: "", Label: "US"}, {Value: oncall.PagerDutyEU, Label: "EU"},
	}}
	if address != "" && address != oncall.PagerDutyEU {
		m.address.Options = append(m.address.Options, ui.Option{Value: address, Label: address})
	}
	help := "A read-only REST API key: in PagerDuty, Integrations, API Access Keys."
	if isSet {
		help = "One is stored. Leave it empty to keep it."
	}
	m.key = ui.Input{Field: field(onCallKey, "API key", help), Type: "password", Autocomplete: "off"}
	m.key.Required = !isSet
	return m
}
