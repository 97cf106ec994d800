package main

import (
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// learningConfig says when the program learns from people's decisions.
type learningConfig struct {
	// Nightly is the time of day at which postroom run learns, as 02:30, or never.
	Nightly string `yaml:"nightly"`
	// Keep is how many earlier models stay to go back to; 10.
	Keep int `yaml:"keep"`
}

type timeOfDay struct{ hour, minute int }

// at is when to learn; false is never.
func (l learningConfig) at() (timeOfDay, bool) {
	switch l.Nightly {
	case "":
		return timeOfDay{2, 30}, true
	case "never":
		return timeOfDay{}, false
	}
	t, err := time.Parse("15:04", l.Nightly)
	return timeOfDay{t.Hour(), t.Minute()}, err == nil
}

func (l learningConfig) keep() int {
	if l.Keep == 0 {
		return 10
	}
	return l.Keep
}

func (l learningConfig) check() error {
	if _, ok := l.at(); !ok && l.Nightly != "never" {
		return fmt.Errorf("nightly: write a time of day such as 02:30, or never")
	}
	if l.Keep < 0 || l.Keep > 1000 {
		return fmt.Errorf("keep: write how many models to keep, from 1 to 1000")
	}
	return nil
}

// typeConfig is a type of document that the practice has added.
type typeConfig struct {
	Code  postroom.TypeCode `yaml:"code"`
	Title string            `yaml:"title"`
	// Like is the type whose SNOMED and LOINC codes stand in for it; admin_letter by default.
	Like postroom.TypeCode `yaml:"like"`
	// Urgency is routine, same_day or at_once; that of Like by default.
	Urgency string `yaml:"urgency"`
}

var urgencies = map[string]postroom.UrgencyClass{"routine": postroom.Routine, "same_day": postroom.SameDay, "at_once": postroom.AtOnce}

// practiceTypes are the practice's own types.
func practiceTypes(list []typeConfig) ([]postroom.DocumentType, error) {
	var out []postroom.DocumentType
	for i, c := range list {
		if c.Like == "" {
			c.Like = postroom.AdminLetter
		}
		t, ok := postroom.TypeOf(c.Like)
		if !ok {
			return nil, &settingError{fmt.Sprintf("$.types[%d].like", i), fmt.Errorf("there is no type %q", c.Like)}
		}
		t.Code, t.Title, t.SNOMEDInexact, t.LOINCInexact = c.Code, c.Title, true, true
		if c.Urgency != "" {
			if t.Urgency, ok = urgencies[c.Urgency]; !ok {
				return nil, &settingError{fmt.Sprintf("$.types[%d].urgency", i), fmt.Errorf("write routine, same_day or at_once, not %q", c.Urgency)}
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// typeRuleConfig is what is asked of one type in place of the general values.
type typeRuleConfig struct {
	TypeConfidence  float64              `yaml:"type_confidence"`
	FieldConfidence float64              `yaml:"field_confidence"`
	DateConfidence  float64              `yaml:"date_confidence"`
	PageConfidence  float64              `yaml:"page_confidence"`
	Require         []postroom.FieldName `yaml:"require"`
}

func (c typeRuleConfig) rule() (postroom.TypeRule, error) {
	for _, v := range []float64{c.TypeConfidence, c.FieldConfidence, c.DateConfidence, c.PageConfidence} {
		if v < 0 || v > 1 {
			return postroom.TypeRule{}, fmt.Errorf("write a confidence as a number from 0 to 1, such as 0.95")
		}
	}
	for _, name := range c.Require {
		known := false
		for _, f := range postroom.FieldNames {
			known = known || f == name
		}
		if !known {
			return postroom.TypeRule{}, fmt.Errorf("require: there is no field %q", name)
		}
	}
	return postroom.TypeRule{
		TypeConfidence: postroom.Confidence(c.TypeConfidence), FieldConfidence: postroom.Confidence(c.FieldConfidence),
		DateConfidence: postroom.Confidence(c.DateConfidence), PageConfidence: postroom.Confidence(c.PageConfidence), Require: c.Require,
	}, nil
}
