package classify

import (
	"regexp"
	"strings"

	"github.com/postroom/postroom"
)

// acuteKind is what can make an acute wording calm.
type acuteKind int

const (
	// acuteHaste asks for somebody: nothing but what makes any phrase calm takes it back.
	acuteHaste acuteKind = iota
	// acuteRisk is a danger for somebody: one that lies years back is history.
	acuteRisk
	// acuteFinding is an illness that cannot wait. One that was treated, is named as history, or for which a
	// stay in hospital is over, is none.
	acuteFinding
	// acuteRemoved is a finding that a surgeon has taken out when the report of the specimen comes.
	acuteRemoved
)

// acuteWordings are sentences that mean that today matters and use none of the usual words for it, by what is told. They
// follow what NICE guidance sends in as an emergency (CG150, NG12, NG38, NG51, NG76, NG127, QS9 and others) and what the
// Royal College of Pathologists has telephoned.
var acuteWordings = []struct {
	kind     acuteKind
	wordings []keyed
}{
	// Eyes, head, spine.
	{acuteFinding, acute(`retinal (?:detachment|tear)s?`, `rhegmatogenous`, `(?:acute )?angle.closure`, `retina(?: is| was)? (?:torn|detached)`, `detachment spreading`, `eye pressure[^.;\d]{0,10}[4-9]\d\b`, `vision is failing`, `sudden (?:\w+ )?(?:deafness|hearing loss)`, `facial droop`, `curtain (?:\w+ ){0,3}(?:over|across)`, `lost (?:the |his |her )?(?:sight|vision)`, `thunderclap`, `worst (?:ever )?headache`, `headache[^.;]{0,12}\bworst`, `non.?blanching`, `fitting without`, `numb\w*[^.;]{0,12}\b(?:between|around) (?:the |his |her )?(?:legs|back passage|anus|saddle)`, `(?:compression|compressed) (?:of )?(?:the )?(?:spinal )?cord`, `(?:feeling|sensation) (?:\w+ ){0,3}back passage`, `cannot (?:pass urine|feel (?:his|her|when))`, `retinal artery occlusion`, `hypopyon`, `endophthalmitis`, `orbital cellulitis`, `papill?oedema`, `(?:sudden|acute) (?:\w+ )?(?:loss of vision|visual loss|blindness)`,
		`(?:iop|pressure in the (?:right|left) eye)(?: (?:of|is|was|r|l|right|left))*[ :]*[4-9]\d\b`, `giant cell arteritis`, `temporal arteritis`, `jaw claudication`, `temporal artery biopsy[^.;]{0,15}positive`,
		`subarachnoid`, `(?:brain|cerebral|epidural|intracranial) (?:abscess|bleed)`, `acute infarct`, `mass effect`, `mid.?line shift`, `hydrocephalus`, `status epilepticus`, `guillain.?barr\S+`, `cerebral venous sinus thrombosis`, `(?:bacterial|meningococcal|viral) mening\w+`, `acute (?:\w+ )?(?:bleed|ha\S+morrhage)`, `meningococc\w+`,
		`saddle (?:an\S+sthesia|numbness)`, `perineal (?:numbness|an\S+sthesia)`, `anal tone`, `new (?:bladder|bowel|sphincter) (?:dysfunction|disturbance|incontinence)`)},
	// Heart, vessels, chest.
	{acuteFinding, acute(`n?stemi\b`, `complete heart block`, `(?:third|3rd) degree (?:heart|av) block`, `(?:broad complex|ventricular) tachycardia`, `\bpauses? of [3-9](?:\.\d)? ?s(?:ec)?`, `infective endocarditis`, `vegetations? on`, `tamponade`, `999 called`, `blue light`, `(?:dvt|deep vein thrombosis) (?:is |was )?(?:present|seen|found|in the)`, `crushing (?:central )?(?:chest )?pain[^.;]{0,20}\b(?:now|today|since|this)\b`, `tearing (?:chest|back|inter)`, `fast positive`, `(?:new|recent|suspected|possible) tia\b`, `tia (?:yesterday|today|this|last (?:night|week))`, `saddle embol\w+`, `(?:leaking|ruptured|symptomatic|large) aaa\b`, `(?:(?:no|absent) (?:foot|pedal|distal|femoral)|without) pulses`, `cavitating`, `aortic dissection`, `(?:leaking|expanding|ruptured|symptomatic) (?:\w+ ){0,3}aneurysm`,
		`aneurysm[^.;]{0,25}\b(?:5[.]\d|[6-9](?:[.]\d)?|1\d) ?cm`, `(?:critical|acute) (?:limb|leg|mesenteric|bowel) isch\S+mia`, `pulseless`, `pulmonary emboli\b`, `filling defects?`, `(?:acute|occlusive|extensive|fresh|large|new) (?:\w+ ){0,3}(?:dvt|thrombus|thrombosis|clot)\b`, `thrombus (?:in|within|from|of) the`,
		`(?:tension|large|new|moderate) pneumothorax`, `pneumothorax on the`, `accelerated hypertension`, `malignant hypertension`, `hypertensive (?:emergency|crisis)`)},
	// Belly, pregnancy, testis, limbs.
	{acuteRemoved, acute(`acute appendicitis`)},
	{acuteFinding, acute(`acute abdomen`, `(?:obstructed|incarcerated|strangulated) (?:\w+ )?(?:hernia|kidney)`, `(?:vomit\w+|cough\w+ up) (?:fresh |up )?blood`, `ha\S?matemesis`, `mel(?:a)?ena`, `massive ha\S+ptysis`, `\bquinsy`, `stridor at rest`, `(?:cannot|unable to) swallow`, `foreign body in (?:the|his|her) (?:airway|bronchus|oesophagus)`, `(?:open|cervical spine|pathological) fractures?`, `(?:hip|neck of femur) fracture (?:on|seen|confirmed|found|not)`, `(?:new|acute|undiagnosed) (?:\w+ )?(?:hip|neck of femur) fracture`, `crepitus (?:was )?felt`, `(?:fever|rigors|temperature)[^.;]{0,20}chemotherapy`, `high.riding`, `not feeding(?:\s*[.,;]|\s*$| and\b| well\b| today| since)`, `\bfloppy\b`, `waters (?:broke|gone|went)[^.;]{0,12}(?:[12]\d|3[0-6]) ?(?:weeks|\+|/)`, `(?:free|subdiaphragmatic) (?:gas|air)`, `perforated (?:viscus|bowel|appendix|ulcer|colon|diverticul\w+|gall.?bladder)`, `(?:small |large )?bowel obstruction`, `volvulus`, `strangulated`, `acute (?:pancreatitis|cholangitis|liver failure)`, `fulminant`,
		`(?:ectopic|tubal|molar) pregnancy`, `no intra.?uterine pregnancy`, `pre.?eclampsia`, `eclampsia`, `hellp syndrome`, `(?:reduced|absent|no) f(?:o)?etal movements`, `placental abruption`, `(?:testicular|ovarian) torsion`, `torsion (?:not|cannot)`, `tort?ed (?:testis|testicle|ovary)`, `acute testicular`,
		`necroti[sz]ing`, `compartment syndrome`, `septic (?:joint|arthritis|knee|hip)`)},
	// Blood, metabolism, infection.
	{acuteFinding, acute(`\bdka\b`, `(?:new|severe) pancytopenia`, `promyelocyt\w+`, `coliforms? in (?:the )?blood`, `clozapine[^.;]{0,12}\bred\b`, `red alert`, `(?:hypothyroidism|cystic fibrosis|mcadd|pku|phenylketonuria|cht|cf|msud|ga1|hcu|scid|tyrosin\S+mia)[^.;a-z]{0,3}(?:is )?suspected`, `suspected (?:congenital hypothyroidism|cystic fibrosis|mcadd|pku)`, `ketoacidosis`, `hyperosmolar`, `addisonian`, `adrenal crisis`, `neutropeni[ac]\w* (?:fever|(?:with|and) (?:a )?(?:fever|temperature|infection))`, `acute (?:\w+ )?leuk\S+mia`, `\bblasts? (?:cells )?(?:in|on|seen)`, `bacter\S+mia`, `gram.(?:negative|positive) (?:rods|cocci|bacilli)[^.;]{0,20}blood`,
		`blood cultures?[^.;]{0,40}\b(?:positive|grown|grew|growing|isolated|flagged)`, `(?:grown|isolated|cultured) from (?:the |his |her )?(?:blood|csf|joint)`, `invasive (?:group a|streptococ|pneumococ|mening)\w*`, `group a strep\w* invasive`, `troponin[^.;]{0,30}\b(?:raised|elevated|positive|rising|high\b)`,
		`(?:stage|grade) (?:[23]|ii|iii) (?:acute kidney injury|aki)`, `aki (?:stage )?(?:ii|iii)\b`, `acute kidney injury[^.;]{0,25}\b(?:stage [23]|repeat|please|admit)`, `(?:hiv|syphilis) (?:test|serology|antibod\w+|screen|result)[^.;]{0,15}\b(?:positive|reactive)`, `new(?:ly)? (?:diagnosed |diagnosis of )?(?:positive )?hiv`,
		`(?:confirmed|suspected|probable|possible|likely) (?:measles|diphtheria|tuberculosis|tb\b)`, `(?:measles|diphtheria) (?:confirmed|suspected|likely)`, `mening\w+ contact`, `contact (?:of|with) (?:\w+ )?mening\w+`, `rabies (?:exposure|contact|bite)`, `needle.?stick`, `d.?dimer[^.;]{0,20}\b(?:raised|positive|high|elevated)[^.;]{0,20}\b(?:please|scan|refer)`)},
	// Drugs.
	{acuteFinding, acute(`(?:`+levelledDrugs+`)(?: level)?[^a-z.;]{0,3}(?:\w+ ){0,2}toxic(?:ity)?\b`, `toxic(?:ity)? (?:of|from|with|due to|on) (?:`+levelledDrugs+`)`, `(?:`+levelledDrugs+`) (?:trough |peak )?(?:levels?|conc\w+)[^.;]{0,20}\b(?:too high|very high|high|toxic|supra.?therapeutic|above|dangerous\w*)`,
		`(?:presented|admitted|collapsed|treated) (?:with|for|after|in) (?:an? )?(?:\w+ )?anaphyla\w+`, `anaphyla\w+[^.;]{0,50}\b(?:on (?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|today|this (?:week|morning)|last (?:night|week))`, `new allergy[^.;]{0,10} anaphyla\w+`, `needs? (?:an? )?(?:adrenaline|epi).?pens?`, `with stridor`)},
	// New cancers by other words.
	{acuteFinding, acute(`(?:come|came|comes) back as (?:an? )?(?:\w+ ){0,2}`+growths, `turn(?:ed|s) out to be (?:an? )?(?:\w+ ){0,2}`+growths, `(?:shown|show|shows|showed|confirm\w*|reveal\w*|demonstrate[sd]?) (?:an? |the )?(?:\w+ ){0,3}`+growths, `\d ?[cm]m (?:\w+ ){0,2}mass\b`, `\bmass (?:in|of|at|within) the (?:\w+ )?(?:pancreas|lung|kidney|liver|colon|caecum|rectum|bladder|breast|ovary|brain|chest|neck|oesophagus|stomach|\w+ lobe|head)`,
		`spiculated`, `malignant.looking`, `fungating`, `breslow`, `(?:lesion|mass|score|category|grade)[^.;]{0,6}\b[mupb]5\b`, `\b[mupb]5 (?:lesion|mass)`, `cancer in the`, `in keeping with (?:\w+ )?(?:secondaries|metastases)`, `(?:primary|invasive) (?:\w+ )?(?:tumour|cancer)`, `\bsecondaries in`, `(?:on|under|to|onto|via) (?:the|a) (?:target|cancer|2ww) pathway`, `hard,? craggy`)},
	{acuteFinding, acute(`(?:hilar|lung|renal|kidney|adnexal|breast|testicular|mediastinal|pancreatic|liver|hepatic|bladder|rectal|caecal|colonic|gastric|oesophageal|parotid|laryngeal|ovarian) (?:mass|growth)\b`, `(?:consider|think of|worr\w+|concern\w*|possib\w+|suspect\w*|exclude)[^.;]{0,40}\b(?:growth (?:in|of|on) the|new growth|something sinister)`,
		`(?:pi|bi).?rads (?:score |category )?[:=]? ?[45]\b`, `\bthy ?[45]\b`, `lung.?rads (?:score |category )?4`, `bosniak (?:iv|4)\b`)},
	// What was seen at the bedside.
	{acuteFinding, acute(`(?:sats?|saturations?|spo2)\b[^\d.;]{0,20}(?:[5-7]\d|8[0-4]) ?%`, `news ?2?(?: score| total)?(?: (?:of|is|was))?[ :=]{1,3}(?:[7-9]|1\d)\b`, `(?:bp|blood pressure)\b[^\d.;]{0,12}(?:1[89]\d|2\d\d) ?/ ?1[2-9]\d`, `(?:bp|blood pressure)\b[^\d.;]{0,12}[5-8]\d ?/ ?[2-5]\d\b`,
		`(?:respiratory rate|\brr)(?: (?:of|is|was))?[ :=]{1,3}(?:3\d|[4-6]\d)\b`, `(?:heart rate|pulse|\bhr)(?: (?:of|is|was))?[ :=]{1,3}(?:1[4-9]\d|2\d\d)\b`)},
	// Harm by others.
	{acuteRisk, acute(`forced marriage`, `honour.based`, `modern slavery`, `traffick(?:ed|ing)`, `county lines`, `strangulat(?:ion|ed) by`, `strangled`, `unexplained (?:bruis|fracture|injur|burn)\w*`, `bruis(?:es?|ing) (?:on|in|to|over) (?:an?|the|this|her|his) (?:[\w-]+ ){0,4}(?:baby|infant|child|toddler|ears?|face)\b`,
		`(?:rapes|raped|rape by|(?:alleged|reports?|disclos\w+|victim of|attempted) rape)\b`, `torn fr\w*n[ua]l?um?`, `broken (?:arm|leg|bones?)[^.;]{0,20}(?:baby|infant|month old|toddler)`, `scald\w*[^.;]{0,15}shape of`, `elder abuse`, `stalk(?:ed|ing)\b`, `dog bite to (?:the )?face`, `disclos\w+ (?:\w+ ){0,3}abuse`, `cigarette burns?`, `protection order`, `strategy meeting`, `\bhits (?:her|him|them)(?:\s*[.,;]|\s*$| and\b| when\b)`, `\b(?:is|are|was|been) neglected`, `no food in the house`, `sexual(?:ly)? (?:assault|abus|exploit|touch)\w*`, `(?:(?:step|grand)?(?:father|dad)|uncle|brother|teacher|boyfriend|cousin|neighbour) (?:\w+ )?(?:touche[sd]|grooms?|groomed) (?:her|him|them)`, `(?:afraid|scared|frightened|terrified) (?:to go (?:back )?home|of (?:her|his) (?:partner|husband|wife|father|mother|step\w+|boyfriend|girlfriend|son|daughter))`,
		`left (?:the |her |his |their )?(?:\w+ )?(?:child(?:ren)?|baby|kids|toddler|infant)s? (?:home )?alone`, `(?:punch|hit|kick|beat|slap|chok|strangl|burn|bit)(?:e?s|e?d|ing|en)? (?:his|her|the|their) (?:partner|wife|husband|mother|father|child(?:ren)?|son|daughter|baby|girlfriend|boyfriend|sister|brother)\b`, `emotional abuse`, `financial abuse`)},
	// Harm to others and to oneself.
	{acuteRisk, acute(`(?:carr(?:y|ies|ied|ying)|brought|bought|armed with|access to|owns?|has|had|with) (?:an? |his |her |the )?(?:\w+ )?(?:knife|knives|gun|shotgun|firearms?|rifle|weapons?|machete|axe|crossbow)\b`, `threat(?:s|ened|ening)? (?:to|of) (?:kill|stab|hurt|harm|shoot|burn|attack)\w*`, `made threats`, `plan(?:s|ned|ning)? to end (?:it|his|her|their)`, `(?:loaded )?gun (?:by|under|in) `, `missing from the \w+ since`, `post.?(?:natal|partum) psychosis`, `believes (?:the|her|his) (?:baby|child|son|daughter) is (?:evil|possessed)`, `to sacrifice`, `section (?:136|5\(?2\)?)\b`, `threaten\w+ to (?:\w+ ){0,2}burn`, `swallowed (?:a |the )?(?:button )?batter\w+`, `batter(?:y|ies) swallowed`, `jump(?:ed)? (?:off|in front|from)`, `hang(?:ed|ing)? (?:him|her|them)sel\w+`, `cut (?:his|her|their) (?:own )?(?:wrists?|throat|arms?)`, `bought (?:a |some )?rope`, `sa(?:ys|ying|id) goodbye`, `not safe (?:to be|at home|to go home|to leave|alone)`, `with a blade`, `set (?:a )?fire to`, `voices? (?:\w+ ){0,4}to (?:cut|jump|end)`, `missing from (?:home|hospital|school|(?:the |her |his |a )?(?:ward|unit|(?:care|nursing|residential|foster|children\S*|supported) \w+|placement))`, `discharged (?:him|her)self against`, `self.?discharged`, `against (?:medical )?advice`, `(?:will|going to|wants? to) (?:kill|stab|shoot|attack)\b`,
		`(?:thoughts?|plans?|urges?|intent\w*|ideas?) (?:of|to) (?:harm|hurt|kill|stab|smother|drown|end)\w*`, `hallucinations? (?:\w+ ){0,3}to (?:hurt|kill|harm)`, `voices? (?:\w+ ){0,4}to (?:hurt|kill|harm)`, `homicid\w+`, `(?:took|taken|swallowed|ingested) (?:about |around |over |at least |some |up to )?(?:[1-9]\d|a handful|handfuls|all (?:of )?(?:his|her|the)|a whole|too many)(?: (?:of|\w+)){0,3} (?:tablets|pills|capsules|paracetamol|medication|insulin|packets?)`,
		`(?:ingested|swallowed|drank|drunk|drinking) (?:\w+ )?(?:bleach|anti.?freeze|poison|batter(?:y|ies)|magnets?|weed.?killer|white spirit|disinfectant|methanol)`, `button battery`, `stock.?pil(?:ed|es|ing)`, `(?:goodbye|suicide|farewell) (?:notes?|letters?)`, `ligatures?\b`, `wish(?:es|ed)? (?:she|he|they|i) (?:was|were) dead`, `wants? to (?:die|be dead)\b`,
		`(?:would|be|is|are|were) better off dead`, `better off without (?:him|her|me|them)`, `life is(?: no longer|n['’]t| not) worth living`, `(?:cannot|can ?not|can['’]t|unable to|not able to) (?:keep|guarantee|maintain) (?:(?:him|her|them)sel(?:f|ves) safe|(?:his|her|their) (?:own )?safety)`,
		`(?:gone|went|reported|still) missing(?: (?:from|since|again|and|for)\b|\s*[.;,]|\s*$)`, `\bawol\b`, `abscond(?:ed|s|ing)?\b`, `whereabouts (?:are |is |remain |were )?(?:un|not )known`)},
	// What went wrong with a drug or a device.
	{acuteRisk, acute(`(?:methotrexate|amiodarone|nitrofurantoin|bleomycin|checkpoint inhibitor|drug.induced|drug) (?:induced |related )?(?:pneumonitis|hepatitis|lung|agranulocytosis)`, `(?:take|taking|give|issue|supply) no (?:more|further) (?:`+levelledDrugs+`|apixaban|rivaroxaban|edoxaban|clozapine|insulin)\b`, `field safety (?:notice|corrective)`, `(?:missed|overlooked) (?:fracture|diagnosis|cancer|result|lesion)`, `(?:fracture|lesion|nodule|mass|result|cancer) (?:was )?(?:missed|overlooked|not acted (?:on|upon))`, `(?:safety|batch|implant|pacemaker|lead|pump) recall`, `pump failure`, `somebody else['’]s (?:tablets|medic\w+|blood|drugs)`, `\d ?mg (?:was )?given instead`, `medical device alert`, `(?:device|implant|lead|pump|pacemaker|batch|product|inhaler|pen)s? (?:has|have) been recalled`, `(?:drug|device|product|medicines?) recall\b`, `class [12] (?:drug |medicines? )?(?:alert|recall)`, `battery (?:is |was |has been |at )?(?:depleted|end of (?:life|service))`, `elective replacement (?:indicator|time)`,
		`(?:prescri\w+|dispens\w+|medication|drug|administration) errors?`, `(?:given|received|got|took|issued|dispensed) the wrong`, `wrong patient['’]?s?\b`, `never event`, `(?:ten|10) times the (?:\w+ )?dose`)},
	// The end of life.
	{acuteRisk, acute(`last (?:few )?(?:days|hours) of (?:his |her |their )?life`, `anticipatory med\w+`, `just in case (?:medic|drug|box|bag)\w*`, `is (?:now )?(?:actively |imminently )?dying`)},
	// Haste by other words.
	{acuteHaste, acute(asking+`[^.;]{0,60}\b(?:this (?:afternoon|evening)|tonight|tomorrow|straight.?away|right away|by the end of (?:the day|today)|before the weekend|on receipt of (?:this|my)|the (?:same )?day (?:that )?you (?:receive|get))\b`, `(?:bloods?|u ?& ?es?|fbc|inr|potassium|ecg|x.ray|ct|scan) (?:tomorrow|tonight|this (?:afternoon|evening))`,
		`please [^.;]{0,20}\b(?:prescribe|issue|arrange|start|give|send|do|check|repeat|book|speak|phone|refer|act|stop|ensure|take|bring|remove|cancel|withhold|visit|see|ring|call|review)\b[^.;]{0,50}\btoday\b`,
		`(?:could|can|would) you (?:please |kindly )?(?:see|review|visit|ring|call|check|arrange|prescribe|issue|stop|bleed)\b[^.;]{0,50}\b(?:today|tonight|tomorrow|this (?:week|morning|afternoon|evening))\b`, `(?:gp|doctor|surgery|practice) to (?:please )?(?:see|visit|review|ring|call|phone|assess|attend)\b[^.;]{0,50}\b(?:today|tonight|this (?:morning|afternoon|evening))\b`, `(?:please|could you|can you)[^.;]{0,20}\b(?:issue|prescribe|send|fax)\b[^.;]{0,90}\bthis (?:morning|afternoon|evening)\b`,
		`\b(?:is|are) (?:also |therefore )?(?:needed|required|wanted)\b[^.;]{0,30}\b(?:today|tonight|this (?:morning|afternoon|evening))\b`, `(?:must|can|could|should)(?: ?not|n['’]t) wait\b`, `\b(?:stop|withhold|discontinue|cease|suspend|omit|halve)\b(?: (?:all|any|the|his|her|their|your|taking|giving))* (?:\w+ ){1,4}(?:today|at once|straight.?away|forthwith)\b`,
		asking+`[^.;]{0,40}\bfirst thing\b`, `hold (?:the |his |her )?next dose`, `\b(?:needs?|requires?|must have) (?:\w+ ){1,4}today\b`, `(?:please|must|should|needs? to)[^.;]{0,40}\bat once\b`, `patient recall needed`, `(?:do|please do) not delay`, `(?:please|must|should|needs? to) recall (?:this|the) (?:patient|lady|man|woman|gentleman|child)`, `action (?:for|by|from) (?:the )?(?:gp|practice|surgery) today`, `(?:ring|call|phone|replace|act|admit|come in|send|see (?:him|her|them|this))\b[^.;]{0,25}\bnow\b`, `(?:needed|required|seen|review(?:ed)?|see|repeat|appointment)[^.;]{0,15}\b(?:within|in) (?:24|48|12|6|4) ?h(?:rs?|ours)?\b`, `(?:needed|required|seen|review(?:ed)?|visit) within (?:the|this) week`, `(?:must|needs? to|has to|should|please)[^.;]{0,30}\b(?:by|before) (?:monday|tuesday|wednesday|thursday|friday|the weekend)\b`, `\bsend(?:ing)? (?:him|her|them|this (?:man|lady|woman|patient)|patient)? ?(?:in\b|(?:straight )?to (?:ed\b|a ?& ?e|casualty|hospital))`, `(?:i|we) have (?:admitted|sent in) (?:him|her|them|this)`, `do not (?:take|give|issue|prescribe) any more`, `(?:informed|told|made aware|notified) (?:of|about) (?:the|this|these|that) (?:\w+ )?(?:results?|findings?)[^.;]{0,20}\b(?:phone|telephone|call|at \d\d)`, `(?:rung|rang|called|bleeped) (?:through )?with (?:the|this|these) (?:\w+ )?results?`,
		`results? (?:was|were|has been|have been) (?:called|rung|rang) (?:to|through)`)},
}

const (
	// levelledDrugs are those whose levels are measured since too much of them kills.
	levelledDrugs = `lithium|digoxin|phenytoin|theophylline|aminophylline|vancomycin|gentamicin|tobramycin|amikacin|carbamazepine|tacrolimus|ciclosporin|sirolimus|paracetamol|salicylate|methotrexate|valproate|phenobarbital|colchicine|opi(?:oid|ate)s?|morphine|warfarin|amiodarone|iron`
	// growths are cancers by any name.
	growths = `(?:cancers?|carcinoma|adenocarcinoma|melanoma|sarcoma|lymphoma|leuk\S{1,2}mia|myeloma|malignancy)\b`
	// asking begins what somebody is to do soon.
	asking = `\b(?:please|kindly|needs?|must|should|to be|could you|can you|would you|bloods?|repeat|act on|see (?:him|her|them|this|tonight)|ring me|call me|contact)\b`
)

// acute are wordings that begin where a word does.
func acute(wordings ...string) []keyed {
	var out []keyed
	for _, w := range wordings {
		out = append(out, newKeyed(`(?i)(?:^|[^a-z0-9])(?:`+w+`)`))
	}
	return out
}

// over reports whether a document of the type tells of such a thing when it is over.
func (k acuteKind) over(code postroom.TypeCode) bool {
	switch k {
	case acuteFinding:
		return settledIn(code)
	case acuteRemoved:
		return settledIn(code) || code == postroom.HistologyReport
	}
	return false
}

// settledIn are documents of care that a hospital or a crew has given: what was acute in them was treated there.
func settledIn(code postroom.TypeCode) bool {
	switch code {
	case postroom.DischargeSummary, postroom.OperationNote, postroom.EDAttendance, postroom.AmbulanceReport, postroom.ConsentForm, postroom.FitNote, postroom.ReportRequest, postroom.ImmunisationRecord, postroom.AdminLetter, postroom.DNALetter, postroom.SubjectAccessRequest:
		return true
	}
	return false
}

var (
	// beforeOld and afterOld stand at an illness of which a letter tells as history, as a risk or as treated.
	beforeOld = regexp.MustCompile(`(?i)\b(?:pmh|past (?:medical )?history|medical history|background|previous(?:ly)?|history of|h/o|hx|old|chronic|recurrent|since (?:the|his|her)|following|post|repair (?:of|for)|treated|surgery for|operat\w+ (?:for|on)|recover\w+ from|s/p|status post|family|mother|father|sister|brother|risks?|risk of|such as|including|prophyla\w+|screen\w*|prevent\w*|avoid\w*|reduce[sd]?|resolved|prior|remote|warn\w*|symptoms of|signs of|features of|advice|leaflet|awareness|remission|under (?:follow|surveillance)|known|complicat\w+|exclude[ds]?|rule[ds]? out)\b[^.;]{0,60}$`)
	// listsOld heads a list of what somebody has had.
	listsOld = regexp.MustCompile(`(?i)\b(?:pmhx?|past (?:medical |surgical )?(?:and \w+ )?history|medical history|background|problem list|family history|allerg(?:y|ies))\b[^.;]{0,160}$`)
	// dosing is a time at which a drug is to be taken, or at which a sender wants to hear of a page that went astray, and
	// asksThem a question that everybody is asked.
	dosing = regexp.MustCompile(`(?i)\b(?:take|taken|tablets?|dose|puffs?|drops?|apply)\b.*(?:tonight|tomorrow|evening|afternoon|today|first thing)$|\b(?:telephone|notify|inform|destroy|return|delete|tell us)\b.*\b(?:at once|straight.?away)$`)
	// wardWork is what a ward does itself on the day after an operation.
	wardWork = regexp.MustCompile(`(?i)(?:x.?ray|bloods?|scan|ct|ecg|fbc|u ?& ?es?|drain|catheter) (?:out )?(?:tomorrow|in the morning)$`)
	asksThem = regexp.MustCompile(`(?i)\bthat you (?:would )?.?$`)
	afterOld = regexp.MustCompile(`(?i)^[^.;]{0,32}\b(?:repair(?:ed)?|treated|resolved|resolution|healed|removed|resected|stented|coiled|clipped|drained|excised|remission|follow.?up clinic|years? ago|prevention|advice|leaflet|discussed|repaired|now (?:well|better|recovered)|fully recovered|was excluded|were excluded|excluded|ruled out|unlikely|negative|not seen|absent|declined in)\b`)
	yearOld  = regexp.MustCompile(`(?i)^[^.;a-z0-9]{0,6}(?:in )?(?:[a-z]{3,9} )?((?:19|20)\d\d)\b`)
)

// saidOld reports whether what follows an illness says that it is over.
func (s *sheet) saidOld(after string) bool {
	if y := yearOld.FindStringSubmatch(after); y != nil && s.past(y[1]) {
		return true
	}
	return afterOld.MatchString(notDenials.ReplaceAllString(after, ""))
}

// acuteIn are the acute wordings on a row that are no history and not denied.
func (s *sheet) acuteIn(row int, code postroom.TypeCode, sheets []*sheet) []mark {
	var out []mark
	text := s.rows()[row].text
	over := text + s.runsOn(row)
	lower := strings.ToLower(over)
	for _, a := range acuteWordings {
		if a.kind.over(code) {
			continue
		}
		for _, m := range findAll(a.wordings, over, lower) {
			if a.kind == acuteHaste && (dosing.MatchString(over[m[0]:m[1]]) || code == postroom.OperationNote && wardWork.MatchString(over[m[0]:m[1]])) || a.kind == acuteRisk && asksThem.MatchString(over[:m[0]+1]) {
				continue
			}
			for m[0] < m[1] && !isLetter(over[m[0]]) && !isDigit(over[m[0]]) {
				m[0]++
			}
			if m[0] >= len(text) || a.kind >= acuteFinding && (listsOld.MatchString(text[:m[0]]) || beforeOld.MatchString(s.sentence(row, m[0])) || s.saidOld(over[m[1]:])) {
				continue
			}
			if s.calmly(row, m[0], "", a.kind != acuteHaste) || s.calmAt(row, m, over, code, sheets, a.kind != acuteHaste) {
				continue
			}
			out = append(out, mark{strings.ToLower(strings.Join(strings.Fields(over[m[0]:m[1]]), " ")), row, m[0], false})
		}
	}
	return out
}
