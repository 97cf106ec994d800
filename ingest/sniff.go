package ingest

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

const (
	mediaZip  = "application/zip"
	mediaTNEF = "application/ms-tnef"
	mediaMail = "message/rfc822"
	mediaText = "text/plain"
	mediaHTML = "text/html"
	mediaRaw  = "application/octet-stream"
)

// A format is what a file is by its bytes.
type format struct {
	media string
	ext   string
	title string // with its article, as people call it: "a Word document"
	hint  string // what to do about it, when that is not "open it by hand"
	// page is set for what becomes pages, picture for what may be decoration,
	// text for anything that is made of characters.
	page, picture, text bool
	noise               bool // nobody needs to see it
	secured             bool // an envelope that only opens on a web site
}

func (f *format) reason() string {
	if f.noise {
		return f.title
	}
	hint := f.hint
	if hint == "" {
		hint = "open it by hand"
	}
	return f.title + ": not read yet; " + hint
}

const (
	askPages = "ask the sender for PDF or TIFF"
	askZip   = "only zip is opened; ask the sender for PDF or TIFF"
)

var (
	unknownFormat = format{media: mediaRaw, title: "a file of unknown kind", hint: askPages}
	efaxFormat    = format{media: "image/x-efax", ext: ".efx", title: "an eFax file (.efx)", hint: "set the eFax account to send PDF or TIFF, and open this one with eFax Messenger"}

	textFormat = format{media: mediaText, ext: ".txt", title: "a text file", text: true}
	htmlFormat = format{media: mediaHTML, ext: ".html", title: "a web page", text: true}
	xmlFormat  = format{media: "application/xml", ext: ".xml", title: "an XML file", text: true}
	svgFormat  = format{media: "image/svg+xml", ext: ".svg", title: "a drawing (SVG)", text: true}
	hl7Format  = format{media: "application/hl7-v2", ext: ".hl7", title: "an HL7 message", hint: "import it into the clinical system", text: true}
	pdfFormat  = format{media: postroom.PDF, ext: ".pdf", title: "a PDF", page: true}
	oleFormat  = format{media: "application/x-ole-storage", ext: ".doc", title: "an old Office document"}
	zipFormat  = format{media: mediaZip, ext: ".zip", title: "a zip archive"}
)

// magics are tried in their order; at is where the bytes must stand.
var magics = []struct {
	at    int
	bytes string
	format
}{
	// TIFF 6.0 section 2, and BigTIFF, which has version 43.
	{0, "II*\x00", format{media: postroom.TIFF, ext: ".tif", title: "a TIFF", page: true}},
	{0, "MM\x00*", format{media: postroom.TIFF, ext: ".tif", title: "a TIFF", page: true}},
	{0, "II+\x00", format{media: postroom.TIFF, ext: ".tif", title: "a TIFF", page: true}},
	{0, "MM\x00+", format{media: postroom.TIFF, ext: ".tif", title: "a TIFF", page: true}},
	{0, "\xFF\xD8\xFF", format{media: postroom.JPEG, ext: ".jpg", title: "a JPEG picture", page: true, picture: true}},
	{0, "\x89PNG\r\n\x1A\n", format{media: postroom.PNG, ext: ".png", title: "a PNG picture", page: true, picture: true}},
	{0, "%PDF-", pdfFormat},
	{0, "PK\x03\x04", zipFormat},
	{0, "PK\x05\x06", zipFormat}, // without a file in it
	{0, "\x78\x9F\x3E\x22", format{media: mediaTNEF, ext: ".dat", title: "a winmail.dat"}},

	{0, "GIF87a", format{media: "image/gif", ext: ".gif", title: "a GIF picture", hint: askPages, picture: true}},
	{0, "GIF89a", format{media: "image/gif", ext: ".gif", title: "a GIF picture", hint: askPages, picture: true}},
	{0, "\x00\x00\x00\x0CjP  \r\n\x87\n", format{media: "image/jp2", ext: ".jp2", title: "a JPEG 2000 picture", hint: askPages}},
	{0, "\xFF\x4F\xFF\x51", format{media: "image/jp2", ext: ".jp2", title: "a JPEG 2000 picture", hint: askPages}},
	{0, "\xFF\x0A", format{media: "image/jxl", ext: ".jxl", title: "a JPEG XL picture", hint: askPages}},
	{0, "\x97JB2\r\n\x1A\n", format{media: "image/jbig2", ext: ".jb2", title: "a JBIG2 picture", hint: askPages}},
	{0, "\xB1\x68\xDE\x3A", format{media: "image/x-dcx", ext: ".dcx", title: "a DCX fax", hint: askPages}},
	{0, "AT&TFORM", format{media: "image/vnd.djvu", ext: ".djvu", title: "a DjVu document", hint: askPages}},
	{0, "\xDC\xFE", efaxFormat},
	{0, "%!PS", format{media: "application/postscript", ext: ".ps", title: "a PostScript file", hint: askPages}},
	{0, "\xC5\xD0\xD3\xC6", format{media: "application/postscript", ext: ".eps", title: "a PostScript file", hint: askPages}},
	{0, "\x1B%-12345X", format{media: "application/vnd.hp-pcl", ext: ".pcl", title: "printer data", hint: askPages}},
	{0, "\x1BE\x1B", format{media: "application/vnd.hp-pcl", ext: ".pcl", title: "printer data", hint: askPages}},
	{0, "{\\rtf", format{media: "application/rtf", ext: ".rtf", title: "an RTF document"}},
	{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", oleFormat},
	{128, "DICM", format{media: "application/dicom", ext: ".dcm", title: "a DICOM picture"}},

	{0, "7z\xBC\xAF\x27\x1C", format{media: "application/x-7z-compressed", ext: ".7z", title: "a 7z archive", hint: askZip}},
	{0, "Rar!\x1A\x07", format{media: "application/vnd.rar", ext: ".rar", title: "a RAR archive", hint: askZip}},
	{0, "\x1F\x8B", format{media: "application/gzip", ext: ".gz", title: "a gzip archive", hint: askZip}},
	{0, "BZh", format{media: "application/x-bzip2", ext: ".bz2", title: "a bzip2 archive", hint: askZip}},
	{0, "\xFD7zXZ\x00", format{media: "application/x-xz", ext: ".xz", title: "an xz archive", hint: askZip}},
	{0, "MSCF\x00\x00\x00\x00", format{media: "application/vnd.ms-cab-compressed", ext: ".cab", title: "a CAB archive", hint: askZip}},
	{257, "ustar", format{media: "application/x-tar", ext: ".tar", title: "a tar archive", hint: askZip}},

	{0, "ID3", format{media: "audio/mpeg", ext: ".mp3", title: "a sound recording", hint: "listen to it by hand"}},
	{0, "\xFF\xFB", format{media: "audio/mpeg", ext: ".mp3", title: "a sound recording", hint: "listen to it by hand"}},
	{0, "\xFF\xF3", format{media: "audio/mpeg", ext: ".mp3", title: "a sound recording", hint: "listen to it by hand"}},
	{0, "OggS", format{media: "audio/ogg", ext: ".ogg", title: "a sound recording", hint: "listen to it by hand"}},
	{0, "#!AMR", format{media: "audio/amr", ext: ".amr", title: "a sound recording", hint: "listen to it by hand"}},
	{0, "fLaC", format{media: "audio/flac", ext: ".flac", title: "a sound recording", hint: "listen to it by hand"}},
	{0, "\x7FELF", format{media: "application/x-executable", title: "a program", hint: "don't open it; ask the sender"}},
	{0, "\x00\x05\x16\x07", format{media: "application/applefile", title: "data that a Macintosh keeps beside a file", noise: true}},
	{0, "\x00\x05\x16\x00", format{media: "application/applefile", title: "a file wrapped by a Macintosh (AppleSingle)"}},
}

// pdfInside finds a PDF header that other bytes precede. PDF readers accept it
// within the first 1024 bytes (ISO 32000-1 Annex H.3, implementation note 13).
var pdfInside = regexp.MustCompile(`%PDF-[12]\.[0-9]`)

// sniff tells by a file's first bytes what it is; nil when it can't.
func sniff(head []byte) *format {
	if f := sniffStart(head); f != nil {
		return f
	}
	if i := bytes.Index(head[:min(len(head), 64)], []byte("EFAX")); i >= 0 && !isText(head) {
		return &efaxFormat
	}
	if i := pdfInside.FindIndex(head[:min(len(head), 1024)]); i != nil && bytes.Contains(head[i[1]:], []byte(" obj")) {
		return &pdfFormat
	}
	return sniffText(head)
}

// sniffStart goes by the bytes that a file begins with. A mail never begins so,
// though it may hold a PDF within its first lines.
func sniffStart(head []byte) *format {
	for i := range magics {
		m := &magics[i]
		if len(head) >= m.at+len(m.bytes) && string(head[m.at:m.at+len(m.bytes)]) == m.bytes {
			return &m.format
		}
	}
	if len(head) >= 12 {
		switch string(head[:4]) {
		case "RIFF":
			switch string(head[8:12]) {
			case "WEBP":
				return &format{media: "image/webp", ext: ".webp", title: "a WebP picture", hint: askPages, picture: true}
			case "WAVE":
				return &format{media: "audio/wav", ext: ".wav", title: "a sound recording", hint: "listen to it by hand"}
			case "AVI ":
				return &format{media: "video/x-msvideo", ext: ".avi", title: "a film", hint: "watch it by hand"}
			}
		}
		if string(head[4:8]) == "ftyp" { // ISO/IEC 14496-12 section 4.3
			switch string(head[8:12]) {
			case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "heif":
				return &format{media: "image/heic", ext: ".heic", title: "a HEIC photo", hint: "ask the sender for JPEG or PDF"}
			case "avif", "avis":
				return &format{media: "image/avif", ext: ".avif", title: "an AVIF picture", hint: askPages}
			case "M4A ", "M4B ":
				return &format{media: "audio/mp4", ext: ".m4a", title: "a sound recording", hint: "listen to it by hand"}
			}
			return &format{media: "video/mp4", ext: ".mp4", title: "a film", hint: "watch it by hand"}
		}
	}
	if isBMP(head) {
		return &format{media: "image/bmp", ext: ".bmp", title: "a BMP picture", hint: askPages, picture: true}
	}
	if len(head) >= 64 && head[0] == 'M' && head[1] == 'Z' {
		return &format{media: "application/x-msdownload", ext: ".exe", title: "a program", hint: "don't open it; ask the sender"}
	}
	return nil
}

// sniffText tells forms of text apart.
func sniffText(head []byte) *format {
	if !isText(head) {
		return nil
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	lower := bytes.ToLower(start[:min(len(start), 1024)])
	switch {
	case bytes.HasPrefix(lower, []byte("<svg")) || bytes.HasPrefix(lower, []byte("<?xml")) && bytes.Contains(lower, []byte("<svg")):
		return &svgFormat
	case bytes.Contains(lower, []byte("<html")) || bytes.Contains(lower, []byte("<!doctype html")) ||
		bytes.HasPrefix(lower, []byte("<head")) || bytes.HasPrefix(lower, []byte("<body")):
		return &htmlFormat
	case bytes.HasPrefix(lower, []byte("<?xml")):
		return &xmlFormat
	case bytes.HasPrefix(start, []byte("MSH|^~\\&")) || bytes.HasPrefix(start, []byte("\x0BMSH|^~\\&")):
		return &hl7Format
	case bytes.HasPrefix(lower, []byte("begin:vcalendar")):
		return &format{media: "text/calendar", ext: ".ics", title: "an appointment for the calendar", text: true, noise: true}
	case bytes.HasPrefix(lower, []byte("begin:vcard")):
		return &format{media: "text/vcard", ext: ".vcf", title: "a contact card", text: true, noise: true}
	}
	return &textFormat
}

func isBMP(head []byte) bool {
	if len(head) < 18 || head[0] != 'B' || head[1] != 'M' {
		return false
	}
	header := binary.LittleEndian.Uint32(head[14:])
	return slices.Contains([]uint32{12, 40, 52, 56, 64, 108, 124}, header)
}

// isText reports whether the bytes are characters: no control codes but those
// that text has, in any 8-bit character set, or UTF-16 with its mark.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF}) {
		return len(head) >= 4 && len(head)%2 == 0 || len(head) == headSize
	}
	odd := 0
	for _, c := range head {
		switch {
		case c == 0:
			return false
		case c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x0B && c != 0x1A && c != 0x1B:
			odd++
		}
	}
	return odd*100 <= len(head)
}

// closer is what a part's name and whole contents add to its format.
func (f *format) closer(p *part) *format {
	ext := strings.ToLower(path.Ext(p.name))
	g := *f
	switch {
	case f.media == oleFormat.media:
		// A compound file (MS-CFB); the names of its streams tell Outlook's apart.
		if ext == ".msg" || bytes.Contains(p.data.head(), utf16Bytes("__substg1.0_")) {
			return &format{media: "application/vnd.ms-outlook", ext: ".msg", title: "an Outlook message file (.msg)", hint: "open it by hand and save what is in it, or forward the mail itself"}
		}
		switch ext {
		case ".doc", ".dot", "":
			g.title, g.media = "a Word document", "application/msword"
		case ".xls", ".xlt":
			g.title, g.media = "an Excel table", "application/vnd.ms-excel"
		case ".ppt", ".pps":
			g.title, g.media = "a PowerPoint presentation", "application/vnd.ms-powerpoint"
		}
	case f.media == mediaHTML && securedName.MatchString(p.name):
		g.title, g.hint, g.secured = "an encrypted message that opens on a web site", "open it by hand and save the document", true
	case f.media == mediaText && (ext == ".csv" || p.claimed == "text/csv"):
		g.title, g.media = "a table (CSV)", "text/csv"
	case f.media == mediaRaw || f.media == mediaText:
		switch {
		case strings.Contains(p.claimed, "pkcs7-mime") || ext == ".p7m":
			return &format{media: "application/pkcs7-mime", ext: ".p7m", title: "an encrypted or sealed message (S/MIME)", hint: "open the mail in a mail program that has the key"}
		case strings.Contains(p.claimed, "pgp-encrypted") || ext == ".pgp" || ext == ".gpg" || ext == ".asc" && bytes.Contains(p.data.head(), []byte("BEGIN PGP MESSAGE")):
			return &format{media: "application/pgp-encrypted", ext: ".asc", title: "an encrypted message (PGP)", hint: "ask the sender to send it another way"}
		case ext == ".rpmsg" || strings.Contains(p.claimed, "microsoft.rpmsg"):
			return &format{media: "application/x-microsoft-rpmsg-message", ext: ".rpmsg", title: "a protected message (Microsoft)", hint: "open the mail by hand in Outlook and save the document", secured: true}
		case ext == ".efx":
			return &efaxFormat
		}
	}
	return &g
}

// securedName are the names that senders of encrypted mail give the page that
// asks for a password: Cisco, Egress, Proofpoint, Trend Micro, Zix, Microsoft.
var securedName = regexp.MustCompile(`(?i)^(securedoc|securemessage|secure[-_ ]?mail|message_?zdm|message_v\d|encrypted[-_ ]?(message|mail)|egress|protected[-_ ]?message|message)\w*\.html?$`)

// zipContents tells by the names in a zip what the zip really is.
func zipContents(files []*zip.File) *format {
	has := func(prefix string) bool {
		return slices.ContainsFunc(files, func(f *zip.File) bool { return strings.HasPrefix(f.Name, prefix) })
	}
	const ooxml = "application/vnd.openxmlformats-officedocument."
	switch {
	case has("FixedDocSeq.fdseq") || has("FixedDocumentSequence.fdseq"):
		return &format{media: "application/vnd.ms-xpsdocument", ext: ".xps", title: "an XPS document", hint: askPages}
	case has("[Content_Types].xml"):
		switch {
		case has("word/"):
			return &format{media: ooxml + "wordprocessingml.document", ext: ".docx", title: "a Word document"}
		case has("xl/"):
			return &format{media: ooxml + "spreadsheetml.sheet", ext: ".xlsx", title: "an Excel table"}
		case has("ppt/"):
			return &format{media: ooxml + "presentationml.presentation", ext: ".pptx", title: "a PowerPoint presentation"}
		}
		return &format{media: mediaRaw, title: "an Office document"}
	case len(files) > 0 && files[0].Name == "mimetype":
		kind := zipText(files[0])
		switch {
		case strings.Contains(kind, "opendocument.text"):
			return &format{media: "application/vnd.oasis.opendocument.text", ext: ".odt", title: "an OpenDocument text"}
		case strings.Contains(kind, "opendocument"):
			return &format{media: "application/vnd.oasis.opendocument", title: "an OpenDocument file"}
		case strings.Contains(kind, "epub"):
			return &format{media: "application/epub+zip", ext: ".epub", title: "an e-book"}
		}
	case has("META-INF/MANIFEST.MF"):
		return &format{media: "application/java-archive", ext: ".jar", title: "a program", hint: "don't open it; ask the sender"}
	case has("Index/Document.iwa"):
		return &format{media: "application/vnd.apple.iwork", title: "an Apple iWork document", hint: askPages}
	}
	return nil
}

func zipText(f *zip.File) string {
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, 256))
	return string(b)
}

// formatOfMedia returns a format for naming a part of which only the media type is known.
func formatOfMedia(media string) *format {
	ext := map[string]string{mediaMail: ".eml", mediaZip: ".zip", mediaTNEF: ".dat", mediaText: ".txt", mediaHTML: ".html",
		postroom.TIFF: ".tif", postroom.PDF: ".pdf", postroom.JPEG: ".jpg", postroom.PNG: ".png"}[media]
	return &format{media: media, ext: ext}
}

func utf16Bytes(s string) []byte {
	var b []byte
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return b
}

var (
	headerLine = regexp.MustCompile(`^[!-9;-~]{1,64}[ \t]*:`)
	// A mail has some of these fields (RFC 5322 section 3.6, RFC 2045).
	mailField = regexp.MustCompile(`(?i)^(from|to|cc|subject|date|message-id|received|return-path|delivered-to|mime-version|content-type|reply-to|sender|x-[a-z-]+|dkim-signature|arc-[a-z-]+|authentication-results|thread-[a-z]+|in-reply-to|references|list-[a-z]+)[ \t]*:`)
)

// isMailFile reports whether a file's beginning is that of a mail.
func isMailFile(head []byte, name string) bool {
	if sniffStart(head) != nil {
		return false
	}
	if bytes.IndexByte(head, 0) >= 0 && !headerLine.Match(head) {
		return false
	}
	fields, lines := map[string]bool{}, 0
	rest := bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	rest = bytes.TrimLeft(rest, "\r\n")
	for len(rest) > 0 && lines < 200 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		lines++
		switch {
		case len(line) == 0:
			rest = nil
		case lines == 1 && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))): // a line of the mbox format
		case line[0] == ' ' || line[0] == '\t':
		case !headerLine.Match(line):
			if len(fields) == 0 {
				return false
			}
		default:
			if mailField.Match(line) {
				name, _, _ := bytes.Cut(line, []byte(":"))
				fields[strings.ToLower(strings.TrimSpace(string(name)))] = true
			}
		}
	}
	if strings.HasSuffix(strings.ToLower(name), ".eml") {
		return len(fields) >= 1
	}
	strong := fields["received"] || fields["message-id"] || fields["mime-version"] || fields["return-path"] || fields["from"] && fields["date"] || fields["from"] && fields["subject"]
	return len(fields) >= 3 && strong
}

// isMailFile reports whether a part holds a mail that is to be opened.
func (p *part) isMailFile() bool {
	if sniffStart(p.data.head()) != nil {
		return false
	}
	if p.claimed == mediaMail || p.claimed == "message/global" || p.claimed == "message/news" {
		return true
	}
	if strings.HasPrefix(p.claimed, "text/") && p.name == "" || strings.HasPrefix(p.claimed, "message/") {
		return false
	}
	return isMailFile(p.data.head(), p.name)
}

var base64Line = regexp.MustCompile(`^[A-Za-z0-9+/]{40,}={0,2}$`)

// rescueBase64 opens what is base64 although nothing says so: the header that
// does is missing or wrong. It reports whether the part was such.
func (u *unpacker) rescueBase64(p *part) (bool, error) {
	if p.mail == nil || p.damage != "" {
		return false, nil
	}
	first, _, _ := bytes.Cut(bytes.TrimLeft(p.data.head(), "\r\n \t"), []byte("\n"))
	first = bytes.TrimRight(first, "\r \t")
	if !base64Line.Match(first) {
		return false, nil
	}
	start, err := base64.StdEncoding.DecodeString(string(first[:len(first)/4*4]))
	if f := sniff(start); err != nil || f == nil || f.text {
		return false, nil
	}
	s := u.newSpool()
	d := &base64Decoder{to: s}
	readErr, err := copyParts(d, p.data.reader())
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		return false, err
	}
	if readErr != nil {
		return false, readErr // of our own temporary file
	}
	again := *p
	again.data, again.damage = s, d.damage()
	return true, u.judge(&again)
}
