package generate

import (
	"fmt"
	"image"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

const inboxAddress = "Ashcombe Letters <letters@ashcombe.example>"

// envelope draws who sends the mail and under which subject.
func envelope(r *Rand, p plan, pages int, sender string) (from, subject, text string) {
	number := "0161496" + r.digits(4)
	csid := strings.ToUpper(sender)
	if len(csid) > 20 {
		csid = strings.TrimSpace(csid[:20])
	}
	if csid == "" {
		csid = number
	}
	switch p.form {
	case faxTIFF, faxPDF:
		switch p.subject % 5 {
		case 0:
			return "eFax <message@inbound.efax.example>", fmt.Sprintf("eFax from [%s] - %d page(s), caller ID: 44-%s", csid, pages, number[1:]),
				fmt.Sprintf("You have received a %d page fax at %s.\n\n* The reference number for this fax is lon1_did%s-%s.\n\nView this fax using your PDF or TIFF reader.\n", pages, p.received.Format("2006-01-02 15:04:05 GMT"), r.digits(2), r.digits(13))
		case 1:
			return "Concord Fax <no-reply@concordfax.example>", fmt.Sprintf("New %d page fax message from %s, %s", pages, csid, number),
				fmt.Sprintf("A fax has arrived.\n\nFrom: %s\nPages: %d\nReceived: %s\n", number, pages, p.received.Format("02/01/2006 15:04"))
		case 2:
			return "copier@ashcombe.example", fmt.Sprintf("From %s (Fax Message No. %04d)", csid, r.Intn(9999)),
				"The fax is attached to this message.\n"
		case 3:
			return "Fax Gateway <faxgateway@ashcombe.example>", fmt.Sprintf("FAX received from %s", number), fmt.Sprintf("Remote station: %s\nPages received: %d\nResult: OK\n", csid, pages)
		}
		return "HylaFAX <fax@faxserver.ashcombe.example>", fmt.Sprintf("Facsimile received from %s", csid),
			fmt.Sprintf("Sender: %s\nPages: %d\nQuality: Fine\nReceived: %s\nTime to receive: 0:%02d\nSignal rate: 14400 bit/s\nData format: 2-D MMR\n", csid, pages, p.received.Format("2006:01:02 15:04:05"), r.Between(20, 59))
	case scanPDF, scanJPEG, scanPNG:
		switch p.subject % 3 {
		case 0:
			return "reception.copier@ashcombe.example", "Message from KMBT_C" + r.digits(3), ""
		case 1:
			return "scanner@ashcombe.example", "Scanned from a Xerox Multifunction Printer", "Please open the attached document. It was sent to you using a Xerox multifunction printer.\n\nNumber of Images: " + fmt.Sprint(pages) + "\nAttachment File Type: PDF\n\nDevice Name: RECEPTION-1\nDevice Location: Back office\n"
		}
		return "frontdesk@ashcombe.example", "scan " + p.received.Format("02/01/2006"), "Please file, thanks\n"
	}
	return "Medical Secretaries <secretaries@hospital.example>", pick(r, []string{"Clinic letter", "Correspondence for your patient", "Letter attached", "Patient letter - confidential"}),
		"Dear practice,\n\nPlease find attached a letter about one of your patients.\n\nRegards\nMedical Secretaries\n"
}

// mail puts the files into a mail.
func (g *Generator) mail(r *Rand, p plan, files []file, pages int, sender string, t *Truth) mail {
	from, subject, body := envelope(r, p, pages, sender)
	m := mail{from: from, to: inboxAddress, subject: subject, date: p.received, id: fmt.Sprintf("%s.%s@%s", p.received.Format("20060102150405"), r.digits(8), domain(from))}
	boundary := fmt.Sprintf("----=_Part_%s_%s", r.digits(6), r.digits(10))
	attach := func(fs []file) []part {
		var out []part
		for _, f := range fs {
			kind := f.kind
			if p.wrap == wrapOctet {
				kind = "application/octet-stream"
			}
			out = append(out, part{kind: kind, name: f.name, attached: true, body: f.data, split: p.wrap == wrapNames && r.Chance(0.5)})
		}
		return out
	}
	switch p.wrap {
	case wrapHTML:
		m.body = multipart("mixed", boundary, append([]part{multipart("related", boundary+"r",
			multipart("alternative", boundary+"a", text(body), html("<html><body><p>"+strings.ReplaceAll(strings.TrimSpace(body), "\n", "<br>\n")+
				"</p><p>--<br>Medical Secretaries<br><img src=\"cid:logo"+boundary[12:18]+"\" width=\"120\" height=\"40\" alt=\"logo\"></p></body></html>")),
			part{kind: "image/png", name: "image001.png", inlineID: "logo" + boundary[12:18], body: logoPNG()})}, attach(files)...)...)
	case wrapForward, wrapNested:
		inner := m
		inner.to = "Practice Manager <manager@ashcombe.example>"
		inner.body = multipart("mixed", boundary, append([]part{text(body)}, attach(files)...)...)
		if p.wrap == wrapNested {
			inner2 := inner
			inner2.subject = "FW: " + inner.subject
			inner2.from = "Reception <reception@ashcombe.example>"
			inner2.id = "n" + inner.id
			inner2.body = multipart("mixed", boundary+"n", text("Is this one of ours?\n"), part{kind: "message/rfc822", name: "original.eml", attached: true, body: inner.bytes()})
			inner = inner2
		}
		m.from = "Practice Manager <manager@ashcombe.example>"
		m.subject = "Fwd: " + subject
		m.date = p.received.Add(41 * time.Minute)
		m.id = "f" + m.id
		m.body = multipart("mixed", boundary+"f", text("Came to me by mistake, please file.\n\nJ.\n"), part{kind: "message/rfc822", body: inner.bytes()})
	case wrapZip, wrapTNEF:
		f := wrapped(p, files)
		m.body = multipart("mixed", boundary, text(body), part{kind: f.kind, name: f.name, attached: true, body: f.data})
	default:
		parts := attach(files)
		if body != "" {
			parts = append([]part{text(body)}, parts...)
		}
		m.body = multipart("mixed", boundary, parts...)
		if len(files) == 1 && body == "" {
			m.body = parts[0]
		}
	}
	if p.form == faxTIFF && p.subject%5 == 2 {
		m.body.encoding = "preamble"
	}
	return m
}

func domain(address string) string {
	_, d, _ := strings.Cut(strings.TrimSuffix(address, ">"), "@")
	return d
}

// logoPNG is the small picture that stands under mails.
func logoPNG() []byte {
	img := image.NewGray(image.Rect(0, 0, 120, 40))
	for y := range 40 {
		for x := range 120 {
			v := byte(250)
			if (x-20)*(x-20)+(y-20)*(y-20) < 300 || x > 45 && y > 14 && y < 26 {
				v = 90
			}
			img.Pix[y*img.Stride+x] = v
		}
	}
	return encodePNG(img, 96)
}

// notice makes a mail that holds no document.
func (g *Generator) notice(r *Rand, p plan, m *Message) {
	t := &m.Truth
	t.Form = string(p.notice)
	number := "0161496" + r.digits(4)
	id := fmt.Sprintf("%s.%s@", p.received.Format("20060102150405"), r.digits(8))
	out := mail{to: inboxAddress, date: p.received}
	boundary := "----=_Part_" + r.digits(12)
	switch p.notice {
	case noticeLink:
		t.Exception = postroom.LinkOnly
		out.from = "Secure Fax Portal <notifications@faxportal.example>"
		out.subject = fmt.Sprintf("You have a new fax from %s (%d pages)", number, r.Between(1, 6))
		link := "https://portal.faxportal.example/view/" + r.digits(20)
		out.body = multipart("alternative", boundary, text("You have received a new fax.\n\nTo view or download your document, sign in at:\n"+link+"\n\nThis link expires in 30 days.\n"),
			html("<html><body><p>You have received a new fax.</p><p><a href=\""+link+"\">View document</a></p><p>This link expires in 30 days.</p></body></html>"))
	case noticeFailed:
		t.Exception = postroom.FailedReception
		out.from = "HylaFAX <fax@faxserver.ashcombe.example>"
		out.subject = "Facsimile reception failed from " + number
		out.body = text("A facsimile could not be received.\n\nSender: " + number + "\nPages: 0\nReason: No carrier detected (E.100)\nReceived: " + p.received.Format("2006:01:02 15:04:05") + "\n\nNo document is attached.\n")
	case noticePartial:
		t.Exception = postroom.PartialReception
		out.from = "eFax <message@inbound.efax.example>"
		out.subject = fmt.Sprintf("Fax reception incomplete from %s: 1 of 3 pages received", number)
		out.body = text("The fax transmission from " + number + " was interrupted. 1 of 3 pages was received before the line dropped (error 5.2).\nPlease ask the sender to send it again.\n")
	case noticeAway:
		t.Exception = postroom.AutoReply
		out.from = "Dr A Barraclough <a.barraclough@hospital.example>"
		out.subject = "Automatic reply: Referral query"
		out.header = []string{"Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "Precedence: bulk"}
		out.body = text("I am on annual leave until " + p.received.AddDate(0, 0, 9).Format("Monday 2 January") + " and will not be reading my e-mail.\nFor anything urgent please telephone my secretary on 0161 496 0144.\n")
	default:
		t.Exception = postroom.NoDocument
		out.from = "Karen (Reception, Mill Lane Surgery) <reception@milllane.example>"
		out.subject = "Did you get our fax?"
		out.body = text("Hi,\n\nWe tried to fax you a letter this morning but are not sure that it went through. Can you let me know?\n\nThanks\nKaren\n")
	}
	out.id = id + domain(out.from)
	m.Raw = out.bytes()
}
