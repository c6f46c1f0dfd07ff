package github

import "strings"

// A User is an account. A nil one was deleted.
type User struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

// Account returns the login of an account; "" if it was deleted.
func (u *User) Account() string {
	if u == nil {
		return ""
	}
	return u.Login
}

// IsBot reports whether an account is not a person's.
func (u *User) IsBot() bool { return u != nil && u.Type != "User" }

// String returns the login of an account, or says that it was deleted.
func (u *User) String() string {
	if u == nil {
		return "(a deleted account)"
	}
	return u.Login
}

// SameAccount reports whether two logins are of one account. GraphQL leaves the end of the login of a bot out.
func SameAccount(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "[bot]"), strings.TrimSuffix(b, "[bot]"))
}
