package ingest

import (
	"bytes"

	"github.com/postroom/postroom"
)

// Kinds of content that are judged but never become pages by themselves.
const (
	kindZIP     = "application/zip"
	kindOffice  = "application/vnd.openxmlformats-officedocument" // DOCX, XLSX and their like
	kindOLE     = "application/x-ole-storage"                     // DOC, XLS, MSG
	kindTNEF    = "application/ms-tnef"
	kindMail    = "message/rfc822"
	kindEFX     = "application/x-efax"
	kindRTF     = "application/rtf"
	kindHTML    = "text/html"
	kindText    = "text/plain"
	kindGIF     = "image/gif"
	kindBMP     = "image/bmp"
	kindWEBP    = "image/webp"
	kindHEIC    = "image/heic"
	kindJP2     = "image/jp2"
	kindJBIG2   = "image/x-jbig2"
	kindSevenZ  = "application/x-7z-compressed"
	kindRAR     = "application/vnd.rar"
	kindGZIP    = "application/gzip"
	kindPCX     = "image/x-pcx"
	kindEmpty   = "application/x-empty"
	kindUnknown = "application/octet-stream"
)

// sniffLength is how many bytes at the start of a file decide its kind. PDF
// readers accept the header anywhere in the first 1,024 bytes (ISO 32000-1,
// implementation note 13).
const sniffLength = 4096

// sniff tells what a file is by its first bytes. Names and declared types are
// not asked: fax servers and scanners get them wrong too often.
func sniff(head []byte) string {
	has := func(at int, magic string) bool {
		return len(head) >= at+len(magic) && string(head[at:at+len(magic)]) == magic
	}
	switch {
	case len(head) == 0:
		return kindEmpty
	case has(0, "II*\x00"), has(0, "MM\x00*"), has(0, "II+\x00"), has(0, "MM\x00+"):
		return postroom.TIFF
	case has(0, "\xff\xd8\xff"):
		return postroom.JPEG
	case has(0, "\x89PNG\r\n\x1a\n"):
		return postroom.PNG
	case has(0, "PK\x03\x04"), has(0, "PK\x05\x06"):
		if bytes.Contains(head, []byte("[Content_Types].xml")) || bytes.Contains(head, []byte("mimetypeapplication/vnd.oasis")) {
			return kindOffice
		}
		return kindZIP
	case has(0, "\x78\x9f\x3e\x22"):
		return kindTNEF
	case has(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return kindOLE
	case has(0, "{\\rtf"):
		return kindRTF
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return kindGIF
	case has(0, "BM") && len(head) > 14 && head[6] == 0 && head[7] == 0 && head[8] == 0 && head[9] == 0:
		return kindBMP
	case has(0, "RIFF") && has(8, "WEBP"):
		return kindWEBP
	case has(4, "ftypheic"), has(4, "ftypheix"), has(4, "ftypmif1"), has(4, "ftypavif"):
		return kindHEIC
	case has(0, "\x00\x00\x00\x0cjP  \r\n"), has(0, "\xff\x4f\xff\x51"):
		return kindJP2
	case has(0, "\x97JB2\r\n\x1a\n"):
		return kindJBIG2
	case has(0, "7z\xbc\xaf\x27\x1c"):
		return kindSevenZ
	case has(0, "Rar!\x1a\x07"):
		return kindRAR
	case has(0, "\x1f\x8b"):
		return kindGZIP
	case has(0, "\xdc\xfe"):
		return kindEFX
	}
	if i := bytes.Index(head[:min(len(head), 1024)], []byte("%PDF-")); i >= 0 {
		return postroom.PDF
	}
	if looksLikeMail(head) {
		return kindMail
	}
	trimmed := bytes.ToLower(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"))
	if bytes.HasPrefix(trimmed, []byte("<!doctype html")) || bytes.HasPrefix(trimmed, []byte("<html")) {
		return kindHTML
	}
	for _, b := range head {
		if b < 0x09 || b > 0x0d && b < 0x20 && b != 0x1b {
			return kindUnknown
		}
	}
	return kindText
}

// looksLikeMail asks for two known header fields before anything that is none.
func looksLikeMail(head []byte) bool {
	known := 0
	for line := range bytes.Lines(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))) {
		text := bytes.TrimRight(line, "\r\n")
		if len(text) == 0 {
			break
		}
		if text[0] == ' ' || text[0] == '\t' {
			if known == 0 {
				return false
			}
			continue
		}
		if bytes.HasPrefix(text, []byte("From ")) && known == 0 {
			continue // the first line of an mbox
		}
		name, _, ok := bytes.Cut(text, []byte(":"))
		if !ok || bytes.ContainsAny(name, " \t") {
			return known >= 2
		}
		switch string(bytes.ToLower(name)) {
		case "received", "from", "to", "subject", "date", "message-id", "mime-version", "return-path", "content-type", "delivered-to", "reply-to", "x-mailer", "sender", "dkim-signature", "authentication-results", "x-received", "cc":
			known++
		}
	}
	return known >= 2
}

// unread says why a kind becomes no page, and what to do.
func unread(kind string) string {
	switch kind {
	case kindEmpty:
		return "it is empty (no bytes)"
	case kindOffice, kindOLE, kindRTF:
		return "an office document (Word, Excel or the like) is not read; open it by hand, or ask the sender for a PDF"
	case kindEFX:
		return "a fax in the eFax format (.efx) cannot be read; set the fax service to send PDF or TIFF"
	case kindGIF, kindBMP, kindWEBP, kindHEIC, kindJP2, kindJBIG2, kindPCX:
		return "a picture of the kind " + kind + " is not read; ask the sender for PDF, TIFF, JPEG or PNG"
	case kindSevenZ, kindRAR, kindGZIP:
		return "an archive of the kind " + kind + " is not opened; unpack it by hand, or ask for a zip"
	case kindHTML, kindText:
		return "a text file is not read; open it by hand"
	default:
		return "its format is not known; look at it by hand"
	}
}
