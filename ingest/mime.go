package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"path"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // the charsets that mail comes in
	"golang.org/x/net/html"
)

// mailHead is what the outermost mail's header says about the mail as a whole.
type mailHead struct {
	from, subject string
	autoSubmitted string
	suppress      string
	precedence    string
	report        string // report-type of a multipart/report (RFC 6522)
	contentType   string
}

// mail reads one mail. Whatever is broken in it, the rest is looked at.
func (u *unpacker) mail(r *bufio.Reader, outermost bool) error {
	skipMbox(r)
	e, err := message.Read(r)
	if e == nil {
		// Not even a header: keep it as a file for a person.
		return u.brokenMail(r, err)
	}
	if outermost {
		u.header(e.Header)
	}
	return u.entity(e, false)
}

// skipMbox passes over the line "From ..." that mbox files begin with.
func skipMbox(r *bufio.Reader) {
	if head, err := r.Peek(5); err == nil && string(head) == "From " {
		r.ReadString('\n')
	}
}

func (u *unpacker) brokenMail(r io.Reader, cause error) error {
	n, err := io.Copy(io.Discard, r)
	if err != nil && isDiskFault(err) {
		return err
	}
	reason := "the mail's header cannot be understood; look at the original"
	if n == 0 && errors.Is(cause, io.EOF) {
		reason = "the mail is empty"
	}
	u.leftover(part{name: "message.eml"}, kindMail, "", n, true, reason)
	return nil
}

func isDiskFault(err error) bool {
	var e interface{ Timeout() bool }
	return errors.As(err, &e) // *fs.PathError and *net.OpError
}

func (u *unpacker) header(h message.Header) {
	text := func(name string) string {
		v, err := h.Text(name)
		if err != nil {
			v = h.Get(name)
		}
		return strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r < ' ' }), " ")
	}
	m := &u.c.Message
	m.MessageID = strings.TrimSpace(h.Get("Message-Id"))
	m.From, m.To, m.Subject = text("From"), text("To"), text("Subject")
	ct, params, _ := h.ContentType()
	u.head = mailHead{
		from: m.From, subject: m.Subject, contentType: ct, report: strings.ToLower(params["report-type"]),
		autoSubmitted: strings.ToLower(h.Get("Auto-Submitted")), suppress: strings.ToLower(h.Get("X-Auto-Response-Suppress") + h.Get("X-Autoreply") + h.Get("X-Autorespond")),
		precedence: strings.ToLower(h.Get("Precedence")),
	}
}

// entity reads a part and those within it.
func (u *unpacker) entity(e *message.Entity, related bool) error {
	ct, params, _ := e.Header.ContentType()
	if strings.HasPrefix(ct, "multipart/") {
		if r := e.MultipartReader(); r != nil {
			return u.multipart(r, ct == "multipart/related")
		}
	}
	disposition, dparams, _ := e.Header.ContentDisposition()
	p := part{
		name:      partName(e.Header, params, dparams),
		attached:  strings.EqualFold(disposition, "attachment"),
		inline:    strings.EqualFold(disposition, "inline") || related,
		contentID: strings.Trim(e.Header.Get("Content-Id"), "<> \t"),
	}
	if !p.attached && p.name == "" && (ct == "" || ct == kindText || ct == kindHTML) {
		return u.body(e.Body, ct, p)
	}
	if strings.HasPrefix(ct, "message/") && ct != kindMail && ct != "message/global" && !p.attached {
		// Delivery and disposition reports say what the mail is, not what is in it.
		_, err := io.Copy(io.Discard, e.Body)
		return dropInputError(err)
	}
	return u.leaf(p, e.Body)
}

// multipart reads the parts of a multipart. One without an end gives what came.
func (u *unpacker) multipart(r message.MultipartReader, related bool) error {
	if len(u.within) >= maxDepth || !u.deepen() {
		u.leftover(part{}, "multipart/mixed", "", 0, true, "the mail's parts are nested too deeply and were not all looked at")
		return nil
	}
	defer u.rise()
	for {
		e, err := r.NextPart()
		if e == nil {
			if err != nil && !errors.Is(err, io.EOF) {
				if isDiskFault(err) {
					return err
				}
				u.leftover(part{}, "multipart/mixed", "", 0, true, "the mail ends in the middle of its parts; what came before was read")
			}
			return nil
		}
		if u.parts > maxParts {
			return nil
		}
		if err := u.entity(e, related); err != nil {
			return err
		}
	}
}

func dropInputError(err error) error {
	if err != nil && isDiskFault(err) {
		return err
	}
	return nil
}

// partName returns the part's file name: RFC 2231 and RFC 2047 forms, and what
// programs write that keep to neither.
func partName(h message.Header, params, dparams map[string]string) string {
	for _, name := range []string{dparams["filename"], params["name"]} {
		if name == "" {
			continue
		}
		if decoded, err := (&mime.WordDecoder{CharsetReader: message.CharsetReader}).DecodeHeader(name); err == nil {
			name = decoded
		}
		return cleanName(name)
	}
	// Headers that Go's parser refuses still often hold name="...".
	for _, field := range []string{h.Get("Content-Disposition"), h.Get("Content-Type")} {
		lower := strings.ToLower(field)
		i := strings.Index(lower, "name=")
		if i < 0 {
			continue
		}
		value := strings.TrimLeft(field[i+len("name="):], " ")
		if rest, ok := strings.CutPrefix(value, `"`); ok {
			value, _, _ = strings.Cut(rest, `"`)
		} else {
			value, _, _ = strings.Cut(value, ";")
		}
		return cleanName(value)
	}
	if d := h.Get("Content-Description"); path.Ext(d) != "" {
		return cleanName(d)
	}
	return ""
}

// body takes the mail's own text, or what stands in its place: scanners that
// declare nothing send a fax as text/plain.
func (u *unpacker) body(r io.Reader, ct string, p part) error {
	in := bufio.NewReaderSize(r, sniffLength)
	head, _ := in.Peek(sniffLength)
	switch kind := sniff(head); kind {
	case kindText, kindHTML, kindEmpty, kindMail:
	case kindUnknown:
		if !mostlyText(head) {
			return u.leaf(p, in)
		}
	default:
		return u.leaf(p, in)
	}
	text, err := io.ReadAll(io.LimitReader(in, 4<<20))
	if _, rest := io.Copy(io.Discard, in); err == nil {
		err = rest
	}
	if err := dropInputError(err); err != nil {
		return err
	}
	if len(u.within) > 0 {
		return nil // the text of a forwarded mail says nothing of this one
	}
	if ct == kindHTML || sniff(head) == kindHTML {
		u.html = append(u.html, string(text))
		var links int
		plain := plainOf(text, &links)
		u.links += links
		if u.text.Len() == 0 {
			u.text.WriteString(plain)
		}
		return nil
	}
	u.links += bytes.Count(text, []byte("https://")) + bytes.Count(text, []byte("http://"))
	if u.text.Len() > 0 {
		u.text.WriteByte('\n')
	}
	u.text.Write(bytes.ToValidUTF8(text, []byte("\uFFFD")))
	return nil
}

func mostlyText(b []byte) bool {
	odd := 0
	for _, c := range b {
		if c < 0x09 || c > 0x0d && c < 0x20 {
			odd++
		}
	}
	return odd*100 < len(b)
}

// plainOf returns the words of an HTML text and counts its links.
func plainOf(text []byte, links *int) string {
	var out strings.Builder
	z := html.NewTokenizer(bytes.NewReader(text))
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out.String()
		case html.TextToken:
			if hidden == 0 {
				out.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := z.TagName()
			switch string(name) {
			case "script", "style", "head":
				hidden++
			case "br", "p", "div", "tr", "li", "h1", "h2", "h3", "table":
				out.WriteByte('\n')
			case "td", "th":
				out.WriteByte(' ')
			}
			for attrs {
				var key, value []byte
				key, value, attrs = z.TagAttr()
				if string(name) == "a" && string(key) == "href" && bytes.HasPrefix(bytes.ToLower(value), []byte("http")) {
					*links++
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style", "head":
				hidden = max(0, hidden-1)
			case "p", "div", "tr":
				out.WriteByte('\n')
			}
		}
	}
}
