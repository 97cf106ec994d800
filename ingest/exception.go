package ingest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/postroom/postroom"
)

// judge looks at the mail as a whole: its own text, the pages it announces, its
// logos, and whether it is a document at all.
func (u *unpacker) judge() {
	u.dropLogos()
	m := &u.c.Message
	m.Body = squeeze(u.text.String(), maxBody)
	about := m.Subject + "\n" + m.Body
	m.Pages = announcedPages(m.Subject, m.Body)
	documents := len(u.c.Attachments)
	say := func(e postroom.Exception, reason string) { u.c.Exception, u.c.Reason = e, reason }
	switch {
	case partialPattern.MatchString(about) && (documents == 0 || noticeSubject.MatchString(m.Subject)):
		say(postroom.PartialReception, "the fax server says that the fax broke off: some of its pages did not come")
	case documents == 0 && failedPattern.MatchString(about):
		say(postroom.FailedReception, "the fax server says that it could not receive a fax: ask the sender to send it again")
	case documents == 0 && u.isAutoReply():
		say(postroom.AutoReply, "it is an automatic reply or a delivery report and carries no document")
	case documents == 0 && u.links > 0 && linkPattern.MatchString(about):
		say(postroom.LinkOnly, "the document is not in the mail but behind a link: fetch it by hand")
	case documents == 0 && !u.hasProblem(): // a problem speaks for itself
		say(postroom.NoDocument, u.nothingFound())
	}
}

func (u *unpacker) hasProblem() bool {
	return slices.ContainsFunc(u.c.Leftovers, func(l postroom.Leftover) bool { return l.Problem })
}

func (u *unpacker) nothingFound() string {
	switch {
	case len(u.c.Leftovers) > 0:
		return "the mail carries no document, only logos or signatures"
	case strings.TrimSpace(u.c.Message.Body) == "":
		return "the mail is empty"
	default:
		return "the mail carries no document, only text: a person should read it"
	}
}

// isAutoReply goes by RFC 3834 (Auto-Submitted), RFC 6522 (reports), and what
// programs did before these.
func (u *unpacker) isAutoReply() bool {
	h := u.head
	switch {
	case h.autoSubmitted != "" && h.autoSubmitted != "no":
		// Fax servers mark their own notices as generated, too: they are no replies.
		return strings.HasPrefix(h.autoSubmitted, "auto-replied") || replySubject.MatchString(h.subject) || h.contentType == "multipart/report"
	case h.contentType == "multipart/report":
		return true
	case replySubject.MatchString(h.subject):
		return true
	case h.precedence == "auto_reply" || strings.Contains(h.suppress, "yes"):
		return true
	}
	return false
}

var (
	replySubject = regexp.MustCompile(`(?i)^\s*(automatic reply|auto(matic)?[- ]?(reply|response|antwort)|out of (the )?office|away from (my|the) (desk|office)|on (annual )?leave|undeliver(ed|able)|delivery (status notification|has failed|failure)|mail delivery (failed|failure|subsystem)|returned mail|read:|not read:|delivered:|read receipt|message (delivered|read))`)

	noticeSubject = regexp.MustCompile(`(?i)\b(partial|incomplete|interrupted|truncated|broke off)\b`)
	// A fax that broke off: "partial fax received", "only 2 of 5 pages received".
	partialPattern = regexp.MustCompile(`(?i)(partial(ly)?\s+(fax|reception|receipt|received|transmission|message)|(fax|reception|transmission|call)\s+(was\s+|has\s+been\s+|is\s+)?(incomplete|interrupted|truncated|cut (off|short)|partially received|received partially|broke(n)? off|terminated (early|before))|incomplete\s+(fax|reception|transmission)|only\s+\d+\s+(of|out of)\s+(the\s+)?\d+\s+pages?)`)
	// A fax that did not come at all.
	failedPattern = regexp.MustCompile(`(?i)((fax|reception|receive|transmission|receiving)[^.\n]{0,40}\b(failed|failure|error|unsuccessful|not (be )?(received|completed)|could not be (received|completed))\b|\b(failed|unable|failure|error)\b[^.\n]{0,30}\b(receiv\w*|reception|fax|transmission)\b|no pages? (were |was )?received|0 pages? received)`)
	// A document behind a link, in the words of secure mail and fax portals.
	linkPattern = regexp.MustCompile(`(?i)((view|open|read|download|access|retrieve|collect|see|click|log ?in|sign ?in|visit|follow|get)\b[^.\n]{0,80}\b(fax|document|file|letter|message|report|result|attachment|link|portal|here|below|item)s?\b|secure (message|mail|email|e-mail|link|document)|has (sent|shared)( you)? |shared (a|the) (file|document|folder)|(fax|document|letter|report|file|message)s? (is|are) (ready|available|waiting))`)
)

// Announcements of a number of pages, in subjects and texts of fax servers.
var pagesPatterns = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(?:pages?|no\. of pages|number of pages|page count|total pages|pages? received|pages incl(?:uding|\.)? cover)\s*[:=]\s*(\d{1,4})\b`),
	regexp.MustCompile(`(?i)\b(\d{1,4})\s*[- ]?\s*page(?:s|\(s\))?\b`),
	regexp.MustCompile(`(?i)\bnew\s+(\d{1,4})\s+fax message`),
	regexp.MustCompile(`(?i)\((\d{1,4})\s*(?:pp?|pgs?)\.?\)`),
}

// announcedPages returns how many pages the mail says it carries; 0 when it
// says none, or more than one number.
func announcedPages(subject, body string) int {
	if r := []rune(body); len(r) > 2000 {
		body = string(r[:2000]) // what follows is a forwarded mail or small print
	}
	for _, text := range []string{subject, body} {
		for _, p := range pagesPatterns {
			found := p.FindAllStringSubmatch(text, -1)
			if len(found) == 0 {
				continue
			}
			n := 0
			for _, f := range found {
				v, err := strconv.Atoi(f[1])
				if err != nil || v == 0 || n != 0 && n != v {
					return 0
				}
				n = v
			}
			return n
		}
	}
	return 0
}

// squeeze takes out white space that says nothing, and keeps at most n bytes.
func squeeze(s string, n int) string {
	var out strings.Builder
	blank := 0
	for line := range strings.Lines(s) {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			blank++
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
			if blank > 0 {
				out.WriteByte('\n')
			}
		}
		blank = 0
		out.WriteString(line)
		if out.Len() > n {
			return strings.ToValidUTF8(out.String()[:n], "")
		}
	}
	return out.String()
}
