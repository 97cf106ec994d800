package review

// DiscardReason is the sentence that a reason's code stands for when a document is put away,
// of those that wait and of those in quarantine; "" for a code that there is none of.
func DiscardReason(code string, quarantined bool) string {
	if !quarantined {
		return discardReasons[code]
	}
	for _, r := range quarantineReasons {
		if r.Code == code {
			return r.Text
		}
	}
	return ""
}

// ChangeReason is the same for changing what is filed.
func ChangeReason(code string) string { return filedReason(code) }
