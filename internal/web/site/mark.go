package site

import (
	"admit/internal/access"
	"admit/internal/web/ui"
)

// ChangeMark returns the mark of an access change. id is that of the element,
// waiting the sentence that says what it waits for.
func ChangeMark(id string, c access.AccessChange, waiting string) ui.MarkView {
	m := ui.MarkView{ID: id, State: changeMark(c), Waiting: waiting, Of: c.UserName}
	if m.Of == "" {
		m.Of = c.UserEmail
	}
	if m.Waiting == "" {
		m.Waiting = c.Detail
	}
	return m
}

func changeMark(c access.AccessChange) ui.MarkState {
	removal := c.Direction == access.ToRemove
	switch c.State {
	case access.NeedsAttention:
		return ui.MarkAttention
	case access.Open, access.Canceling:
		if removal {
			return ui.MarkRemovalTicket
		}
		return ui.MarkTicket
	case access.Queued, access.Filing, access.ClaimedDone:
		if removal {
			return ui.MarkRemovalWaiting
		}
		return ui.MarkWaiting
	case access.Done:
		switch {
		case removal:
			return ui.MarkRemoved
		case c.ViaTicket:
			return ui.MarkInPlace
		}
		return ui.MarkRecorded
	case access.ChangeCanceled, access.Superseded, access.Abandoned:
		return ui.MarkEnded
	}
	return ui.MarkWaiting
}
