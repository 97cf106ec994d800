package ingest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// A notice is short and comes alone: how much text of how many mails, one
// within the other, is searched for phrases.
const (
	noticeText  = 32 << 10
	noticeMails = 20
)

// describe fills in what the mail says of itself, and decides whether the
// message as a whole is an exception.
func (u *unpacker) describe(c *postroom.Contents) {
	documents := len(c.Attachments)
	problem := slices.ContainsFunc(c.Leftovers, func(l postroom.Leftover) bool { return l.Problem })
	m := &c.Message
	if u.outer != nil {
		h := u.outer.header
		m.MessageID = strings.TrimSpace(h.Get("Message-Id"))
		m.From, m.To, m.Subject = headerText(h, "From"), headerText(h, "To"), headerText(h, "Subject")
		m.Body = u.outer.body()
	}
	m.Pages = u.announced()

	var notices []notice
	for _, mail := range u.mails[:min(len(u.mails), noticeMails)] {
		notices = append(notices, readNotice(mail))
	}
	any := func(f func(notice) bool) bool { return slices.ContainsFunc(notices, f) }
	say := func(e postroom.Exception, reason string) { c.Exception, c.Reason = e, reason }
	secured := slices.ContainsFunc(u.found, func(f *finding) bool { return f.secured })

	if documents > 0 {
		switch {
		case any(func(n notice) bool { return n.fax && (n.partial || n.failed) }):
			say(postroom.PartialReception, "the fax server reports that the fax broke off: pages are missing; ask the sender to send it again")
		case len(notices) > 0 && notices[0].linkOnly() && u.onlyPictures():
			say(postroom.LinkOnly, "the mail links to a document, and the pictures in it may be decoration; open the link by hand")
		}
		return
	}
	switch {
	case u.outer != nil && notices[0].reply:
		say(postroom.AutoReply, "it is an automatic reply or a delivery report, and carries no document")
	case any(func(n notice) bool { return n.partial }):
		say(postroom.PartialReception, "the fax server reports that a fax broke off, and no page of it is attached; ask the sender to send it again")
	case any(func(n notice) bool { return n.failed }):
		say(postroom.FailedReception, "the fax server reports that it could not receive a fax; ask the sender to send it again")
	case secured:
		say(postroom.LinkOnly, "the document is in a protected message that only opens on a web site or in its own program; open the mail by hand and save the document")
	case problem:
		// What is wrong with it is said already, part by part.
	case any(notice.linkOnly):
		say(postroom.LinkOnly, "the document is not in the mail but behind a link; open the link by hand and save the document")
	case any(func(n notice) bool { return n.unsent }):
		say(postroom.NoDocument, "it holds no document: it reports a fax that was to be sent from here")
	default:
		say(postroom.NoDocument, u.nothing(c))
	}
}

// nothing says what is in a message without a document.
func (u *unpacker) nothing(c *postroom.Contents) string {
	thing := "the file"
	if u.outer != nil {
		thing = "the mail"
	}
	words := slices.ContainsFunc(u.mails, func(m *mailContent) bool { return strings.TrimSpace(m.everything()) != "" })
	switch {
	case len(c.Leftovers) > 0 && !words:
		return thing + " holds no document: nothing but " + quietest(c.Leftovers)
	case len(c.Leftovers) > 0:
		return thing + " holds no document: only text and " + quietest(c.Leftovers)
	case words:
		return thing + " holds no document, only text; read it by hand"
	case u.outer != nil:
		return "the mail is empty"
	}
	return "the file holds no document"
}

func quietest(ls []postroom.Leftover) string {
	if len(ls) == 1 {
		return ls[0].Reason
	}
	for _, l := range ls {
		if l.Reason != ls[0].Reason {
			return "parts such as logos and signatures"
		}
	}
	return "several times " + ls[0].Reason
}

// onlyPictures reports whether all documents are pictures within the mail's text.
func (u *unpacker) onlyPictures() bool {
	for _, f := range u.found {
		if f.attachment != nil && (f.picture == nil || !f.picture.inline(f.part)) {
			return false
		}
	}
	return true
}

// A notice is what the words of one mail say that it is.
type notice struct {
	reply   bool // an automatic reply, a delivery report or a receipt
	fax     bool // it comes from something that receives faxes
	partial bool // a fax broke off
	failed  bool // a fax was not received
	unsent  bool // a fax could not be sent
	link    bool // there is something to follow
	fetch   bool // it asks to follow it to a document
}

func (n notice) linkOnly() bool { return n.link && n.fetch }

func readNotice(m *mailContent) notice {
	subject := headerText(m.header, "Subject")
	from := headerText(m.header, "From")
	text := m.everything()
	text = text[:min(len(text), noticeText)]
	n := notice{reply: isReply(m, subject, from), link: len(m.links) > 0}
	n.fax = faxService.MatchString(subject) || faxService.MatchString(from)
	n.partial, n.failed, n.unsent = reception(subject, text, n.fax)
	n.fetch = asksToFetch(subject, from, text, m.links)
	return n
}

var (
	// A reply by a program, in the forms of English-language mail programs;
	// with the "Re:" that some put before it.
	replySubject = regexp.MustCompile(`(?i)^\s*(re:\s*)?(automatic (reply|response)|auto[- ]?(reply|response|responder)|automated (reply|response)|out of (the )?office|ooo\b|away from (the |my )?(office|desk)|(on )?(annual|sick|maternity|paternity) leave|i am (away|on leave|out of)|(thank you for (your|contacting)|we have received your) (e-?mail|message|enquiry|inquiry)|vacation (reply|notice)|holiday notice)`)
	// Delivery reports (RFC 3464) and receipts (RFC 8098) by programs that do not mark them.
	reportSubject = regexp.MustCompile(`(?i)^\s*(undeliver(able|ed)( mail)?\b|delivery (status notification|failure|delayed|report)|mail (delivery (failed|failure|subsystem|system)|system error)|returned (mail|to sender)|failure notice|delivered:|relayed:|read:|not read:|deleted:|read receipt|return receipt|message (delivered|read) receipt|recall:|warning: (could not send|message delayed))`)
	daemonSender  = regexp.MustCompile(`(?i)\b(mailer-daemon|postmaster|mail delivery (sub)?system)\b`)
)

// isReply goes by RFC 3834, RFC 3464 and RFC 8098, and by what was done before them.
func isReply(m *mailContent, subject, from string) bool {
	field := func(key string) string { return strings.ToLower(strings.TrimSpace(m.header.Get(key))) }
	switch {
	case m.report != "":
		return true
	case strings.HasPrefix(field("Auto-Submitted"), "auto-replied"):
		return true
	case strings.Contains(field("Precedence"), "auto_reply") || strings.Contains(field("Precedence"), "auto-reply"):
		return true
	case field("X-Autoreply") != "" && field("X-Autoreply") != "no" || field("X-Autorespond") != "" || field("X-Autoresponder") != "" || field("X-Auto-Reply") != "":
		return true
	case replySubject.MatchString(subject) || reportSubject.MatchString(subject):
		return true
	case field("Return-Path") == "<>" && daemonSender.MatchString(from):
		return true
	}
	// What Exchange writes into answers of its own; others write it into mail
	// that only does not want one, so it is not enough alone.
	marked := field("X-Auto-Response-Suppress") != "" || field("Auto-Submitted") != "" && field("Auto-Submitted") != "no"
	return marked && daemonSender.MatchString(from) || marked && replyText.MatchString(m.everything())
}

var replyText = regexp.MustCompile(`(?i)\b(i am|i'm|i will be) (currently |now )?(out of (the )?office|away|on (annual |sick |maternity )?leave)\b|\bthis is an automat(ic|ed) (reply|response)\b`)

const (
	documentWords = `(?:e-?)?(?:fax(?:es)?|facsimile|documents?|files?|letters?|reports?|results?|attachments?|messages?|records?|referrals?|scans?|correspondence|folders?|packages?)`
	fetchWords    = `(?:view|open|read|see|access|download|retrieve|collect|fetch|get|pick up|review|print)`
)

var (
	// "View your fax", "to view or download the document", "click here to read the message".
	fetchPhrase = regexp.MustCompile(`(?i)\b` + fetchWords + `(?:\s+(?:or|and|/)\s+` + fetchWords + `)?\b[^.!?\n]{0,40}\b` + documentWords + `\b`)
	clickPhrase = regexp.MustCompile(`(?i)\b(?:click|tap|press|follow|use|visit|go to|log ?in|log ?on|sign ?in|register)\b[^.!?\n]{0,60}\b(?:here|link|below|button|to (?:view|open|read|see|access|download|retrieve|collect)|portal|web ?site|account)\b`)
	// Words of services that send a document this way and no other.
	securePhrase = regexp.MustCompile(`(?i)\b(?:secure|encrypted|protected|confidential) (?:e-?mail|message|mail|file|document|delivery|fax|link|package)s?\b|\b(?:has|have) (?:sent|shared|securely sent) (?:you )?(?:an? |\d+ )?(?:secure |encrypted |protected |confidential )?` + documentWords + `\b|\b` + documentWords + ` (?:is|are|has been|have been) (?:ready|available|waiting|shared)\b|\b(?:link|message|file|document|fax|access)\b[^.!?\n]{0,30}\b(?:expires?|expiry|will be available until)\b|\bwaiting for you\b|\bone[- ]time (?:passcode|password)\b`)
	documentWord = regexp.MustCompile(`(?i)\b` + documentWords + `\b`)
	// Sentences about the mail itself, which newsletters have.
	aboutMail = regexp.MustCompile(`(?i)\b(browser|unsubscribe|privacy|preferences|newsletter|virus|disclaimer|terms|opt[- ]out|survey|feedback)\b`)
	// Sites that are for fetching documents.
	fetchSite = regexp.MustCompile(`(?i)^https?://[^/]*\b(egress|sharefile|mimecast|wetransfer|onedrive|1drv|sharepoint|dropbox|box\.com|drive\.google|docs\.google|zixmail|zixcorp|zixmessagecenter|securemail|secure-?mail|encryptedmail|proofpoint|pps\.reinject|kiteworks|accellion|virtru|cryptshare|hightail|filecloud|quatrix|galaxkey|efax|myfax|metrofax|ringcentral|concordfax|hellofax|faxage|srfax|interfax|retarus|docman|accurx|securedoc|ironport|res\.cisco|voltage|barracudanetworks|trustifi|zivver|docusign|adobesign)`)
)

// asksToFetch reports whether a mail's words ask to get a document from somewhere.
func asksToFetch(subject, from, text string, links []string) bool {
	site := slices.ContainsFunc(links, fetchSite.MatchString)
	about := documentWord.MatchString(subject) || securePhrase.MatchString(subject)
	weak := 0
	for sentence := range sentences(text) {
		if aboutMail.MatchString(sentence) {
			continue
		}
		switch {
		case securePhrase.MatchString(sentence):
			return true
		case fetchPhrase.MatchString(sentence):
			return true
		case clickPhrase.MatchString(sentence):
			if about || site || documentWord.MatchString(sentence) {
				return true
			}
			weak++
		}
	}
	return site && (about || weak > 0 || documentWord.MatchString(text))
}
