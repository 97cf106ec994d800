package ocr

import (
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// The glyphs of the ISOAdobe character set in the order of their numbers in a CFF font
// (Adobe Technical Note 5176 appendix A), from 1 on, and the characters that they show.
// The first 149 are those of StandardEncoding, in its order.
var (
	adobeNames = strings.Fields(`space exclam quotedbl numbersign dollar percent ampersand quoteright parenleft parenright
		asterisk plus comma hyphen period slash zero one two three four five six seven eight nine colon semicolon less equal
		greater question at A B C D E F G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright asciicircum
		underscore quoteleft a b c d e f g h i j k l m n o p q r s t u v w x y z braceleft bar braceright asciitilde exclamdown
		cent sterling fraction yen florin section currency quotesingle quotedblleft guillemotleft guilsinglleft guilsinglright
		fi fl endash dagger daggerdbl periodcentered paragraph bullet quotesinglbase quotedblbase quotedblright guillemotright
		ellipsis perthousand questiondown grave acute circumflex tilde macron breve dotaccent dieresis ring cedilla hungarumlaut
		ogonek caron emdash AE ordfeminine Lslash Oslash OE ordmasculine ae dotlessi lslash oslash oe germandbls onesuperior
		logicalnot mu trademark Eth onehalf plusminus Thorn onequarter divide brokenbar degree thorn threequarters twosuperior
		registered minus eth multiply threesuperior copyright Aacute Acircumflex Adieresis Agrave Aring Atilde Ccedilla Eacute
		Ecircumflex Edieresis Egrave Iacute Icircumflex Idieresis Igrave Ntilde Oacute Ocircumflex Odieresis Ograve Otilde Scaron
		Uacute Ucircumflex Udieresis Ugrave Yacute Ydieresis Zcaron aacute acircumflex adieresis agrave aring atilde ccedilla
		eacute ecircumflex edieresis egrave iacute icircumflex idieresis igrave ntilde oacute ocircumflex odieresis ograve otilde
		scaron uacute ucircumflex udieresis ugrave yacute ydieresis zcaron`)
	adobeRunes = []rune(" !\"#$%&’()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_‘abcdefghijklmnopqrstuvwxyz{|}~" +
		"¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ–†‡·¶•‚„”»…‰¿`´ˆ˜¯˘˙¨˚¸˝˛ˇ—ÆªŁØŒºæıłøœß" +
		"¹¬µ™Ð½±Þ¼÷¦°þ¾²®−ð×³©ÁÂÄÀÅÃÇÉÊËÈÍÎÏÌÑÓÔÖÒÕŠÚÛÜÙÝŸŽáâäàåãçéêëèíîïìñóôöòõšúûüùýÿž")
	// The rest of what MacRomanEncoding and WinAnsiEncoding hold, and usual names beside them.
	moreNames = map[string]rune{"Euro": '€', "notequal": '≠', "infinity": '∞', "lessequal": '≤', "greaterequal": '≥', "partialdiff": '∂',
		"summation": '∑', "product": '∏', "pi": 'π', "integral": '∫', "Omega": 'Ω', "radical": '√', "approxequal": '≈', "Delta": '∆',
		"lozenge": '◊', "nbspace": '\u00a0', "sfthyphen": '\u00ad'}
	nameRunes, runeNames = map[string]rune{}, map[rune]string{}
	standardCodes        = map[byte]int{} // codes of StandardEncoding to the names' numbers, from 1
)

func init() {
	for name, r := range moreNames {
		nameRunes[name], runeNames[r] = r, name
	}
	for i, name := range adobeNames {
		nameRunes[name], runeNames[adobeRunes[i]] = adobeRunes[i], name
	}
	number := 0
	for _, span := range [][2]int{{32, 126}, {161, 175}, {177, 180}, {182, 189}, {191, 191}, {193, 200}, {202, 203}, {205, 208},
		{225, 225}, {227, 227}, {232, 235}, {241, 241}, {245, 245}, {248, 251}} {
		for code := span[0]; code <= span[1]; code++ {
			number++
			standardCodes[byte(code)] = number
		}
	}
}

// runeOfName returns the character of a glyph's name; false when it is none of the usual names.
func runeOfName(name string) (rune, bool) {
	if r, ok := nameRunes[name]; ok {
		return r, true
	}
	for _, prefix := range []string{"uni", "u"} {
		if digits, ok := strings.CutPrefix(name, prefix); ok && len(digits) >= 4 && len(digits) <= 6 {
			if v, err := strconv.ParseUint(digits, 16, 32); err == nil && v <= 0x10ffff {
				return rune(v), true
			}
		}
	}
	return 0, false
}

// encodedName returns the name of the glyph that a code has in one of the encodings that PDF
// knows by name (ISO 32000-1 annex D.2); empty when it has none.
func encodedName(encoding string, code byte) string {
	switch encoding {
	case "StandardEncoding":
		if n := standardCodes[code]; n > 0 {
			return adobeNames[n-1]
		}
	case "WinAnsiEncoding":
		switch r := charmap.Windows1252.DecodeByte(code); {
		case code < 32:
		case code == 0xa0:
			return "space"
		case code == 0xad:
			return "hyphen"
		case runeNames[r] != "":
			return runeNames[r]
		default:
			return "bullet" // all unused codes are (annex D.2, note 3)
		}
	case "MacRomanEncoding":
		switch r := charmap.Macintosh.DecodeByte(code); {
		case code < 32:
		case code == 0xca:
			return "space"
		case code == 0xdb:
			return "currency"
		default:
			return runeNames[r]
		}
	}
	return ""
}
