package generate

import "strings"

var femaleNames = strings.Fields(`Margaret Jean Mary Dorothy Patricia Barbara Sheila Joan Susan Christine Linda Carol Janet Ann Julie Karen Deborah
Tracey Sharon Helen Sarah Emma Claire Nicola Rachel Laura Rebecca Gemma Charlotte Jessica Chloe Sophie Emily Olivia Amelia Isla Ava Grace Freya
Priya Aisha Fatima Zainab Sunita Anjali Meera Nasreen Shabana Wei Mei Agnieszka Katarzyna Oluwaseun Chidinma Ngozi Siobhan Niamh Bronwen Carys
Eleanor Beatrice Winifred Edith Hilda Ivy Pearl Rosemary Geraldine Maureen Philippa Yvonne Zoe Anna-Marie Joanne Lesley Lynne Wendy Gillian Heather`)

var maleNames = strings.Fields(`John Peter David Michael Robert James William Thomas George Kenneth Brian Ronald Derek Alan Keith Roger Anthony
Stephen Paul Mark Andrew Kevin Gary Ian Simon Christopher Matthew Daniel Joshua Jack Oliver Harry Noah Leo Arthur Muhammad Ahmed Imran Rajesh
Sanjay Vikram Arjun Hassan Yusuf Ibrahim Krzysztof Piotr Tomasz Emeka Kwame Declan Sean Gareth Rhys Owain Hamish Callum Alasdair Ernest Albert
Stanley Leonard Norman Cyril Gordon Dennis Raymond Jean-Paul Terence Clive Nigel Graham Trevor Malcolm Hugh Edward Philip Martin Stuart Neil`)

var familyNames = strings.Fields(`Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood
Jackson Clarke Harris Lewis Martin Cooper King Ward Turner Morris Hughes Edwards Hill Moore Clark Harrison Scott Young Allen Mitchell Anderson Parker
Bailey Collins Shaw Murphy Miller Cox Marshall Simpson Price Webb Rogers Gray Adams Foster Graham Russell Holmes Hunt Palmer Stevens Fletcher Reynolds
Hargreaves Ashworth Butterworth Entwistle Kershaw Ogden Pilkington Ramsbottom Sutcliffe Thistlethwaite Winstanley Yardley Fairhurst Greenhalgh
O'Brien O'Connor O'Sullivan McCarthy McDonald MacLeod McKenzie Fitzgerald Kelly Byrne Doyle Patel Khan Hussain Ahmed Begum Singh Kaur Shah Ali Malik
Chowdhury Rahman Sharma Gupta Desai Chan Wong Nowak Kowalski Wisniewska Okafor Adeyemi Mensah Boateng Smith-Jones Hamilton-Reed Carter-Lee Llewellyn
Pritchard Bevan Cadwallader Featherstone Abernathy Birtwistle Crabtree Dewhurst Eccles Farnworth Gorton Haslam Iddon Jessop Kay Lomax Nuttall`)

var streets = strings.Split(`High Street|Station Road|Church Lane|Victoria Road|Mill Lane|Park Avenue|The Crescent|Albert Street|Queens Drive|Manor Close|
Green Lane|Chapel Street|Bridge Street|Windsor Road|Kingsway|Orchard Grove|Meadow View|School Lane|North Parade|South Terrace|Brook Street|Elm Avenue|
Lime Grove|Canal Walk|Quarry Bank|Foundry Row|Cobden Street|Gladstone Terrace|Wellington Place|Nelson Street|Sycamore Drive|Beech Road|Ashfield Rise|
Hawthorn Way|Priory Gardens|St John's Road|Market Place|Moorland View|Hillside|Riverside Court`, "|")

type place struct{ town, outward, dialling string }

// The places do not exist; the outward codes and dialling codes are of a real form.
var places = []place{
	{"Ashcombe", "AQ4", "0161"}, {"Marlfield", "MQ12", "0161"}, {"Northwick", "NV3", "0113"}, {"Thornley Bridge", "TQ7", "0114"},
	{"Castleton Vale", "CV31", "0117"}, {"Penwithen", "PQ1", "0118"}, {"Harrowgate Moor", "HQ9", "0191"}, {"Eastmere", "EQ2", "0151"},
	{"Wexcombe", "WQ14", "0121"}, {"Little Stourton", "LS2", "0116"},
}

func init() {
	for i, s := range streets {
		streets[i] = strings.TrimSpace(s)
	}
}
