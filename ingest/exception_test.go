package ingest

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func textMail(header, body string) string {
	return crlf(header + "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + body + "\n")
}

func TestExceptions(t *testing.T) {
	dsn := "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nSubject: %s\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\n" +
		plainPart("Your message could not be delivered.\n") + "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; x@y.example\nAction: failed\n\n--B\n"
	html := func(subject, body string) string {
		return crlf("From: Portal <no-reply@portal.example>\nSubject: " + subject + "\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><body>" + body + "</body></html>\n")
	}
	button := `<a href="https://portal.example/m/123">`
	for _, tt := range []struct {
		name, mail string
		want       postroom.Exception
	}{
		// Behind a link.
		{"a fax portal", textMail("From: f@portal.example\nSubject: You have a new fax", "You have received a new fax.\nTo view or download your document, sign in at:\nhttps://portal.example/v/1"), postroom.LinkOnly},
		{"a button", html("New fax", `<p>A fax has arrived.</p><p>`+button+`View your fax</a></p>`), postroom.LinkOnly},
		{"click here", html("Results", `<p>Please `+button+`click here</a> to read the report.</p>`), postroom.LinkOnly},
		{"Egress", html("Secure email from a hospital", `<p>You have been sent a secure email.</p><p>`+`<a href="https://switch.egress.com/ui/x">Open</a></p>`), postroom.LinkOnly},
		{"NHSmail", textMail("From: a@nhs.net\nSubject: [secure] Clinic letter", "This is an encrypted email sent from NHSmail. Click the link below to open the message.\nhttps://ib.nhs.example/x"), postroom.LinkOnly},
		{"ShareFile", html("Documents", `<p>Jo has sent you 2 files.</p><a href="https://trust.sharefile.com/d-1">Download</a>`), postroom.LinkOnly},
		{"Mimecast", html("Large file", `<p>I'm using Mimecast to share large files with you.</p><a href="https://send.mimecast.example/d">Download files</a>`), postroom.LinkOnly},
		{"OneDrive", html("Letter", `<p>Jo shared a folder with you.</p><a href="https://1drv.ms/x">Open</a>`), postroom.LinkOnly},
		{"a page that asks for a password", mixed(plainPart("Read your secure message by opening the attachment, securedoc.html.\n"), attached("securedoc_20260312T101500.html", "text/html", "<html><form action=https://res.cisco.example/></form></html>")), postroom.LinkOnly},
		{"a protected message", mixed(plainPart("x\n"), attached("message_v2.rpmsg", "application/x-microsoft-rpmsg-message", "\x76\xe8\x04\x60\xc4\x11\xe3\x86\x00\x00")), postroom.LinkOnly},
		{"forwarded by a person", mixed(plainPart("can you get this?\n"), "Content-Type: message/rfc822\n\n"+textMail("From: f@portal.example\nSubject: New fax", "To view your fax follow https://portal.example/v/1")), postroom.LinkOnly},
		{"a reference (RFC 2046)", crlf("From: a@example.org\nSubject: s\nContent-Type: message/external-body; access-type=URL; URL=\"https://x.example/a.tif\"\n\nContent-Type: image/tiff\n\n"), postroom.LinkOnly},
		{"a portal's picture besides", mixed("Content-Type: multipart/related; boundary=R\n\n--R\nContent-Type: text/html\n\n<a href=https://portal.example/1>View your fax</a><img src=cid:a>\n--R\nContent-ID: <a>\nContent-Type: image/png; name=hero.png\nContent-Transfer-Encoding: base64\n\n" + in64(picturePNG(t, 900, 620, 3)) + "--R--\n"), postroom.LinkOnly},
		{"the fax is there, and a link too", mixed(plainPart("Your fax is attached. View your fax online: https://portal.example/1\n"), attached("a.tif", "image/tiff", tinyTIFF)), ""},
		{"a newsletter", html("Spring news", `<p>Read about our garden.</p><p>`+button+`View this message in your browser</a></p><p><a href="https://x.example/u">Unsubscribe</a></p>`), postroom.NoDocument},
		{"a person's link to a site", textMail("From: a@b.example\nSubject: hello", "Nice to meet you.\nhttps://www.hospital.example"), postroom.NoDocument},

		// Faxes that did not come.
		{"HylaFAX", textMail("From: HylaFAX <fax@x.example>\nSubject: Facsimile reception failed from 0161", "A facsimile could not be received.\n\nPages: 0\nReason: No carrier detected (E.100)"), postroom.FailedReception},
		{"eFax", textMail("From: eFax <message@efax.example>\nSubject: eFax reception failure", "We were unable to receive a fax sent to your number.\n"), postroom.FailedReception},
		{"RightFax", textMail("From: RightFax E-mail Gateway <rightfax@x.example>\nSubject: Fax receive error", "Receive failed: Transmission error during page 1\n"), postroom.FailedReception},
		{"Concord", textMail("From: Concord Fax <no-reply@concordfax.example>\nSubject: Inbound fax failed", "An inbound fax to your fax number failed.\n"), postroom.FailedReception},
		{"a copier's report", textMail("From: copier@x.example\nSubject: Fax reception report", "Sender: 0161\nResult: NG\n"), postroom.FailedReception},
		{"failed to receive", textMail("From: fax@x.example\nSubject: notice", "The server failed to receive a fax from 0161 496 0000."), postroom.FailedReception},
		{"transmission error", textMail("From: Fax Server <fax@x.example>\nSubject: Transmission error", "Communication error 1024."), postroom.FailedReception},
		{"a fax of ours that did not go", textMail("From: Fax Server <fax@x.example>\nSubject: Your fax could not be sent", "Your fax to 0161 was not delivered: busy."), postroom.NoDocument},

		// Faxes that broke off.
		{"some pages", textMail("From: eFax <m@efax.example>\nSubject: Fax reception incomplete: 1 of 3 pages received", "The line dropped."), postroom.PartialReception},
		{"with the pages that came", mixed(plainPart("Partial fax received: 2 of 5 pages received before the sender hung up.\n"), attached("a.tif", "image/tiff", tinyTIFF)), postroom.PartialReception},
		{"a person's words about a fax", strings.Replace(mixed(plainPart("The partial fax of yesterday follows in full.\n"), attached("a.tif", "image/tiff", tinyTIFF)), "From: Fax <fax@", "From: Secretary <s@", 1), ""},
		{"with the pages that came, by a fax server", strings.Replace(mixed(plainPart("2 of 5 pages received before the sender hung up.\n"), attached("a.tif", "image/tiff", tinyTIFF)), "Subject: letter", "Subject: Partial fax from 0161", 1), postroom.PartialReception},
		{"a failed one with its pages", strings.Replace(mixed(plainPart("Status: Failed\nPages: 2\n"), attached("a.tif", "image/tiff", tinyTIFF)), "Subject: letter", "Subject: Fax from 0161", 1), postroom.PartialReception},
		{"all pages", strings.Replace(mixed(plainPart("Result: OK\n3 of 3 pages received.\n"), attached("a.tif", "image/tiff", tinyTIFF)), "Subject: letter", "Subject: Fax from 0161", 1), ""},
		{"small print", strings.Replace(mixed(plainPart("3 pages.\nIf this fax is incomplete or you did not receive all pages, please telephone.\n"), attached("a.tif", "image/tiff", tinyTIFF)), "Subject: letter", "Subject: Fax from 0161", 1), ""},

		// Replies by programs.
		{"out of office", textMail("From: a@b.example\nSubject: Automatic reply: Referral", "I am on leave."), postroom.AutoReply},
		{"RFC 3834", textMail("From: a@b.example\nSubject: Re: Referral\nAuto-Submitted: auto-replied (vacation)", "I am on leave."), postroom.AutoReply},
		{"Exchange", textMail("From: a@b.example\nSubject: Referral\nX-Auto-Response-Suppress: All", "I am out of the office until Monday."), postroom.AutoReply},
		{"older programs", textMail("From: a@b.example\nSubject: thanks\nX-Autoreply: yes", "We will answer soon."), postroom.AutoReply},
		{"Precedence", textMail("From: a@b.example\nSubject: thanks\nPrecedence: auto_reply", "We will answer soon."), postroom.AutoReply},
		{"a delivery report", crlf(strings.Replace(dsn, "%s", "Undelivered Mail Returned to Sender", 1) + "Content-Type: text/rfc822-headers\n\nSubject: x\n\n--B--\n"), postroom.AutoReply},
		{"a receipt", crlf("From: a@b.example\nSubject: Read: letter\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=B\n\n--B\n" + plainPart("It was read.\n") + "--B\nContent-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--B--\n"), postroom.AutoReply},
		{"a bounce without form", textMail("Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: your mail", "It could not be delivered."), postroom.AutoReply},
		{"a reply with a document", strings.Replace(mixed(plainPart("I am on leave.\n"), attached("a.tif", "image/tiff", tinyTIFF)), "Subject: letter", "Auto-Submitted: auto-replied\r\nSubject: letter", 1), ""},
		{"a delivery report with the document that came back", crlf(strings.Replace(dsn, "%s", "Undeliverable", 1) + "Content-Type: message/rfc822\n\n" + mixed(attached("a.tif", "image/tiff", tinyTIFF)) + "\n--B--\n"), ""},
		{"a fax server marks its mail", strings.Replace(mixed(attached("a.tif", "image/tiff", tinyTIFF)), "Subject: letter", "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nSubject: letter", 1), ""},
		{"a fax server marks its notice", textMail("From: fax@x.example\nSubject: Fax reception failed\nAuto-Submitted: auto-generated", "No carrier."), postroom.FailedReception},

		// Nothing in it.
		{"only words", textMail("From: a@b.example\nSubject: Did you get our fax?", "We tried to fax you a letter but are not sure that it went through."), postroom.NoDocument},
		{"empty", textMail("From: a@b.example\nSubject: x", ""), postroom.NoDocument},
		{"what has a problem of its own", mixed(plainPart("x\n"), attached("a.docx", "application/x", zipOf(t, zipped{name: "[Content_Types].xml"}, zipped{name: "word/d.xml"}))), ""},
		{"an appointment", crlf("From: a@b.example\nSubject: x\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"), postroom.NoDocument},
	} {
		c := unpack(t, UnpackInput{}, tt.mail)
		if c.Exception != tt.want {
			t.Errorf("%s: %q (%s), want %q\n%s", tt.name, c.Exception, c.Reason, tt.want, briefly(c))
		}
	}
}

// A long mail is not searched for ever.
func TestExceptionsOfLongMails(t *testing.T) {
	text := strings.Repeat("the fax partial receive failed to error in no way received 1 of ", 20_000)
	c := unpack(t, UnpackInput{}, textMail("From: a@b.example\nSubject: x", text))
	if c.Exception == "" {
		t.Errorf("%+v", c.Leftovers)
	}
}
