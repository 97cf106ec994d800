package ingest

import (
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"regexp"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/webp"
)

// A picture is what is known of an image that may decorate a mail.
type picture struct {
	width, height int // pixels; 0 when its header can't be read
}

func pictureOf(r *io.SectionReader) *picture {
	// A picture's size stands near its beginning; a JPEG with large metadata
	// may have it some way in.
	c, _, err := image.DecodeConfig(io.LimitReader(r, 1<<20))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return &picture{}
	}
	return &picture{c.Width, c.Height}
}

// shown is how large a mail's HTML displays a picture, in CSS pixels; 0 when
// it does not say.
type shown struct{ width, height int }

var (
	// Mail programs name the pictures within a text so.
	programName = regexp.MustCompile(`(?i)^(image\d{3,}|outlook-.*|~wrd\d+|att\d{5}|emailsignature.*|embedded.*|inline.*|cid.*|unnamed|spacer|pixel|blank)\.(png|jpe?g|gif|bmp|webp)$`)
	// People and companies name their decorations so.
	logoName = regexp.MustCompile(`(?i)(logo|signature|banner|footer|header|icon|facebook|twitter|linked-?in|instagram|youtube|badge|cqc|crest)`)
)

// inline reports whether anything says that the picture belongs to the mail's text.
func (c *picture) inline(p *part) bool {
	if p.hidden {
		return true
	}
	if p.mail == nil {
		return false
	}
	_, referenced := p.mail.showing(p)
	return referenced || p.disposition == "inline" || p.disposition == "" && (p.related || p.contentID != "")
}

// decoration decides whether a picture is a logo, a signature or the like and
// returns the reason, or an empty string for a picture that may be a document.
// documents is set when the message has another document that is surely one.
//
// A page that is taken for a logo is lost, a logo that is taken for a page
// costs a clerk a look. So size alone leaves out only what could hold no text,
// and everything else needs the mail to say that it belongs to its text and,
// the larger the picture, more signals besides.
func (c *picture) decoration(p *part, documents bool) string {
	if c.width == 0 || c.height == 0 {
		return ""
	}
	size := fmt.Sprintf("%d by %d pixels", c.width, c.height)
	short, long := min(c.width, c.height), max(c.width, c.height)
	if long <= 100 || short <= 8 {
		return "a picture of " + size + ": too small to hold a document"
	}
	if !c.inline(p) {
		return ""
	}
	if short >= 1000 {
		return "" // a scan or a photo, wherever the mail program put it
	}
	area := c.width * c.height
	if area <= 60_000 || short < 100 {
		return "a small picture in the mail's text (" + size + "), such as a logo"
	}
	signals := 0
	display, referenced := shown{}, false
	if p.mail != nil {
		display, referenced = p.mail.showing(p)
	}
	if referenced || p.hidden {
		signals++
	}
	if p.disposition != "attachment" && (p.disposition == "inline" || p.contentID != "") {
		signals++
	}
	if programName.MatchString(p.name) || logoName.MatchString(p.name) {
		signals++
	}
	if display.width > 0 && display.width <= 300 || display.height > 0 && display.height <= 150 {
		signals += 2
	}
	if long > 3*short {
		signals++ // a banner
	}
	if documents {
		signals++
	}
	need := 3
	switch {
	case area > 500_000:
		need = 5
	case area > 250_000:
		need = 4
	}
	if signals < need {
		return ""
	}
	return "a picture in the mail's text (" + size + "), such as a signature or a banner"
}
