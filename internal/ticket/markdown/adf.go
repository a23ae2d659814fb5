package markdown

// ADF renders Markdown as a document of the Atlassian Document Format, version
// 1, ready to be sent as JSON.
func ADF(source string) any {
	content := adfBlocks(parse(source))
	if len(content) == 0 {
		content = []adfNode{{Type: "paragraph"}}
	}
	return adfDoc{Version: 1, adfNode: adfNode{Type: "doc", Content: content}}
}

type adfDoc struct {
	Version int `json:"version"`
	adfNode
}

type adfNode struct {
	Type    string    `json:"type"`
	Attrs   *adfAttrs `json:"attrs,omitempty"`
	Text    string    `json:"text,omitempty"`
	Marks   []adfMark `json:"marks,omitempty"`
	Content []adfNode `json:"content,omitempty"`
}

type adfMark struct {
	Type  string    `json:"type"`
	Attrs *adfAttrs `json:"attrs,omitempty"`
}

type adfAttrs struct {
	Level int    `json:"level,omitempty"` // of a heading
	Order *int   `json:"order,omitempty"` // the first number of a list
	Href  string `json:"href,omitempty"`  // of a link
}

func adfBlocks(blocks []block) []adfNode {
	nodes := make([]adfNode, 0, len(blocks))
	for _, b := range blocks {
		nodes = append(nodes, adfBlock(b))
	}
	return nodes
}

func adfBlock(b block) adfNode {
	switch b.kind {
	case heading:
		return adfNode{Type: "heading", Attrs: &adfAttrs{Level: b.level}, Content: adfLines(b.lines)}
	case bullets:
		return adfNode{Type: "bulletList", Content: adfBlocks(b.blocks)}
	case numbers:
		return adfNode{Type: "orderedList", Attrs: &adfAttrs{Order: &b.level}, Content: adfBlocks(b.blocks)}
	case item:
		return adfNode{Type: "listItem", Content: adfItem(b.blocks)}
	case quote:
		return adfNode{Type: "blockquote", Content: adfBlocks(b.blocks)}
	case code:
		return adfNode{Type: "codeBlock", Content: []adfNode{{Type: "text", Text: b.code}}}
	case rule:
		return adfNode{Type: "rule"}
	case paragraph:
	}
	return adfNode{Type: "paragraph", Content: adfLines(b.lines)}
}

// adfItem returns what is in an item, which cannot be empty and cannot begin
// with a list.
func adfItem(blocks []block) []adfNode {
	if len(blocks) == 0 || blocks[0].isList() {
		blocks = append([]block{{kind: paragraph}}, blocks...)
	}
	return adfBlocks(blocks)
}

func adfLines(lines []line) []adfNode {
	var nodes []adfNode
	for i, l := range lines {
		if i > 0 {
			nodes = append(nodes, adfNode{Type: "hardBreak"})
		}
		for _, p := range l {
			for _, s := range p.spans {
				nodes = append(nodes, adfNode{Type: "text", Text: s.text, Marks: adfMarks(p, s.style)})
			}
		}
	}
	return nodes
}

func adfMarks(p phrase, s style) []adfMark {
	var marks []adfMark
	if p.url != "" {
		marks = append(marks, adfMark{Type: "link", Attrs: &adfAttrs{Href: p.url}})
	}
	if s.code {
		marks = append(marks, adfMark{Type: "code"})
	}
	if s.strong {
		marks = append(marks, adfMark{Type: "strong"})
	}
	if s.em {
		marks = append(marks, adfMark{Type: "em"})
	}
	return marks
}
