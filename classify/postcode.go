package classify

import (
	"regexp"
	"strings"

	"github.com/postroom/postroom"
)

// pseudoPostcode are the NHS's codes for people without a usual address
// (ZZ99 and three characters), which the general pattern leaves out.
var pseudoPostcode = regexp.MustCompile(`^ZZ99 ?([0-9][A-Z]{2})$`)

// parsePostcode returns a postcode, or an NHS pseudo postcode, as "OUT IN".
func parsePostcode(s string) (string, error) {
	if m := pseudoPostcode.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(s))); m != nil {
		return "ZZ99 " + m[1], nil
	}
	return postroom.ParsePostcode(s)
}
