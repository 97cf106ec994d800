package ingest

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"golang.org/x/net/html"
)

const (
	maxBody     = 64 << 10 // of Message.Body, see postroom.Message
	maxTextPart = 1 << 20  // of one text part that is looked at
	maxTextAll  = 4 << 20  // of all text of one mail that is kept
)

// mailContent is what is known of one mail apart from its attachments.
type mailContent struct {
	header message.Header
	report string // the report-type of a multipart/report (RFC 6522)
	texts  []mailText
	size   int // bytes in texts
	links  []string
	shows  map[string]shown // the pictures that its HTML shows, by cid or location
}

type mailText struct {
	text        string
	html        bool
	alternative *multipartLevel
}

// add takes a text part of the mail.
func (m *mailContent) add(raw []byte, p *part) {
	isHTML := p.claimed == mediaHTML
	if f := sniff(raw); f == &htmlFormat && p.claimed != mediaText {
		isHTML = true
	}
	text := decodeCharset(p.charset, raw)
	if isHTML {
		text = m.readHTML(text)
	} else {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		m.links = append(m.links, linkInText.FindAllString(text, 100)...)
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7F {
			return -1
		}
		return r
	}, text)
	if m.size += len(text); m.size > maxTextAll {
		return
	}
	m.texts = append(m.texts, mailText{text, isHTML, p.alternative})
}

// body returns the mail's own text: of parts that say the same in two forms
// the plain one.
func (m *mailContent) body() string {
	plain := map[*multipartLevel]bool{}
	for _, t := range m.texts {
		if !t.html && t.alternative != nil && says(t.text) {
			plain[t.alternative] = true
		}
	}
	var b strings.Builder
	for _, t := range m.texts {
		if t.html && plain[t.alternative] || !t.html && t.alternative != nil && !plain[t.alternative] {
			continue
		}
		if s := strings.TrimSpace(t.text); s != "" {
			if b.Len() > 0 {
				b.WriteString("\n\n")
			}
			b.WriteString(s)
		}
	}
	s := manyBlank.ReplaceAllString(b.String(), "\n\n")
	if len(s) > maxBody {
		n := maxBody
		for !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return s
}

// everything returns all the mail's text, in all its forms, for looking for phrases.
func (m *mailContent) everything() string {
	var b strings.Builder
	for _, t := range m.texts {
		b.WriteString(t.text)
		b.WriteByte('\n')
	}
	return b.String()
}

var manyBlank = regexp.MustCompile(`\n(?:[ \t\r]*\n){2,}`)

var needsHTML = regexp.MustCompile(`(?i)(does not|doesn't|not) (support|display) html|html[- ](capable|enabled|compatible)|view (this|the) (message|e-?mail) in html`)

// says reports whether a plain text is more than the excuse for having none.
func says(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && !(len(s) < 300 && needsHTML.MatchString(s))
}

var linkInText = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"')\]]{3,500}`)

// readHTML returns the text of a page as a person reads it, and notes its
// links and pictures.
func (m *mailContent) readHTML(s string) string {
	var b strings.Builder
	blank := func(by string) {
		if have := b.String(); by == "\n" || !strings.HasSuffix(have, "\n") && !strings.HasSuffix(have, " ") {
			b.WriteString(by)
		}
	}
	skip := "" // the element whose content nobody sees
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		switch kind {
		case html.TextToken:
			if skip != "" {
				continue
			}
			text := string(z.Text())
			words := strings.Fields(text)
			if len(words) == 0 {
				if text != "" && b.Len() > 0 {
					blank(" ")
				}
				continue
			}
			if strings.TrimLeft(text, " \t\r\n\f\u00a0") != text {
				blank(" ")
			}
			b.WriteString(html.UnescapeString(strings.Join(words, " ")))
			if strings.TrimRight(text, " \t\r\n\f\u00a0") != text {
				b.WriteByte(' ')
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			t := z.Token()
			if skip != "" {
				if kind == html.EndTagToken && t.Data == skip {
					skip = ""
				}
				continue
			}
			switch t.Data {
			case "script", "style", "title", "template", "noscript":
				if kind == html.StartTagToken {
					skip = t.Data
				}
			case "a", "area", "form":
				for _, a := range t.Attr {
					if (a.Key == "href" || a.Key == "action") && len(m.links) < 200 && linkInText.MatchString(a.Val) {
						m.links = append(m.links, a.Val)
					}
				}
			case "img", "v:imagedata":
				m.show(t.Attr)
			case "br", "p", "div", "tr", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "pre", "body":
				blank("\n")
			case "td", "th":
				blank(" ")
			}
		}
	}
	lines := strings.Split(b.String(), "\n")
	out := lines[:0]
	for _, l := range lines {
		l = strings.TrimSpace(strings.ReplaceAll(l, "\u00a0", " "))
		if l != "" || len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, l)
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

var styleSize = regexp.MustCompile(`(?i)(?:^|[;\s])(width|height)\s*:\s*(\d+)(?:\.\d+)?\s*(px|pt|in|cm)`)

// show notes that the mail's HTML shows a picture, and how large.
func (m *mailContent) show(attrs []html.Attribute) {
	src, size := "", shown{}
	for _, a := range attrs {
		switch a.Key {
		case "src":
			src = strings.TrimSpace(a.Val)
		case "width":
			size.width = pixels(a.Val, size.width)
		case "height":
			size.height = pixels(a.Val, size.height)
		case "style":
			for _, s := range styleSize.FindAllStringSubmatch(a.Val, 4) {
				n, err := strconv.Atoi(s[2])
				if err != nil || n > 1e5 {
					continue
				}
				switch strings.ToLower(s[3]) {
				case "pt":
					n = n * 4 / 3
				case "in":
					n *= 96
				case "cm":
					n *= 38
				}
				if strings.EqualFold(s[1], "width") {
					size.width = n
				} else {
					size.height = n
				}
			}
		}
	}
	if src == "" {
		return
	}
	if len(src) > 4 && strings.EqualFold(src[:4], "cid:") {
		src = percentDecoded(src[4:])
	}
	if len(src) > 500 || len(m.shows) > 1000 {
		return // a picture within the address itself, which is decoration
	}
	if m.shows == nil {
		m.shows = map[string]shown{}
	}
	m.shows[strings.ToLower(src)] = size
}

func pixels(s string, otherwise int) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

// showing returns how the mail's HTML shows the part; false when it does not.
func (m *mailContent) showing(p *part) (shown, bool) {
	for _, key := range []string{p.contentID, p.location, p.name} {
		if key == "" {
			continue
		}
		if s, ok := m.shows[strings.ToLower(key)]; ok {
			return s, true
		}
	}
	return shown{}, false
}

// attName is how Exchange names the pieces of text between attachments.
var attName = regexp.MustCompile(`(?i)^att\d{5,}(-\d+)?\.(txt|html?|c)$`)

// ownText reports whether a text part is the mail's own words rather than a file.
func (p *part) ownText() bool {
	switch {
	case p.mail == nil:
		return false
	case attName.MatchString(p.name):
		return p.data.size < 16<<10
	case p.disposition == "attachment":
		return false
	case p.claimed != "" && p.claimed != mediaText && p.claimed != mediaHTML && p.alternative == nil && strings.Contains(p.claimed, "/") && !strings.HasPrefix(p.claimed, "text/"):
		return false
	case p.name == "":
		return true
	}
	// A named text that is shown within the mail.
	return p.alternative != nil || p.disposition == "inline" && len(p.mail.texts) == 0
}

// quietTexts are forms of text that say nothing which a clerk needs.
var quietTexts = map[string]string{
	"text/calendar":                     "an appointment for the calendar",
	"text/vcard":                        "a contact card",
	"text/x-vcard":                      "a contact card",
	"text/directory":                    "a contact card",
	"text/x-amp-html":                   "another form of the mail's text",
	"text/watch-html":                   "another form of the mail's text",
	"text/enriched":                     "another form of the mail's text",
	"text/rfc822-headers":               "the header of a returned mail",
	"message/rfc822-headers":            "the header of a returned mail",
	"message/delivery-status":           "a delivery report",
	"message/global-delivery-status":    "a delivery report",
	"message/disposition-notification":  "a receipt",
	"message/tracking-status":           "a delivery report",
	"message/feedback-report":           "a delivery report",
	"application/pgp-signature":         "a digital signature",
	"application/pkcs7-signature":       "a digital signature",
	"application/x-pkcs7-signature":     "a digital signature",
	"application/pgp-keys":              "a key for encryption",
	"application/x-microsoft-cdf":       "settings of a mail program",
	"application/vnd.ms-outlook-signed": "a digital signature",
}

// judgeText decides about a part that is made of characters.
func (u *unpacker) judgeText(p *part, f *format) error {
	if reason, ok := quietTexts[p.claimed]; ok {
		u.noise(p, p.claimed, reason)
		return nil
	}
	if f == &svgFormat && p.mail != nil && p.disposition != "attachment" {
		u.noise(p, f.media, "a drawing in the mail's text, such as a logo")
		return nil
	}
	if !p.ownText() {
		u.leave(p, f)
		return nil
	}
	raw := make([]byte, min(p.data.size, maxTextPart))
	if _, err := p.data.reader().ReadAt(raw, 0); err != nil {
		return err
	}
	if bytes.Contains(raw, []byte("begin ")) {
		var err error
		if raw, err = u.cutUU(p); err != nil {
			return err
		}
	}
	p.mail.add(raw, p)
	return nil
}

// cutUU takes the files out of a text that older programs write into it with
// uuencode, and returns the text without them.
func (u *unpacker) cutUU(p *part) ([]byte, error) {
	text := []byte{}
	in := newLineReader(p.data.reader())
	for {
		line, start, err := in.next()
		if err != nil || len(text) > maxTextPart {
			break // the end: it is our own file
		}
		name, begins := uuBegin(line)
		if begins {
			line = bytes.Clone(line) // looking ahead moves the buffer
		}
		if !start || !begins || !in.peekUU() {
			text = append(text, line...)
			continue
		}
		if !u.allow() {
			continue
		}
		s := u.newSpool()
		d := &uuDecoder{to: s, begun: true}
		for !d.ended {
			line, _, err := in.next()
			if err != nil {
				break
			}
			if _, err := d.Write(line); err != nil {
				return nil, err
			}
		}
		if err := d.Close(); err != nil {
			return nil, err
		}
		q := &part{n: u.parts, name: cleanName(name), within: p.within, depth: p.depth, zips: p.zips, mail: p.mail,
			claimed: mediaRaw, disposition: "attachment", damage: d.damage(), data: s}
		if err := u.judge(q); err != nil {
			return nil, err
		}
	}
	return text, nil
}
