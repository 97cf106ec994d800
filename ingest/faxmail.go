package ingest

import (
	"iter"
	"regexp"
	"strconv"
	"strings"
)

// Fax servers and scanners put what they know of a fax into the mail's subject
// and text: how many pages there are, and whether all of them came. The
// sender's station (CSID) and number stay in the subject, as written.

// announced returns the number of pages that the mail announces, or, where a
// mail was only forwarded, the one within; 0 for none.
func (u *unpacker) announced() int {
	for _, m := range u.mails[:min(len(u.mails), noticeMails)] {
		if n := announcedPages(headerText(m.header, "Subject"), m.body()); n > 0 {
			return n
		}
	}
	return 0
}

const maxPages = 2000 // no fax has more; a larger number is something else

const pageWord = `(?:page\(s\)|pages?|pgs?|pp|sheets?|side\(s\)|sides?)`

// pageCounts are tried in their order. "2 of 5 pages" announces five.
var pageCounts = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b\d{1,4}\s*(?:of|out of|/)\s*(\d{1,4})\s*` + pageWord + `\b?`),
	regexp.MustCompile(`(?i)\bnew\s+(\d{1,4})\s+(?:page\s+)?fax\s+message`), // Concord
	regexp.MustCompile(`(?i)\byou have received an?\s+(\d{1,4})\s+(?:page\s+)?fax\b`),
	regexp.MustCompile(`(?i)(?:^|[^\w.,/:-])(\d{1,4})[\s-]*(?:page\(s\)|pages?\b|pgs?\b|pp\b)`),
}

// pageFields are a line of their own in a notice: "Pages: 3".
var pageFields = regexp.MustCompile(`(?im)^[\s*|>-]*(?:total\s+)?(?:(?:number|no\.?|nr\.?|count)\s+of\s+(?:pages?|images|sheets)|pages?\s*(?:count|received|total|incl[^:\n]{0,20})?|page\(s\)|#\s*pages?|images)(?:\s+received)?\s*[:=\t-]+\s*(?:\d{1,4}\s*(?:of|/)\s*)?(\d{1,4})\b`)

// inSubject also takes "Pages: 3" within the subject.
var inSubject = regexp.MustCompile(`(?i)\b(?:pages?|pgs?)\s*[:=]\s*(?:\d{1,4}\s*(?:of|/)\s*)?(\d{1,4})\b`)

// aboutFax are the words beside which a number of pages in a sentence is that
// of the fax or the scan, and not of a book.
var aboutFax = regexp.MustCompile(`(?i)\b(fax|faxed|facsimile|received|scan|scanned|attached|attachment|transmission|document)\b`)

// announcedPages returns the number of pages that a mail announces; 0 when it
// says none. The subject goes before the text, since people write texts.
func announcedPages(subject, body string) int {
	for _, re := range append([]*regexp.Regexp{inSubject}, pageCounts...) {
		if n := firstCount(re, subject); n > 0 {
			return n
		}
	}
	const most = 4 << 10 // what follows is small print, or the mail that was answered
	if len(body) > most {
		body = strings.ToValidUTF8(body[:most], "")
	}
	if n := firstCount(pageFields, body); n > 0 {
		return n
	}
	for sentence := range sentences(body) {
		if !aboutFax.MatchString(sentence) || conditional.MatchString(sentence) {
			continue
		}
		for _, re := range pageCounts {
			if n := firstCount(re, sentence); n > 0 {
				return n
			}
		}
	}
	return 0
}

func firstCount(re *regexp.Regexp, s string) int {
	for _, m := range re.FindAllStringSubmatch(s, 8) {
		if n, err := strconv.Atoi(m[1]); err == nil && n > 0 && n <= maxPages {
			return n
		}
	}
	return 0
}

var (
	faxWord    = regexp.MustCompile(`(?i)\b(?:e-?)?(?:fax(?:es|ed|ing)?|facsimiles?|faxination|rightfax|hylafax|xmedius|csid|tsid)\b`)
	faxService = regexp.MustCompile(`(?i)(fax|facsimile)`)

	// A sentence with a condition reports nothing: "if you did not receive all pages, please telephone".
	conditional = regexp.MustCompile(`(?i)\b(if|should you|in case|in the event|unless|whether)\b|^when\b`)
	// So does one about answering: "this mailbox can't receive replies".
	aboutReplies = regexp.MustCompile(`(?i)\b(repl(y|ies)|unmonitored|not monitored)\b`)

	brokeOff = regexp.MustCompile(`(?i)` + strings.Join([]string{
		`\bpartial(?:ly)?\b[^.\n]{0,40}\b(?:fax|facsimile|reception|transmission|receipt|receiv\w+|page)`,
		`\b(?:fax|facsimile|reception|transmission|receipt)\b[^.\n]{0,80}\b(?:incomplete|partial(?:ly)?|interrupted|truncated|broken? off|broke off|cut (?:off|short)|terminated|ended (?:early|prematurely|abnormally)|aborted)\b`,
		`\bincomplete (?:fax|facsimile|reception|transmission|receipt)\b`,
		`\b(?:some|not all|one or more)(?: of the)? pages?\b[^.\n]{0,30}\b(?:missing|lost|received|corrupt\w*|damaged|unreadable)\b`,
		`\b(?:line|call|connection|carrier)\b[^.\n]{0,30}\b(?:dropped|lost|disconnected|was cut|hung up)\b`,
		`\b(?:remote|sender|calling|other) (?:station|side|end|party|machine|fax)\b[^.\n]{0,30}\b(?:disconnected|hung up|dropped)\b`,
	}, `|`))
	// Only some of the pages came: "2 of 5 pages received", "pages received: 2 of 5".
	someOf = regexp.MustCompile(`(?i)\b(\d{1,4})\s*(?:of|out of|/)\s*(?:the\s+)?(\d{1,4})\s*(?:page\(s\)|pages?)\b[^.\n]{0,40}\b(?:received|arrived|transmitted|delivered)\b|\breceived\b[^.\n]{0,20}\b(\d{1,4})\s*(?:of|out of|/)\s*(?:the\s+)?(\d{1,4})\b(?:\s*pages?)?|\bpages?\s+received\s*[:=]?\s*(\d{1,4})\s*(?:of|out of|/)\s*(\d{1,4})\b`)

	notReceived = regexp.MustCompile(`(?i)` + strings.Join([]string{
		`\b(?:fax|facsimile|reception|receiving|receipt|receive|inbound|incoming)\b[^.\n]{0,60}\b(?:fail(?:ed|ure|s)?|could not be received|couldn't be received|was not received|not received|cannot be received|unsuccessful|error|rejected)\b`,
		`\b(?:failed|failure|unable|error|problem|could not|couldn't|cannot)\b[^.\n]{0,30}\b(?:receive|receiving|reception)\b[^.\n]{0,60}`,
		`\b(?:transmission|communication|reception|receive|rx) (?:error|failure|failed)\b`,
		`\b(?:no pages? (?:was|were|received)|0 pages? (?:was |were )?received)\b`,
	}, `|`))
	// The status line of a report.
	badStatus = regexp.MustCompile(`(?im)^[\s*|>-]*(?:result|status|(?:fax|transmission|reception|receive|call) (?:result|status)|completion(?: code)?|outcome)\s*[:=]\s*(?:[^\n]{0,20}\b)?(fail\w*|error|partial\w*|incomplete|aborted|interrupted|bad|ng)\b`)

	notSent = regexp.MustCompile(`(?i)\b(?:could not be|couldn't be|was not|were not|not|cannot be)\s+(?:successfully\s+)?(?:sent|delivered|transmitted)\b|\bfailed to (?:send|deliver|transmit|dial)\b|\b(?:send(?:ing)?|outbound|outgoing|delivery|sent)\b[^.\n]{0,40}\b(?:fail(?:ed|ure)|error|unsuccessful)\b|\b(?:fail(?:ed|ure)|unsuccessful)\b[^.\n]{0,20}\b(?:sending|send|delivery|outbound)\b`)
)

// reception reads from a mail's words whether a fax broke off or did not come,
// or could not be sent. service is set when the mail comes from something that
// receives faxes: only then do words without a fax beside them count.
func reception(subject, text string, service bool) (partial, failed, unsent bool) {
	judge := func(s string, context bool) {
		if conditional.MatchString(s) || aboutReplies.MatchString(s) || !context && !faxWord.MatchString(s) {
			return
		}
		if some(s) || brokeOff.MatchString(s) {
			partial = true
			return
		}
		if notSent.MatchString(s) {
			unsent = true
			return
		}
		if notReceived.MatchString(s) {
			failed = true
		}
	}
	judge(subject, service)
	for s := range sentences(text) {
		judge(s, service)
	}
	if m := badStatus.FindStringSubmatch(text); m != nil && service {
		if w := strings.ToLower(m[1]); strings.HasPrefix(w, "partial") || w == "incomplete" || w == "interrupted" || w == "aborted" {
			partial = true
		} else if !unsent {
			failed = true
		}
	}
	// A report that a fax broke off says mostly also that it failed.
	return partial, failed && !partial, unsent && !partial && !failed
}

// some reports whether a sentence says that fewer pages came than there are.
func some(s string) bool {
	for _, m := range someOf.FindAllStringSubmatch(s, 4) {
		for i := 1; i+1 < len(m); i += 2 {
			have, err1 := strconv.Atoi(m[i])
			all, err2 := strconv.Atoi(m[i+1])
			if err1 == nil && err2 == nil && have < all && all <= maxPages {
				return true
			}
		}
	}
	return false
}

// sentences yields the sentences and lines of a text.
func sentences(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i < len(text); i++ {
			c := text[i]
			end := c == '\n' || (c == '.' || c == '!' || c == '?') && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n')
			if !end {
				continue
			}
			if s := strings.TrimSpace(text[start:i]); s != "" && !yield(s) {
				return
			}
			start = i + 1
		}
		if s := strings.TrimSpace(text[start:]); s != "" {
			yield(s)
		}
	}
}
