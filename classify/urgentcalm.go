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
	asks = `\b(?:please|kindly|grateful|could you|would you|must|should|needs?|needing|requires?|required|to be|for|asked|told|advised?|recommend\w*|suggest\w*|request\w*|ensure|ought|essential|vital)\b`
	// wants is the same without what is told to patients.
	wants = `\b(?:please|kindly|grateful|could you|would you|must|should|needs?|requires?|required|recommend\w*|suggest\w*|refer|to be|arrang\w*|admit)\b`
	// contrast takes back what an answer says.
	contrast = `\b(?:but|however|although|though|despite|until|unless|otherwise|except)\b`
	// doubted are words by which what is excluded is not.
	doubted = `\b(?:cannot|can not|could not|cant|not (?:\w+ ){0,3}(?:excluded|ruled)|(?:incompletely|partly) excluded|to be|must|should|needs?|until|unless|never|if|yet|so far|await\w*|pending)\b|n['’]t\b`
	// noMore is what may still stand behind an answer before its sentence or cell ends.
	noMore = `(?: (?:known|identified|noted|reported|raised|seen|disclosed|recorded|expressed|present|at present|currently|today|stated|evident|needed|required))*\s*(?:$|[,;\t)\]]|\.(?:\s*$|\s+[a-z]))`
	// answersNo is an answer to a question or the value of a line that denies it.
	answersNo = `(?:(?:no|n|none|nil|n/a|not (?:applicable|needed|required))|no (?:concerns?|issues?|disclosures?|problems?|risks?))` + noMore
	// answersNever is one that only an illness or a risk gets.
	answersNever = `(?:not (?:known|identified|present|completed|in place|raised|disclosed|discussed)|negative|absent|denie[sd])` + noMore
	// asked is what may stand between a phrase and the answer to it.
	asked = `^[ ,/]*(?:(?:risk|thoughts?|ideation|issues?|concerns?|screen(?:ing)?|status|plans?|intent|form|order|decision|in place|symptoms?|enquiry|and|or|y ?/ ?n)\b[ ,/]*){0,4}`
	// tells is what a sentence has, and no label.
	tells = `\b(?:is|are|was|were|has|have|had|feels?|took|takes?|taken|made|please|see|seen|review|needs?|must|should)\b|\bno\. ?(?:of|\d)|` + contrast
	// atRisk are phrases that a questionnaire asks for.
	atRisk = `suicid|harm|overdose|safeguarding|abuse|violence|protection|sepsis|septic|dnacpr|dnar|respect form|red flag|fgm|life`
	// illness are findings that others of a family may have had; violence and neglect are not among them.
	illness = `ruptured|cancer|carcinoma|malignan|melanoma|lymphoma|leuk|sarcoma|tumour|metasta|stroke|embol|thrombosis|\bdvt\b|\bpe\b|dissection|ha?emorrhage|arteritis|infarction|kidney|\baki\b`
	// given is what stands in no sentence about a dose that was given.
	given = `\b(?:please|give|administer|needs?|should|to have|to be|bloods?|urgent|review|prescribe|issue|dispense|sen[dt]|admi(?:t|ssion)\w*|999|ambulance|transfer|start|hospital|then)\b`
	// raised is what is done with a concern.
	raised = `\b(?:informed|aware|contacted|spoke|spoken|discuss\w*|concerns?|referr\w*|refer|bruis\w*|injur\w*|told|alerted|notified|raised|please)\b`
	// acting is what is asked for before or after something else.
	acting = asks + `|\b(?:see|call|ring|contact|act|admit|refer|seen|phone|review|send|attend|stop|start|repeat|check|bloods?|ecg|x.ray|scan)\b`
	// preterm is a birth that is not due.
	preterm = `\b(?:pre.?term|premature\w*|pprom)\b|\b(?:[12]\d|3[0-6])(?: ?\+ ?\d)? ?(?:weeks|/ ?40)`
	// lowOnly takes back that a risk is low.
	lowOnly = `\b(?:low|minimal)[ /–-]+(?:to |or )?(?:med|moderate|high)|\b(?:while|only|when|at present)\b|` + contrast
)

// calmRules hold for phrases and patterns alike. Each is a way to speak of what is over, of what
// the sender does, of what a patient is to do in a case that has not come, or of a name.
var calmRules = []calmRule{
	// "No urgent action is needed", "this is not an urgent referral".
	rule(`^(?:urgent|immediate|high priority|life.threatening|rapid|critical|expedite)`, `\b(?:no|not|nothing|never|isn['’]t)(?: (?:a|an|any|at all|deemed|thought|felt|considered|so|very|further|such|other|obvious|currently|of)){0,3}[ -]$`, "", ""),
	rule(`^(?:urgent|immediate|emergency|same day)`, `\b(?:no|without|any|not (?:a|any)) (?:\w+ )?(?:need|requirement|indication|reason|call) (?:for|of|to have) (?:an? |any )?$`, "", `\b(?:but|however|although|grateful|please)\b`),
	// "Urgent: No", "Is there a DNACPR in place? No", "Suicidal thoughts: none".
	// A full stop between is a misread colon only where nothing but the answer follows.
	rule("", "", asked+`\?[ \t:.–-]*`+answersNo, contrast),
	rule("", "", asked+`[:\-–\t=][:\-–\t= ]*`+answersNo, tells),
	rule("", "", asked+`\.\s*(?:no|none|nil|n/a)[ .]*$`, tells),
	rule(atRisk, "", asked+`[:?\-–\t=][:?\-–\t= ]*`+answersNever, tells),
	rule(`suicid|harm|risk`, "", `^[ ,/]*(?:ideation|thoughts?)?[ ,/]*risk[ :\-–\t]+(?:is |was )?(?:assessed as )?(?:low|minimal)\b`, lowOnly),
	rule(`suicid|harm`, `\brisk of $`, `^(?: is| was)?[ :]+(?:low|minimal)\b`, lowOnly),
	rule(`safeguarding|abuse|violence|protection`, "", `^(?: \w+){0,4}[ ,:;–-]+(?:no|nil|none)(?: (?:concerns?|issues?|disclosures?|identified|raised|noted))*\s*(?:[.,;\t]|$)`, contrast),
	// "Possible DVT was excluded", "sepsis screen negative".
	rule(`sepsis|septic|dvt|thrombosis|embol|\bpe\b|stroke|infarction|cauda|arteritis|meningitis|dissection|ectopic|torsion|cord|obstruction`, "", `^(?: (?:was|were|is|has|have|had|been|now|since|also|then|therefore|arthritis|syndrome|clinically|by|on|with|the|mri|ct|ctpa|scan|ultrasound|doppler)){0,5} (?:excluded|ruled out)\b`, doubted),
	rule(`sepsis|septic|dvt|thrombosis|embol|\bpe\b|cauda|meningitis|torsion|ectopic`, "", `^ ?[,–-]? ?(?:and |on )?(?:scan|screen(?:ing)?|ultrasound|doppler|mri|ct|ctpa)?:? (?:was )?(?:negative\b|not (?:found|seen|confirmed)(?:\s*(?:$|[.,;)])| on\b))`, doubted+`|\b(?:still|repeat|continue|treat\w*)\b|`+contrast+"|"+wants),
	rule(`overdose`, "", `^ (?:was )?denied\b`, contrast),
	rule(`overdose`, "", `^ (?:training|awareness|prevention|kits?)\b`, ""),
	rule(`overdose`, `\brisks? of (?:[\w-]+ ){0,5}(?:of )?$`, `^[,.;]|^ (?:was|were|is|are)? ?(?:discussed|covered|explained|low)\b`, `\b(?:high|at|increased|serious|significant) risk|`+contrast),
	rule(illness, `\b(?:normal|negative|clear) (?:results?|tests?|scans?|mammograms?|smears?|screen\w*) (?:does|do|can|may|will)(?: ?not|n['’]t) (?:\w+ )?(?:exclude|rule out|mean)\b[^.;]*$`, "", ""),
	rule(illness, "", `^ (?:is|was|are|were) not (?:seen|found|identified|present|detected|demonstrated)\b`, doubted+"|"+contrast),
	rule(illness, "", `^ (?:is |was |are |were |seems |considered |thought |felt )*(?:very |highly |most |extremely )?(?:unlikely|excluded|not (?:suspected|likely))\b`, doubted+"|"+contrast),
	rule(`dnacpr|dnar|respect form`, `\bnot for $`, "", ""),
	rule(`dnacpr|dnar|respect form`, "", `^ (?:was |is )?not (?:completed|applicable|in place|needed|discussed|signed)\b`, wants),
	// "Discuss with the microbiologist if septic."
	rule(`sepsis|septic|suicid|overdose|harm|malignan|\baki\b`, `\b(?:if|unless)(?: (?:he|she|they|the patient|clinically|there (?:is|are)|is|are|becomes?|looks?|feels?|signs of|suspicion of|suspected|any|further|possible))* $`, "", `\b(?:grateful|check\w*|ask(?:ed|ing)?|know|as|even|wonder\w*|sure|unsure|unclear|uncertain|question\w*|query|assess\w*|see|decide|determine|establish|tell|doubt|consider\w*|concern\w*|worried) if\b`),
	// "Removed from the suspected cancer pathway", "downgraded from two week wait to routine".
	rule(`two week|2 week|2ww|2wr|suspected cancer|usc|fds|28.day|62.day`, `\b(?:removed|stepped down|downgraded|taken off|come off)(?: (?:this|the|his|her|their|your|it|him|them|referral|patient|urgent|from|off))* $`, "", `\b(?:not|never)\b`),
	rule(`^urgent`, `\bdowngraded (?:\w+ ){0,4}from $`, "", `\b(?:not|never)\b`),
	// How the patient came: "thank you for referring Mrs Okafor on the suspected skin cancer pathway". What was found is said elsewhere.
	rule(`cancer|two week|2 week|2ww|2wr|usc|fds`, `\bthank you (?:for|very much for) (?:referring|your referral of|sending|asking)\b[^.;]*\b(?:on|under|via|through|along|down|by|from) (?:the |a |an |your )?(?:urgent )?(?:suspected |possible )?(?:\w+ )?(?:two week wait |2ww )?$`, `^(?: \w+){0,2} (?:pathway|route|rule|referral|clinic)\b`, `\b(?:biops|confirm|unfortunately|but|however)`),
	rule(`cancer|two week|2 week|2ww|2wr|usc|fds`, `\b(?:you|gp|surgery|practice) (?:had |have |kindly )?(?:referred|sent) (?:him|her|them|this \w+|mr|mrs|miss|ms)\b[^.;]{0,30}\b(?:on|under|via|through|along|by) (?:the |a |an |your )?(?:urgent )?(?:suspected )?$`, `^(?: \w+){0,3} (?:pathway|route|rule|referral|form|pro.?forma)\b`, `\b(?:biops|confirm|unfortunately|but|however)`),
	rule(`cancer|two week|2 week|2ww|2wr|usc|fds`, `(?:^|[.:;] ?|\b(?:was|were|been) )(?:sent|referred|seen|triaged)(?: (?:to|by|from) (?:\w+ ){1,4}| )(?:on|under|via|through|along|down) (?:the |a |an |your |our )?(?:urgent )?(?:suspected )?$`, `^(?: \w+){0,3}(?: (?:with|for|because)\b|[,.;])`, `\b(?:biops|confirm|unfortunately|but|however|please|to be|needs?|should)\b`),
	rule(`^urgent$`, `\b(?:you|gp|surgery|practice) (?:had |have |kindly )?(?:referred|sent) (?:him|her|them|this \w+|mr|mrs|miss|ms)\b[^.;]{0,30}\b(?:on|under|via|through|along|by) (?:the |a |an |your )?$`, `^ (?:suspected )?(?:cancer )?(?:pathway|route|rule|referral|form|pro.?forma)\b`, `\b(?:biops|confirm|unfortunately|but|however)`),
	rule(`^cancer$`, "", `^ (?:pathway )?(?:trackers?|co-?ordinators?|navigators?|bureau|alliance|registry|nurse specialists?|support (?:worker|team|centre)|information)\b`, wants),
	// "Urgent results are telephoned": what a laboratory always does.
	rule(`urgent|telephoned`, "", `^(?: results?)? are (?:always |routinely )?(?:telephoned|phoned|rung)\b|^(?:[;,]| all other)`, `\b(?:was|were|has|have|been|this)\b`),
	// What a laboratory prints at the end of each report.
	rule(`phoned`, `\bsupersedes? (?:(?:any|all|the|our|every|previously|earlier) ){0,3}$`, "", ""),
	rule(`telephoned$`, `\b(?:urgent|abnormal|critical) (?:results? )?(?:resul\w* )?(?:are |is )?$`, "", `\b(?:was|were|has|have|been|this)\b`),
	rule(`phoned$`, `\b(?:values?|results?|levels?|counts?)\b[^.;]{0,30} are (?:always |routinely )?$`, "", `\b(?:was|were|has|have|been|this|these)\b`),
	rule(`^critical$`, "", `^ (?:results?|resul\w{1,2}|limits?|values?) (?:are|is|not|will be)\b`, `\b(?:was|were|has|have|been|this)\b`),
	// "We have not graded this referral as urgent."
	rule(`^urgent$`, `\bnot (?:been )?(?:graded|triaged|classed|marked|treated|regarded|accepted|prioriti[sz]ed)\b[^.;]{0,30}\bas $`, "", contrast),
	// A question of a questionnaire: "3. Any self-harm, overdose or time off for stress".
	rule(atRisk, `^(?:\W*\d{1,2}[.)]\W*)?any (?:[\w-]+(?: or|,)? ){0,4}$`, "", `\b(?:has|had|have|took|taken|is|was|denies|please|should)\b`),
	// A questionnaire's list: "any cancer, heart attack, stroke, self-harm or overdose".
	rule(atRisk+`|cancer|stroke|embol|thrombosis`, `\bany (?:\w+ ){0,2}(?:[\w-]+(?: [\w-]+)?, ){2,}(?:[\w-]+ ){0,2}(?:or |and )?$`, "", `\b(?:has|had|have|took|taken|is|was|denies)\b`),
	rule(`^cancer$`, `\bany $`, `^, [\w -]+, [\w -]+`, `\b(?:has|had|have|is|was|denies)\b`),
	// Told to the patient, in case: "she should ring the eye casualty without delay".
	rule(`^(?:without delay|at once|straight ?away|immediately|same day|urgently|the same day)`, `\b(?:he|she|they|patient|parents?|mother|family) (?:should|is to|are to|must|will|may|can|knows? to|(?:has|have|was|were) (?:been )?(?:told|advised|asked|instructed) to) (?:ring|call|phone|contact|seek|attend|return|come|go|telephone)\b[^.;]*$`, `^[^.;]{0,60}\b(?:if|should|in case|for any|with any)\b`, ""),
	rule(`^(?:24|48) hours$`, `\b(?:dry|rest|covered|elevated|wear|dressing|bandage|on|off) (?:for )?$`, "", `\b(?:review(?:ed)?|seen?|visit|bloods)\b`),
	rule(`^(?:24|48) hours$`, `\b(?:line|helpline|number|service)\b[^.;]{0,20}\($`, `^\)`, ""),
	rule(`abuse|violence`, "", `^(?: \(?asked\)?)?[ ?:,\t-]*(?:yes|asked|routine enquiry)?[ ,:\t-]*(?:none|nothing|nil|no) (?:was |were )?disclos\w+`, contrast),
	// What anybody is told who has such a thing.
	rule(`^(?:should|must|needs? to|ought to)\b|^(?:immediate|urgent|at once|same day|without delay)`, `\b(?:anyone|anybody|people|patients|those) (?:with|who)\b[^.;]*$`, "", `\b(?:he|she|his|her) (?:is|was|has|had)\b`),
	// How somebody was treated.
	rule(`^sepsis$`, `\btreated (?:under|on|via|along|according to|as per|with)(?: the)? $`, `^ (?:pathway|bundle|six|protocol)\b`, `\b(?:still|remains|ongoing|continue)\b`),
	// What was not seen, said behind it.
	rule(`sight threatening|^sepsis|^septic`, "", `^(?: (?:changes?|disease|retinopathy|features?|signs?|and|or|meningitis))* (?:was|were|is|are) (?:not (?:seen|found|present|detected|identified|considered likely)|considered (?:and|but) (?:excluded|felt unlikely|not)|thought (?:very )?unlikely|felt (?:to be )?(?:very )?unlikely|unlikely)\b`, doubted),
	// A complication of which the patient was told before a procedure.
	rule(`^(?:missed|overlooked) lesion|^perforat|^sepsis$`, `\b(?:risks?|complications?|including|bleeding|perforation|infection)\b[^.;]{0,80}$`, `^(?:[,;.]|$)`, `\b(?:was|were|has|have|had|found)\b`),
	// How soon a form is to come back.
	rule(`^by return`, `\b(?:confirm|let us know|reply|say|tell us|inform us)\b[^.;]{0,20}$`, `^ (?:whether|if|that|of post|of e-?mail)\b`, `\b(?:bloods?|result|unwell|safeguarding|section)\b`),
	// A clinic where the patient was: "seen in the rapid access chest pain clinic".
	rule(`^(?:rapid access|fast track)`, `(?:(?:^|\b(?:was|were|been) )(?:seen|reviewed|assessed|discharged)\b|\battended|thank you for (?:referring|sending|your referral)|came to|i (?:saw|reviewed|met|assessed))\b[^.;]{0,70}$`, `^(?: [\w-]+){0,4} (?:clinic|service|unit|team|centre)\b`, `\b(?:(?:have|has|am|was|is|been) refer\w*|refer (?:him|her|them|this)|please|kindly|needs?|must|should|could|would|to be|arrang\w*|book\w*|sen[dt])\b`),
	rule(`^fast track`, "", `^ (?:surgery|recovery|programme|joint)\b`, wants),
	rule(`^immediate$`, "", `^[ -](?:post|pre|peri|recovery|famil|relative|release|recall|memory|past\b|relief|vicinity|complication|hypersens|onset)`, `\b(?:please|must|should|to be|required|requires|recommend\w*|arrang\w*|refer\w*)\b`),
	rule(`^immediately$`, `\b(?:almost|came on|comes on|begins?|started|settle[sd]?|relieved|resolve[sd]?|improve[sd]?|better|eased?)(?: almost)? $`, "", asks),
	rule(`^immediately$`, "", `^ (?:after|before|following|prior|post|below|above|adjacent)\b`, acting),
	// A single dose that was given.
	rule(`^stat$`, `\d ?(?:mg|g|mcg|micrograms?|ml|units?)\b[^.;]{0,15}$`, "", given),
	rule(`^stat$`, "", `\b(?:given|had|administered|received)\b`, given),
	// The first of several, in a pack that a patient keeps at home.
	rule(`^stat$`, `\d ?(?:mg|g|mcg)[ ,]*$`, `^,? (?:and )?then \d`, `\b(?:please|give|start|prescribe|issue|dispense|needs?|should|today|now|urgent\w*|admi(?:t|ssion)\w*|hospital)\b`),
	// Spans of time.
	rule(`^(?:24|48) hours$`, `\b(?:(?:less|more|fewer) than|under|over|until|till) $`, "", asks),
	rule(`^(?:24|48) hours$`, `\b(?:scan|film|bloods?|review|troponin|level|check|repeat(?:ed)?) at $`, "", asks),
	rule(`^(?:24|48) hours$`, `\d ?(?:mg|mcg|micrograms?|ml|g|units?) ?/ ?$`, "", ""),
	rule(`^within`, `\b(?:operated on|(?:was|were|been) (?:performed|done|repaired|fixed|given|started|completed|seen|treated))(?: \w+){0,2} $`, "", asks),
	rule(`^(?:24|48) hours$`, `\b(?:up to|every|at least|minimum of|allow|takes?|give|over the|for(?: (?:the|up to|about|around|at least)(?: (?:next|first|following))?)?) $`, "", `\b(?:review(?:ed)?|seen?|visit|bloods)\b|\brepeat (?:in|the|his|her|bloods|tests?|u&e|potassium)\b`),
	rule(`^(?:24|48) hours$`, "", `^['’]? (?:urine|urinary|blood pressure|bp|ecg|tape|ambulatory|monitor|holter|collection|notice|fast|history|observation|old)\b`, ""),
	rule(`^within`, "", `^ (?:of|from|after|following) (?:the |his |her |their |a |an |being |having |any )?(?:admission|injury|arrival|surgery|operation|onset|starting|taking|birth|delivery|procedure|fall|accident|event|dose|vaccination|exposure|presentation|first)\b`, wants+`|\b(?:review|see|seen|visit|contact|repeat|check|bloods)\b`),
	rule(`^within`, `\b(?:settle[sd]?|resol\w+|discharged|gone|went|came on|develop\w*|improv\w+|beg[au]n|home|recovered|eased?|appeared|wears? off|healed?|returned)\b(?: (?:home|down|away|again|fully|completely|spontaneously|on (?:its|their) own|with (?:rest|ice|antibiotics|treatment)))* $`, "", asks+`|\b(?:not|review|seen|visit|contact|repeat|check|bloods)\b|n['’]t\b`),
	// What somebody rang for, and talks with the patient.
	rule(`phoned(?: through)? to$`, "", `^ (?:(?:cancel|book|rearrange|apologise|remind)\b|(?:arrange|make|change|offer \w+) (?:a|an|the|his|her|their|another|new) (?:\w+ )?(?:date|day|time|appointment|visit|slot)\b|say (?:that )?(?:he|she|they|you) (?:(?:was|were|is|are|felt|feels?) (?:much |now |feeling )?(?:better|well|fine|unable|away)|(?:cannot|could not|can['’]t|would not|will not) (?:come|attend|make|keep))\b)`, `\b(?:admi(?:t|ssion)\w*|results?|urgent\w*|today)\b`),
	rule(`by (?:tele)?phone$`, "", `^ with (?:the patient|him|her|them|you|(?:his|her|the) (?:mother|father|parents?|wife|husband|family|daughter|son))\b`, `\b(?:admi(?:t|ssion)\w*|999|a&e|today|urgent\w*)\b`),
	rule(`^panic$`, `\b(?:no|with|and|of|anxiety|a) $`, "", `\b(?:results?|values?|levels?|range|limits?)\b`),
	rule(`^critically$`, "", `^ (?:apprais|evaluat|review)`, ""),
	// How to reach the crisis team, and its name.
	rule(`^crisis`, "", `^(?: (?:team|service|resolution|home treatment|contact|and relapse|support|phone|telephone))* (?:numbers?|n\w{0,2}mbers?|line|[lt]ine|helpline|card|details|text|leaflet|cafe|contacts)\b`, `\b(?:breach|failed|referr\w*|ask\w*|please)\b`),
	rule(`^crisis`, "", `^(?: and (?:relapse|contingency|safety|staying well))? plan(?:\s*(?:$|[.,;:)])| (?:given|agreed|in place|made|shared|attached|reviewed|updated|enclosed)\b)`, `\b(?:breach|failed)\b`),
	rule(`^crisis`, `\b(?:numbers?|details|contacts?) (?:of|for) (?:the |our |your )?(?:local )?$`, "", ""),
	rule(`^crisis`, `\bin a $`, `^,? (?:please )?(?:call|ring|phone|contact|text|dial) (?:\d|samaritans|shout|nhs|your|our|the (?:crisis|duty|team|service|number|line))`, `\b(?:is|was|now|currently)\b`),
	rule(`^crisis`, `\bto do in a $`, "", ""),
	rule(`^safeguarding`, "", `^ (?:training|polic(?:y|ies)|level \d|(?:lead|nurse|doctor|midwife|advis[eo]r)s?\s*[:(])`, raised),
	rule(`^safeguarding`, `\b(?:nurse|lead|doctor|midwife|advis[eo]r|officer) for $`, "", raised),
	// What the patient was told to look for.
	rule(`red flags?$`, "", `^ (?:leaflet|\waflet|cards?|advice|information|sheet)\b`, ""),
	rule(`^red flags?`, `\b(?:warned|advised|told|aware|knows?|counselled|informed|explained|look(?:ing)? out|watch)(?: (?:him|her|them|you|both|the (?:patient|family|parents|mother|father)|of|about|on|for|against|with|regarding|which|what|to (?:look|watch)(?: out)? for|the|all|any|his|her|usual|relevant|possible|cauda|equina|spinal))* $`, "", `\b(?:please|i (?:was|am)|we (?:were|are)|has|have|had)\b`),
	rule(`^red flags?`, `\b(?:safety.?net\w*|discussed (?:the |all |his |her |their )*$)`, "", `\b(?:please|as discussed|has|have|had)\b`),
	rule(`^red flags?`, "", `^[^.,;:]{0,14}\b(?:discussed|explained|given|advice|to look|to watch|to report|leaflet|absent|denied|negative|not present)\b`, `\b(?:has|have|had|with|new|please|are|refer\w*|from)\b|\bin view\b`),
	rule(illness, `\b(?:family history|(?:his|her|their|your|maternal|paternal) (?:maternal |paternal |late |younger |older |elder )?(?:mother|father|brother|sister|aunt|uncle|grandmother|grandfather|cousin|niece|nephew|parents?))\b[^.;]{0,50}$`, "", `\b(?:(?:he|she|they|you) (?:is|was|has|had|have)|him|himself|herself|found|notice[sd]?|suspected|possible|probable|new|now|today|shows?|showed|confirm\w*|biops\w+|scan|ct|mri|mammogram|histology|lump|mass|lesion|please|refer\w*)\b|\blast night\b`),
	rule(`^ruptured?$`, "", `^ (?:ear ?drum|tympanic|acl\b|anterior cruciate|biceps|achilles|ligament|tendon|implant|baker)`, ""),
	rule(`^ruptured?$`, `\b(?:partly|partially|focally|risks? of) $`, "", ""),
	rule(`^ruptured?$`, "", `^ membranes`, preterm),
	rule(`^ruptured?$`, "", `^ of (?:the )?membranes`, preterm),
	rule(`^acute admission$`, `\b(?:previous|last|prior|earlier) $`, "", ""),
	rule(`^acute admission$`, "", `^s? (?:unit|ward|suite)\b`, wants+`|\bsen[dt]\b`),
	// A case that has not come, told to the patient.
	rule(`^(?:urgent|immediate|same day)`, `(?:^|[.:;!] ?|\b(?:and|to|then|please) )(?:ring|call|dial|phone|attend|go|seek|return|come back)\b[^.;]{0,40}$`, `^[^.;]{0,50}?\b(?:for (?:any|chest (?:pain|tightness)|severe|sudden|the following)|with (?:any|chest|severe|sudden|worsening)|if|should|in case|in the event)\b`, `\b(?:grateful|refer)\b|\b(?:ring|call|phone|contact|ask|asked|tell|bring|get) (?:him|her|them|me|the (?:patient|family))\b|\b(?:please|and|to) attend to\b|\b(?:he|she|they) (?:is|was|has|have|needs?)\b`),
	rule(`^(?:urgent|immediate)`, `\b(?:safety.?net\w*|worsening advice)\b[^.]{0,60}$`, "", wants+`|\b(?:no|without) (?:\w+ )?safety\b`),
	rule(`^(?:urgent|immediate)`, `\bseek $`, `^ (?:medical |emergency )?(?:help|attention|advice|care|assistance|review)\b`, `\b(?:from (?:the )?(?:on.call|consultant|oncolog|cardiolog|haematolog)|needs? to|must|should (?:he|she|they|you)? ?seek|now|today|your)\b|\b(?:i|we) (?:(?:am|are|would|wish|write|writing|like|want|need|now|also|to|therefore) )*seek\b|\b(?:writ\w+|like|wish|keen) (?:\w+ ){0,2}to seek\b`),
	// How to reach somebody, whatever the letter is about.
	rule(`^urgent`, `\b(?:for (?:anything|something|all|any)|if(?: it is| this is)?|not monitored for|not (?:to )?(?:be )?used? [^.;]{0,30}for) $`, "", `\b(?:grateful|thank\w*|appreciate\w*|request\w*|wonder\w*|ask\w*|check|unsure|sure) `),
	rule(`^urgent$`, "", `^ (?:appointments?|requests|problems|advice|cases|contact)\b[^.;\d]{0,30}\d{4}`, `(?:for|about|arrang\w*|date|on) \d|\b(?:patient|him|her|ct|mri|bloods)\b`),
	rule(`phoned to$`, `\burgent (?:matters|queries|enquiries|messages) (?:\w+ )?(?:should|can|may|must|please)\b[^.;]{0,30}$`, "", ""),
	// Small print, and what the sender needs from whoever got it.
	rule(`^(?:immediate|as soon as|urgent|asap|without delay)`, `\b(?:destroy (?:it|this|the|all)|delete (?:it|this|the|all)|misdirected|(?:received|reached|sent|delivered)\b[^.;]{0,30}\b(?:in error|by mistake)|wrong (?:desk|number|person)|errors must|information governance|notify (?:us|the sender)|inform the sender|tell (?:the )?dvla|inform (?:the )?dvla)\b[^.;]{0,60}$`, "", `\b(?:review\w*|refer\w*|needs?|result|treat\w*|admi(?:t|ssion)\w*|scan|mri|ct|he|she|recall)\b`),
	rule(`^(?:immediate|as soon as|asap|without delay)`, `\b(?:inform|tell|notify|let) us(?: know)?(?: of)? $`, `^ (?:of|about|if) (?:any change|a change|changes|you (?:cannot|can['’]?t|are unable|change|move|no longer))\b`, ""),
	rule(`^(?:as soon as|asap|by return|without delay|immediate)`, `\b(?:return|complete|sign|send back) (?:and return )?(?:it|the|this|your) (?:\w+ ){0,2}(?:form|questionnaire|slip|kit|consent|fax)\b[^.;]{0,30}$`, "", `\b(?:section|cremation|death|mccd|coroner|dols|detention)\b`),
	rule(`^by return`, `\b(?:reply|receipt)\b[^.;]{0,20}$`, "", ""),
	// What the sender does.
	rule(`^(?:as soon as|asap)`, `\b(?:we|i|they) (?:will|shall|hope|aim|intend|plan|try|are (?:trying|hoping))\b[^.;]{0,50}$`, "", `\b(?:please|you (?:to|can|could|will|would|might)|your|the practice|gp|needs?|need\w*|require\w*|want|like|grateful|appreciate|(?:can|could|might|should|must|to) be)\b`),
	rule(`^(?:as soon as|asap)`, `\b(?:you|he|she|they) will be (?:seen|offered|sent|contacted|called|invited|given|booked)\b[^.;]{0,40}$`, "", `\b(?:please|you (?:to|can|could)|your|to you|the practice|gp|surgery)\b`),
	// What was done on one day.
	rule(`^same day$`, `\b(?:discharged|home|let go|seen|assessed|scanned|reviewed) (?:the |on the )?$`, "", asks),
	rule(`^same day$`, `\b(?:was|were|went|had|discharged|admitted|taken|received|came|attended|done|returned|given)\b[^.;]{0,60}\bthe $`, "", asks+`|\b(?:hop\w+|you (?:can|could|would|might)|review|see)\b`),
}

// insistRules hold where words that are usually part of a name or of small print ask for something.
var insistRules = []calmRule{
	// "I am writing to seek urgent advice".
	rule(`^urgent`, `\b(?:seek(?:ing)?|grateful for|appreciate|request(?:ing)?|ask(?:ing)? for|would like|please (?:give|provide|arrange|send))(?: (?:your|some|any|an|further))* $`, "", `\b(?:to seek|knows|told|asked)\b[^.;]{0,60}\bif\b|\badvised to\b|\btold to\b`),
	rule(`^safeguarding`, `\b(?:informed|told|alerted|notified|contacted|discussed with|spoken? (?:to|with)|spoke (?:to|with))(?: (?:the|our|your|their|named))* $`, "", ""),
	rule(`^safeguarding`, "", `^[^.;]{0,40}\b(?:informed|told|alerted|notified|concern (?:is |was )?raised|raised|bruis\w*|injur\w*)\b`, `\b(?:no|if|any)\b`),
	rule(`^immediately$`, `\b(?:please|must|should|needs?|to be|recommend\w*|bloods?|repeat|admit|refer|see (?:him|her|them))\b[^.;]*$`, `^ (?:before|after|prior)\b`, ""),
	rule(`^immediately$`, `\bplease $`, `^ (?:see|refer|admit|review|arrange|stop|start|send|call (?:him|her|them)|visit|act)\b`, ""),
	rule(`^within`, `\b(?:please|kindly|must|should|needs?)\b[^.;]*\b(?:see|seen|review(?:ed)?|visit(?:ed)?|act|bloods|repeat|admit|refer|contact (?:him|her|the patient))\b[^.;]*$`, `^ of receipt\b`, ""),
}

// sentence is what stands before a place in its sentence and cell, over line breaks.
func (s *sheet) sentence(row, start int) string {
	before := s.rows()[row].text[:start]
	for i := row - 1; i >= max(0, row-2) && len(before) < 160; i-- {
		before = s.rows()[i].text + " " + before
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
	return s.anyRule(calmRules, row, start, lastRow, end)
}

// insisted reports whether an urgent phrase asks for something though a name has it, too.
func (s *sheet) insisted(row, start, lastRow, end int) bool {
	return s.anyRule(insistRules, row, start, lastRow, end)
}

func (s *sheet) anyRule(rules []calmRule, row, start, lastRow, end int) bool {
	text := s.rows()[row].text[start:]
	if row == lastRow {
		text = s.rows()[row].text[start:end]
	} else {
		text += " " + s.rows()[lastRow].text[:end]
	}
	phrase := strings.Join(strings.Fields(text), " ")
	before, after := s.sentence(row, start), s.rows()[lastRow].text[end:]
	if lastRow+1 < len(s.rows()) && len(after) < 40 && (after == "" || !strings.ContainsAny(after, ".;:?\t")) && !strings.HasSuffix(strings.TrimRight(s.rows()[lastRow].text, " "), ".") {
		after += " " + s.rows()[lastRow+1].text
	}
	whole := before + " " + strings.SplitN(after, ". ", 2)[0]
	for _, r := range rules {
		if r.phrase != nil && !r.phrase.MatchString(phrase) || r.before != nil && !r.before.MatchString(before) || r.after != nil && !r.after.MatchString(after) {
			continue
		}
		if r.unless == nil || !r.unless.MatchString(whole) {
			return true
		}
	}
	return false
}
