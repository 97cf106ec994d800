package ingest

import "testing"

func TestAnnouncedPages(t *testing.T) {
	for _, tt := range []struct {
		subject, body string
		want          int
	}{
		{"eFax from [ST CUTHBERT'S] - 3 page(s), caller ID: 44-1614960000", "", 3},
		{"New 12 fax message from NORTHWICK GENERAL, 01614960000", "", 12},
		{"New 2 page fax message from NORTHWICK GENERAL", "", 2},
		{"You have a new fax from 01614960368 (5 pages)", "", 5},
		{"Fax from 0161 496 0000, 4 pgs", "", 4},
		{"Fax from 0161 496 0000 (7pp)", "", 7},
		{"a 3-page fax", "", 3},
		{"Fax: Pages: 3", "", 3},
		{"Fax reception incomplete: 1 of 3 pages received", "", 3},
		{"Message from KMBT_C220", "", 0},
		{"From CSI 01614960000 (Fax Message No. 2471)", "", 0},
		{"FAX received from 01614961643", "Remote station: ST CUTHBERT'S\nPages received: 2\nResult: OK\n", 2},
		{"Facsimile received", "Sender: X\nPages: 3\nQuality: Fine\n", 3},
		{"Facsimile received", "  * Number of pages: 11\n", 11},
		{"Facsimile received", "Page count\t: 6", 6},
		{"Facsimile received", "Total pages: 2 of 9", 9},
		{"Scanned from a Xerox Multifunction Printer", "Number of Images: 4\nAttachment File Type: PDF\n", 4},
		{"fax", "You have received a 2 page fax at 10:00.", 2},
		{"fax", "You have received a 2 fax at your fax number 0161.", 2},
		{"fax", "Please find 14 pages attached.", 14},
		{"letter", "I have read 300 pages of the guideline.", 0},
		{"letter", "If you did not receive 3 pages of this fax, telephone.", 0},
		{"Fax from 01614960000 pages unknown", "", 0},
		{"Fax of 12.3 pages", "", 0},
		{"Fax, 0 pages", "", 0},
		{"Fax, 99999 pages", "", 0},
		{"Fax, 3 pages", "Pages: 4\n", 3},
	} {
		if got := announcedPages(tt.subject, tt.body); got != tt.want {
			t.Errorf("%q, %q: %d, want %d", tt.subject, tt.body, got, tt.want)
		}
	}
}

// A forwarded fax is announced by the mail within; its sender stays in the subject.
func TestAnnouncedPagesForwarded(t *testing.T) {
	inner := textMail("From: eFax <m@efax.example>\nSubject: eFax from [A] - 3 page(s)", "x")
	c := unpack(t, UnpackInput{}, mixed(plainPart("for you\n"), "Content-Type: message/rfc822\n\n"+inner))
	if c.Message.Pages != 3 || c.Message.Subject != "letter" {
		t.Errorf("%+v", c.Message)
	}
}

func TestReception(t *testing.T) {
	for _, tt := range []struct {
		text                    string
		service                 bool
		partial, failed, unsent bool
	}{
		{"1 of 3 pages was received before the line dropped.", true, true, false, false},
		{"3 of 3 pages were received.", true, false, false, false},
		{"The fax was interrupted.", false, true, false, false},
		{"The meeting was interrupted.", false, false, false, false},
		{"We failed to receive your payment.", false, false, false, false},
		{"The fax failed to transmit.", false, false, false, true},
		{"If the fax is incomplete, call us.", true, false, false, false},
		{"Status: Error", true, false, true, false},
		{"Status: Error", false, false, false, false},
		{"Result: Partial", true, true, false, false},
		{"Result: OK", true, false, false, false},
		{"This mailbox cannot receive replies.", true, false, false, false},
	} {
		partial, failed, unsent := reception("", tt.text, tt.service)
		if partial != tt.partial || failed != tt.failed || unsent != tt.unsent {
			t.Errorf("%q: partial %v, failed %v, unsent %v", tt.text, partial, failed, unsent)
		}
	}
}
