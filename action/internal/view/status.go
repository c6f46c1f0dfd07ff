package view

import (
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/status"
)

// StatusNotes returns the annotations of a workflow run: one for each ring that needs attention at once, and for each whose
// tag points elsewhere.
func StatusNotes(r status.Report) []note.Annotation {
	var notes []note.Annotation
	for _, image := range r.Images {
		of := ""
		if len(r.Images) > 1 {
			of = " of " + image.Image
		}
		for _, ring := range image.Rings {
			for _, why := range alarms(ring) {
				notes = append(notes, note.Annotation{Level: note.Warning, Message: ring.Name + of + why})
			}
		}
	}
	return notes
}

func alarms(ring status.Ring) []string {
	var all []string
	switch ring.State {
	case status.Unhealthy, status.Overdue, status.Stuck:
		all = append(all, " is "+string(ring.State)+": "+ring.Reason.Write(timeIn(nil)))
	}
	for _, a := range ring.Advice {
		if a.Code == status.TagElsewhere {
			all = append(all, ": "+a.Text.Write(timeIn(nil)))
		}
	}
	return all
}

func soakText(s *status.Soak) string {
	if s == nil {
		return "–"
	}
	if s.NeededSecs == 0 {
		return s.Done
	}
	return s.Done + " of " + s.Needed
}
