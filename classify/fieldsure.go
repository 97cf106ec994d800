package classify

import "github.com/postroom/postroom"

// support is how often values of a field are right at least, and how that grows with what speaks
// for them. The model learned on letters that are like each other, and doubts what stands
// elsewhere; of 600 letters by several hands more were right than it said. No field becomes as
// sure by it as those that may be believed unseen.
var support = map[postroom.FieldName]struct{ base, slope, rule, most float64 }{
	postroom.Address:            {0.1, 1.65, 0, mostSupported},
	postroom.PatientPhone:       {0.1, 1.05, 0, mostSupported},
	postroom.Recipient:          {0.78, 0.16, 0.6, mostSupported},
	postroom.SenderClinician:    {0.74, 0.2, 0.6, mostSupported},
	postroom.AdmissionDate:      {0.75, 0.25, 0, mostSupported},
	postroom.DischargeDate:      {0.75, 0.25, 0, mostDating},
	postroom.EventDate:          {0.35, 0.7, 0, mostDating},
	postroom.SenderOrganisation: {0.3, 0.7, 0, mostSupported},
	postroom.SenderDepartment:   {0.45, 0.55, 0, mostSupported},
}

const (
	mostSupported = 0.94
	mostDating    = 0.74 // a document without a day of its own is dated by these where they are sure
)

// A ruling is a field's value with how sure the rule is that found it, 0 for none.
type ruling struct {
	value string
	rule  float64
}

// found keeps which rule found a field.
func (c *collector) found(name postroom.FieldName, r *reading) {
	if c.ruledBy == nil {
		c.ruledBy = map[postroom.FieldName]ruling{}
	}
	c.ruledBy[name] = ruling{r.value, r.ruled}
}

// support raises the confidences of fields to what is known of their kind, when all else is
// settled. Values that no rule, or only a weak one, has found keep their own where a rule is asked for.
func (c *collector) support() {
	for name, k := range support {
		f, ok := c.fields[name]
		if by, found := c.ruledBy[name]; !ok || !f.Valid || !found || by.value != f.Value || by.rule < k.rule {
			continue
		}
		most := k.most
		if f.Confidence >= 0.75 {
			most = mostSupported
		}
		f.Confidence = max(f.Confidence, postroom.Confidence(min(most, k.base+k.slope*float64(f.Confidence))))
		c.fields[name] = f
	}
}
