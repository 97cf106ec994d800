package classify

import (
	"regexp"
	"strings"
)

// womensNames and mensNames are given names that nearly only women, or men, have in the United Kingdom. Names that both have (Alex, Jean,
// Kim, Robin, Sam), and those of which nothing is known here, say nothing.
var (
	womensNames = set(`abigail agnes agnieszka aisha alice alison amanda amelia amy angela anita ann anna anne annette annie audrey barbara beatrice beryl bethan
 betty brenda bridget bronwen caroline carolyn catherine catrin charlotte chloe christina christine claire clare daisy dawn deborah debra denise diana diane donna doreen dorothy
 edith edna eileen elaine eleanor elizabeth ella ellen elsie emily emma erica esther ethel eunice eva fatima fiona florence gail gemma geraldine gillian glenys gloria grace gwen gwyneth hannah harriet
 hazel heather heidi helen hilda imogen ingrid irene iris isabel isabella isla jacqueline jane janet janice jasmine jemma jennifer jenny jessica jill joan joanna joanne josephine joyce judith julia julie
 june karen katarzyna kate katherine kathleen kathryn katie kirsten kirsty laura lauren linda lisa lorna lorraine louise lucy lydia lynda lynn lynne mabel madeleine magdalena maisie mandy margaret maria marie marilyn
 marion marjorie martha mary maureen mavis megan melanie melissa mia michelle mildred millie miriam moira molly monica muriel nancy naomi natalie natasha niamh nicole nora norma olga olive olivia pamela patricia paula pauline
 peggy penelope phyllis pippa polly priscilla rachel rebecca rhian rita rosalind rosemary rosie ruth sally samantha sandra sara sarah sharon sheila shirley siobhan sophia sophie stella stephanie sunita susan suzanne sylvia tanya
 teresa theresa tina tracey tracy una ursula valerie vanessa vera veronica victoria violet vivienne wendy winifred yvonne zainab zoe`)
	mensNames = set(`adam adrian ahmed alan albert alexander alfred alistair allan andrew angus anthony archibald arthur barry benjamin bernard bertram brian bruce callum carl cecil charles christopher clifford clive colin craig cyril
 daniel darren david dean declan dennis derek desmond dominic donald douglas duncan dylan edmund edward edwin eric ernest euan ewan fergus francesco frank franklin frederick gareth garry gary geoffrey george gerald gerard gilbert giles
 gordon graeme graham gregory guy hamish harold harry harvey henry herbert horace howard hugh hugo ian ibrahim imran isaac iain ivor jack jacob james jason jeffrey jeremy jim joe john jonathan joseph joshua julian justin keith kenneth kevin
 krzysztof laurence lawrence leo leonard liam lionel luke malcolm mark martin matthew maurice michael mohamed mohammed muhammad neil neville nicholas nigel noah norman oliver oscar owain owen patrick paul percy peter philip piotr
 rajesh ralph raymond reginald rhys richard robert roderick rodney roger roland ronald rory roy rupert russell ryan samuel scott sean sebastian sidney simon stanley stephen steven stuart terence thomas timothy tobias tomasz tony trevor
 vernon victor vincent wallace walter wayne wilfred william yusuf`)
)

// sexByName is that of somebody with a given name: "f", "m", or "" where it does not say.
func sexByName(given string) string {
	words := nameWords(given)
	if len(words) == 0 {
		return ""
	}
	switch first := strings.ToLower(words[0]); {
	case womensNames[first]:
		return "f"
	case mensNames[first]:
		return "m"
	}
	return ""
}

// sexByTitle is that of somebody with a title.
func sexByTitle(title string) string {
	switch strings.ToLower(strings.Trim(title, ".")) {
	case "mrs", "miss", "ms", "lady":
		return "f"
	case "mr", "master", "mstr", "sir", "lord":
		return "m"
	}
	return ""
}

var (
	manSeen   = regexp.MustCompile(`(?i)\b(?:see|saw|seeing|seen|review(?:ed|ing)?|met|meet|assess(?:ed|ing)?|examined|referr(?:ed|ing)|admitted) (?:this|the|your) (?:[\w,-]+ ){0,5}?(?:man|gentleman|boy|lad|chap)\b|\bthis (?:[\w,-]+ ){0,5}?(?:man|gentleman|boy|lad|chap) (?:was|is|has|had|who|came|attended|presented|with|gets|complains)\b`)
	womanSeen = regexp.MustCompile(`(?i)\b(?:see|saw|seeing|seen|review(?:ed|ing)?|met|meet|assess(?:ed|ing)?|examined|referr(?:ed|ing)|admitted) (?:this|the|your) (?:[\w,-]+ ){0,5}?(?:woman|lady|girl)\b|\bthis (?:[\w,-]+ ){0,5}?(?:woman|lady|girl) (?:was|is|has|had|who|came|attended|presented|with|gets|complains)\b`)
	// ofMen and ofWomen are parts and illnesses that only they have.
	ofMen   = regexp.MustCompile(`(?i)\b(?:prostat\w+|psa\b|testic\w+|testis|scrot\w+|erectile|vasectomy|turp|zoladex|testosterone|spermatic|phimosis|circumcis\w+)\b`)
	ofWomen = regexp.MustCompile(`(?i)\b(?:hysterectomy|ovar(?:y|ian|ies)|uter(?:us|ine)|vagin\w+|cervical (?:smear|screening)|menopaus\w+|pregnan(?:t|cy)|antenatal|endometri\w+)\b`)
	heSaid  = regexp.MustCompile(`(?i)\b(?:he|his|him)\b`)
	sheSaid = regexp.MustCompile(`(?i)\b(?:she|her|hers)\b`)
)

// anotherSex reports whether a man was seen and the patient is called Mrs, or has a woman's given name in the list, or the reverse: title and name do not agree, the
// text says so, has three times "he" and "his" and never "she" or "her", or many times and hardly ever.
func (c *collector) anotherSex(given string) bool {
	sex := sexByName(given)
	if len(c.subject.names) > 0 {
		switch title := sexByTitle(c.subject.names[0].title); {
		case title != "" && sex != "" && title != sex:
			return true // "Mr R Okafor", who is Ruth in the list
		case title != "":
			sex = title
		}
	}
	var other, own, another, parts, ownParts *regexp.Regexp
	switch sex {
	case "f":
		other, own, another, parts, ownParts = manSeen, sheSaid, heSaid, ofMen, ofWomen
	case "m":
		other, own, another, parts, ownParts = womanSeen, heSaid, sheSaid, ofWomen, ofMen
	default:
		return false
	}
	said, ownSaid, bodies, ownBodies := 0, 0, 0, 0
	for _, s := range c.sheets {
		for i := range s.rows() {
			text := s.rows()[i].text
			if other.MatchString(text + s.runsOn(i)) {
				return true
			}
			said += len(another.FindAllString(text, -1))
			ownSaid += len(own.FindAllString(text, -1))
			bodies += len(parts.FindAllString(text, -1))
			ownBodies += len(ownParts.FindAllString(text, -1))
		}
	}
	fewest := 3
	if sex == "f" {
		fewest = 2 // forms ask men, too, whether they are pregnant
	}
	return said > 2 && ownSaid == 0 || said > 5 && 5*ownSaid <= said || bodies >= fewest && ownSaid+ownBodies == 0
}
