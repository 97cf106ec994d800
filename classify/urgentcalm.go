package classify

import (
	"regexp"
	"strings"
)

// A calmRule says where an urgent phrase asks for nothing: the phrase, what stands before it in
// its sentence, what follows, and what must not stand in that sentence. An empty part does not matter.
type calmRule struct{ phrase, before, after, unless *regexp.Regexp }

func rule(phrase, before, after, unless string) calmRule {
	compile := func(s string) *regexp.Regexp {
		if s == "" {
			return nil
		}
		return regexp.MustCompile(`(?i)` + s)
	}
	return calmRule{compile(phrase), compile(before), compile(after), compile(unless)}
}

const (
	// asks are words by which a sentence wants something done.
	asks = `\b(?:please|kindly|grateful|could you|would you|must|should|needs?|needing|requires?|to be|for|asked|told|advised)\b`
	// doubted are words by which what is excluded is not.
	doubted = `\b(?:cannot|can not|could not|not (?:be |been |yet )?(?:excluded|ruled)|to be|must|should|needs?|until|unless|never|if)\b`
	// answersNo is an answer to a question or the value of a line that denies it.
	answersNo = `(?:(?:no|n)(?:\s*$|\s*[.,;\t)\]]|\s+(?:concerns?|issues?|disclosures?|problems?|risks?|identified|raised)\b)|none\b|nil\b|n/a\b|not (?:applicable|needed|required)\b)`
	// answersNever is one that only an illness or a risk gets.
	answersNever = `(?:not (?:known|identified|present|completed|in place|raised|disclosed|discussed)\b|negative\b|absent\b|denie[sd]\b)`
	// asked is what may stand between a phrase and the answer to it.
	asked = `^[ ,/]*(?:(?:risk|thoughts?|ideation|issues?|concerns?|screen(?:ing)?|status|plans?|intent|form|order|decision|in place|symptoms?|enquiry|and|or|y ?/ ?n)\b[ ,/]*){0,4}[:?\-–\t.=]+\s*`
	// illness are findings that others of a family may have had; violence and neglect are not among them.
	illness = `ruptured|cancer|carcinoma|malignan|melanoma|lymphoma|leuk|sarcoma|tumour|metasta|stroke|embol|thrombosis|\bdvt\b|\bpe\b|dissection|ha?emorrhage|arteritis|infarction|kidney|\baki\b`
)

// calmRules hold for phrases and patterns alike. Each is a way to speak of what is over, of what
// the sender does, of what a patient is to do in a case that has not come, or of a name.
var calmRules = []calmRule{
	// "No urgent action is needed", "this is not an urgent referral".
	rule(`^(?:urgent|immediate|high priority|life.threatening|rapid|critical|expedite)`, `\b(?:no|not|nothing|never|isn['’]t|without)(?: (?:a|an|any|at all|deemed|thought|felt|considered|so|very|further|such|other|obvious|currently|of)){0,3}[ -]$`, "", ""),
	// "Urgent: No", "Is there a DNACPR in place? No", "Suicidal thoughts: none".
	rule("", "", asked+answersNo, ""),
	rule(`suicid|harm|overdose|safeguarding|abuse|violence|protection|sepsis|septic|dnacpr|dnar|respect form|red flag|fgm|life`, "", asked+answersNever, ""),
	rule(`suicid|harm|risk`, "", `^[ ,/]*(?:ideation|thoughts?)?[ ,/]*risk[ :\-–\t]+(?:is |was )?(?:assessed as )?(?:low|minimal)\b`, ""),
	rule(`safeguarding|abuse|violence|protection`, "", `^(?: \w+){0,4}[ ,:;–-]+(?:no|nil|none)(?: (?:concerns?|issues?|disclosures?|identified|raised|noted))*\s*(?:[.,;\t]|$)`, ""),
	// "Possible DVT was excluded", "sepsis screen negative".
	rule(`sepsis|septic|dvt|thrombosis|embol|\bpe\b|stroke|infarction|cauda|arteritis|meningitis|dissection|ectopic|torsion|cord|obstruction`, "", `^[^.;:]{0,30}?\b(?:(?:was|were|is|has been|been) )?(?:excluded|ruled out)\b`, doubted),
	rule(`sepsis|septic|dvt|thrombosis|embol|\bpe\b|cauda|arteritis|meningitis|torsion|ectopic`, "", `^ ?[,–-]? ?(?:and |on )?(?:scan|screen(?:ing)?|ultrasound|doppler|mri|ct|ctpa|biopsy)?:? (?:was )?(?:negative|not (?:found|seen|confirmed))\b`, doubted),
	rule(`overdose`, "", `^ (?:was )?denied\b`, ""),
	rule(`dnacpr|dnar|respect form`, `\bnot for $`, "", ""),
	rule(`dnacpr|dnar|respect form`, "", `^ (?:was |is )?not (?:completed|applicable|in place|needed|discussed|signed)\b`, ""),
	// "Discuss with the microbiologist if septic."
	rule(`sepsis|septic|suicid|overdose|harm|malignan|\baki\b`, `\b(?:if|unless)(?: (?:he|she|they|the patient|clinically|there (?:is|are)|is|are|becomes?|looks?|feels?|signs of|suspicion of|suspected|any|further|possible))* $`, "", `\b(?:grateful|check|ask(?:ed)?|know|as|even) if\b`),
	// "Removed from the suspected cancer pathway", "downgraded from two week wait to routine".
	rule(`two week|2 week|2ww|2wr|suspected cancer|usc|fds|28.day|62.day`, `\b(?:removed|taken off|come off|stepped down|downgraded)\b[^.;,]{0,40}$`, "", `\b(?:not|never)\b`),
	rule(`^urgent`, `\bdowngraded (?:\w+ ){0,4}from $`, "", ""),
	// A clinic where the patient was: "seen in the rapid access chest pain clinic".
	rule(`^(?:rapid access|fast track)`, `\b(?:(?:was|were|been) (?:seen|reviewed|assessed|discharged)|attended|thank you for (?:referring|sending|your referral)|came to|i (?:saw|reviewed|met|assessed))\b[^.;]{0,70}$`, `^(?: [\w-]+){0,4} (?:clinic|service|unit|team|centre)\b`, ""),
	rule(`^fast track`, "", `^ (?:surgery|recovery|programme|joint)\b`, ""),
	rule(`^immediate$`, "", `^[ -](?:post|pre|peri|recovery|famil|relative|release|recall|memory|past\b|relief|vicinity|complication|hypersens|onset|response)`, ""),
	rule(`^immediately$`, `\b(?:almost|came on|comes on|begins?|started|settle[sd]?|relieved|resolve[sd]?|improve[sd]?|better|eased?)(?: almost)? $`, "", asks),
	rule(`^immediately$`, "", `^ (?:after|before|following|prior|post|below|above|adjacent)\b`, `\b(?:see|call|ring|contact|act|admit|refer|seen|phone|review|send|attend|stop|start)\b`),
	// A single dose that was given.
	rule(`^stat$`, "", "", `\b(?:please|give|administer|needs?|should|to have|to be|bloods?|urgent|review)\b`),
	// Spans of time.
	rule(`^(?:24|48) hours$`, `\b(?:up to|every|at least|minimum of|more than|less than|allow|takes?|give|over the|for(?: (?:the|up to|about|around|at least)(?: (?:next|first|following))?)?) $`, "", `\b(?:review(?:ed)?|seen|visit)\b`),
	rule(`^(?:24|48) hours$`, "", `^['’]?,? (?:urine|urinary|blood pressure|bp|ecg|tape|ambulatory|monitor|holter|collection|notice|fast|history|observation|old)\b`, ""),
	rule(`^within`, "", `^ (?:of|from|after|following) (?:the |his |her |their |a |an |being |having |any )?(?:admission|injury|arrival|surgery|operation|onset|starting|taking|birth|delivery|procedure|fall|accident|event|dose|vaccination|exposure|presentation|first)\b`, `\b(?:please|kindly|should|must|needs?|to be|review|see|seen|visit|contact|repeat|check|bloods)\b`),
	rule(`^within`, `\b(?:settle[sd]?|resol\w+|discharged|gone|went|came on|develop\w*|improv\w+|beg[au]n|home|recovered|eased?|appeared|wears? off|healed?|returned)\b[^.;]{0,25}$`, "", asks+`|\b(?:review|seen|visit|contact|repeat|check|bloods)\b`),
	// What somebody rang for, and talks with the patient.
	rule(`phoned(?: through)? to$`, "", `^ (?:cancel|arrange|book|rearrange|apologise|remind|invite|offer|make an|change|say that (?:he|she|they|you))\b`, ""),
	rule(`by (?:tele)?phone$`, "", `^ with (?:the patient|him|her|them|you|(?:his|her|the) (?:mother|father|parents?|wife|husband|family|daughter|son)|mrs?|ms|miss)\b`, ""),
	rule(`^panic$`, `\b(?:no|with|and|of|anxiety|a) $`, "", `\b(?:results?|values?|levels?|range|limits?)\b`),
	rule(`^critically$`, "", `^ (?:apprais|evaluat|review)`, ""),
	// How to reach the crisis team, and its name.
	rule(`^crisis`, "", `^(?: (?:team|service|resolution|home treatment|contact|and relapse|support|phone|telephone))* (?:numbers?|n\w{0,2}mbers?|line|[lt]ine|helpline|card|details?|plan|text|leaflet|cafe|contacts?)\b`, `\b(?:breach|failed)\b`),
	rule(`^crisis`, `\b(?:numbers?|details|contacts?) (?:of|for) (?:the |our |your )?(?:local )?$`, "", ""),
	rule(`^crisis`, `\bin a $`, `^,? (?:call|ring|phone|contact|text|dial|please)\b`, `\b(?:is|was|now|currently)\b`),
	rule(`^crisis`, `\bto do in a $`, "", ""),
	rule(`^safeguarding`, "", `^ (?:training|polic(?:y|ies)|level \d|(?:lead|nurse|doctor|midwife|advis[eo]r)s?\s*[:(])`, ""),
	rule(`^safeguarding`, `\b(?:nurse|lead|doctor|midwife|advis[eo]r|officer) for $`, "", ""),
	// What the patient was told to look for.
	rule(`^red flags?`, `\b(?:warned|advised|told|aware|knows?|counselled|informed|safety.?net\w*|discussed|explained|look(?:ing)? out|watch)\b[^.;:]{0,40}$`, "", ""),
	rule(`^red flags?`, "", `^[^.,;:]{0,14}\b(?:discussed|explained|given|advice|to look|to watch|to report|leaflet|absent|denied|negative|not present)\b`, `\b(?:has|have|had|with|new)\b`),
	rule(illness, `\b(?:family history|(?:his|her|their|your|maternal|paternal) (?:maternal |paternal |late |younger |older |elder )?(?:mother|father|brother|sister|aunt|uncle|grandmother|grandfather|cousin|niece|nephew|parents?))\b[^.;]{0,50}$`, "", `\b(?:(?:he|she|they|you) (?:is|was|has|had|have)|him|himself|herself|found|suspected|new)\b`),
	rule(`^ruptured?$`, "", `^ (?:membranes|ear ?drum|tympanic|acl\b|anterior cruciate|biceps|achilles|ligament|tendon|implant|baker)`, ""),
	rule(`^ruptured?$`, "", `^ of (?:the )?membranes`, ""),
	rule(`^acute admission$`, `\b(?:previous|last|prior|earlier) $`, "", ""),
	rule(`^acute admission$`, "", `^s? (?:unit|ward|suite)\b`, ""),
	// A case that has not come, told to the patient.
	rule(`^(?:urgent|immediate|same day)`, `(?:^|[.:;!] ?|\b(?:and|to|then|please) )(?:ring|call|dial|phone|attend|go|seek|return|come back)\b[^.;]{0,40}$`, `^[^.;]{0,50}?\b(?:for (?:any|chest|severe|sudden|the following)|with (?:any|chest|severe|sudden|worsening)|if|should|in case|in the event)\b`, `\b(?:grateful|refer)\b`),
	rule(`^(?:urgent|immediate)`, `\b(?:safety.?net\w*|worsening advice)\b[^.]{0,60}$`, "", ""),
	rule(`^(?:urgent|immediate)`, `\bseek $`, `^ (?:medical |emergency )?(?:help|attention|advice|care|assistance|review)\b`, `\b(?:from (?:the )?(?:on.call|consultant|oncolog|cardiolog|haematolog)|needs? to|must|now|today)\b`),
	// How to reach somebody, whatever the letter is about.
	rule(`^urgent`, `\b(?:for (?:anything|something|all|any)|if(?: it is| this is)?|not monitored for|not (?:to )?(?:be )?used? [^.;]{0,30}for) $`, "", ""),
	rule(`^urgent$`, "", `^ (?:appointments?|requests|problems|advice|cases|contact)\b[^.;]{0,6}(?:\bring\b|\bcall\b|phone|\btel\b|\bcontact\b|:)[^.;]{0,40}\d{4}`, ""),
	rule(`phoned to$`, `\burgent (?:matters|queries|enquiries|messages)\b[^.;]{0,30}$`, "", ""),
	// Small print, and what the sender needs from whoever got it.
	rule(`^(?:immediate|as soon as|urgent|asap|without delay)`, `\b(?:destroy (?:it|this|the|all)|delete (?:it|this|the|all)|misdirected|(?:received|reached|sent|delivered)\b[^.;]{0,30}\b(?:in error|by mistake)|wrong (?:desk|number|person)|errors must|information governance|notify (?:us|the sender)|inform the sender|tell (?:the )?dvla|inform (?:the )?dvla)\b[^.;]{0,60}$`, "", ""),
	rule(`^(?:immediate|as soon as|asap|without delay)`, `\b(?:inform|tell|notify|let) us(?: know)?(?: of)? $`, `^ (?:of|about|if) (?:any change|a change|changes|you (?:cannot|can['’]?t|are unable|change|move|no longer))\b`, ""),
	rule(`^(?:as soon as|asap|by return|without delay|immediate)`, `\b(?:return|complete|sign|send back) (?:and return )?(?:it|the|this|your) (?:\w+ ){0,2}(?:form|questionnaire|slip|kit|consent|fax)\b[^.;]{0,30}$`, "", ""),
	rule(`^by return`, `\b(?:reply|receipt)\b[^.;]{0,20}$`, "", ""),
	// What the sender does.
	rule(`^(?:as soon as|asap)`, `\b(?:we|i|they) (?:will|shall|hope|aim|intend|plan|try|are (?:trying|hoping))\b[^.;]{0,50}$`, "", `\b(?:please|you (?:to|can|could|will|would|might)|your|the practice|gp)\b`),
	rule(`^(?:as soon as|asap)`, `\b(?:you|he|she|they) will be (?:seen|offered|sent|contacted|called|invited|given|booked)\b[^.;]{0,40}$`, "", ""),
	// What was done on one day.
	rule(`^same day$`, `\b(?:was|were|went|had|discharged|admitted|taken|received|came|attended|done|returned|given)\b[^.;]{0,60}\bthe $`, "", asks),
}

// sentence is what stands before a place in its sentence and cell, over line breaks.
func (s *sheet) sentence(row, start int) string {
	before := s.rows[row].text[:start]
	for i := row - 1; i >= max(0, row-2) && len(before) < 160; i-- {
		before = s.rows[i].text + " " + before
	}
	for i := len(before) - 1; i > 0; i-- {
		if c := before[i-1]; (c == '.' || c == '!' || c == '?' || c == ':' || c == ';') && before[i] == ' ' || before[i] == '\t' {
			before = before[i:]
			break
		}
	}
	return strings.TrimLeft(strings.ReplaceAll(before, "\t", " "), " ")
}

// soothed reports whether a rule says that an urgent phrase asks for nothing.
func (s *sheet) soothed(row, start, lastRow, end int) bool {
	text := s.rows[row].text[start:]
	if row == lastRow {
		text = s.rows[row].text[start:end]
	} else {
		text += " " + s.rows[lastRow].text[:end]
	}
	phrase := strings.Join(strings.Fields(text), " ")
	before, after := s.sentence(row, start), s.rows[lastRow].text[end:]
	if lastRow+1 < len(s.rows) && len(after) < 40 && (after == "" || !strings.ContainsAny(after, ".;:?\t")) && !strings.HasSuffix(strings.TrimRight(s.rows[lastRow].text, " "), ".") {
		after += " " + s.rows[lastRow+1].text
	}
	whole := before + " " + strings.SplitN(after, ". ", 2)[0]
	for _, r := range calmRules {
		if r.phrase != nil && !r.phrase.MatchString(phrase) || r.before != nil && !r.before.MatchString(before) || r.after != nil && !r.after.MatchString(after) {
			continue
		}
		if r.unless == nil || !r.unless.MatchString(whole) {
			return true
		}
	}
	return false
}
