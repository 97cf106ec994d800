package postroom

import "regexp"

// markup is what a browser would run, load or send somewhere, were it ever taken for more than text.
// A letter's own "<" (less than 5, an arrow, an address) is none.
var markup = regexp.MustCompile(`(?i)</?(script|iframe|frame|object|embed|applet|base|form|svg|math|img|image|style|link|meta|template|video|audio|body|html)\b|(javascript|vbscript)\s*:|\bon(error|load|click|focus|blur|toggle|begin|mouse[a-z]+|pointer[a-z]+|key[a-z]+|animation[a-z]+)\s*=`)

// Markup reports whether a text holds markup that somebody could have meant to run at the desk.
func Markup(text string) bool { return markup.MatchString(text) }
