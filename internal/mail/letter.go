package mail

import (
	"html/template"
	"strings"
	"sync"
)

// letter is what a mail says, once for its text and its HTML. What is empty is
// left out.
type letter struct {
	Subject string
	Opening string
	Task    string // the state to reach
	Facts   []fact
	Asking  string // ends with a colon: the link follows
	Link    string
	Button  string // what the link is called in HTML
	Closing []string
}

type fact struct{ Name, Value string }

func (l letter) message(id, to string) Message {
	l = l.clean()
	return Message{ID: id, To: to, Subject: l.Subject, Text: l.text(), HTML: l.html()}
}

// clean makes every value one harmless line.
func (l letter) clean() letter {
	clean := letter{
		Subject: line(l.Subject), Opening: line(l.Opening), Task: line(l.Task),
		Asking: line(l.Asking), Link: line(l.Link), Button: line(l.Button),
	}
	for _, f := range l.Facts {
		if value := line(f.Value); value != "" {
			clean.Facts = append(clean.Facts, fact{f.Name, value})
		}
	}
	for _, s := range l.Closing {
		clean.Closing = append(clean.Closing, line(s))
	}
	return clean
}

func (l letter) text() string {
	var b strings.Builder
	b.WriteString(l.Opening + "\n\n    " + l.Task + "\n\n")
	for _, f := range l.Facts {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	b.WriteString("\n" + l.Asking + "\n\n" + l.Link + "\n\n")
	for _, s := range l.Closing {
		b.WriteString(s + "\n")
	}
	return b.String()
}

// html needs no picture, style sheet or script from anywhere, and names no
// colours: a mail program has its own.
func (l letter) html() string {
	var b strings.Builder
	if err := page().Execute(&b, l); err != nil {
		return "" // the text alone is a mail too
	}
	return b.String()
}

var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("letter").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5">
<p>{{.Opening}}</p>
<p style="font-size: 18px"><strong>{{.Task}}</strong></p>
<p>{{range .Facts}}{{.Name}}: {{.Value}}<br>
{{end}}</p>
<p>{{.Asking}}</p>
<p><a href="{{.Link}}"><strong>{{.Button}}</strong></a></p>
{{range .Closing}}<p>{{.}}</p>
{{end}}</body>
</html>
`))
})
