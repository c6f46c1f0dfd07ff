package ahead

import (
	"errors"
	"strconv"
	"strings"
)

// A user is an account as REST has it.
type user struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

// An actor is an account as GraphQL has it; nil: it was deleted.
type actor struct {
	Typename string `json:"__typename"`
	Login    string
}

const actorFields = "{ __typename login }"

// user returns the account as REST has it, and reports whether that is certain. REST ends the login of an app with [bot], but for
// those of Copilot, which have other names there.
func (a *actor) user() (*user, bool) {
	switch {
	case a == nil:
		return nil, true
	case a.Login == "":
		return nil, false
	case a.Typename == "User", a.Typename == "Mannequin", a.Typename == "Organization":
		return &user{a.Login, a.Typename}, true
	case a.Typename == "Bot" && !strings.HasPrefix(strings.ToLower(a.Login), "copilot"):
		return &user{strings.TrimSuffix(a.Login, botEnd) + botEnd, "Bot"}, true
	}
	return nil, false
}

const botEnd = "[bot]"

// A signer is an author or committer as GraphQL has it.
type signer struct {
	Email *string
	User  *struct{ Login string }
}

// A signature is what a commit says of who made it.
type signature struct {
	Email string `json:"email"`
}

// signed returns the signature and the account that its address belongs to, and reports whether that is certain: GraphQL knows
// accounts of people there, and none of bots.
func (s *signer) signed() (signature, *user, bool) {
	switch {
	case s == nil || s.Email == nil || strings.Contains(strings.ToLower(*s.Email), botEnd+"@"):
		return signature{}, nil, false
	case s.User == nil:
		return signature{*s.Email}, nil, true
	}
	return signature{*s.Email}, &user{s.User.Login, "User"}, s.User.Login != ""
}

const personFields = "oid message author { email user { login } } committer { email user { login } }"

// A person is a commit with who made it, as GraphQL has it.
type person struct {
	OID       string
	Message   *string
	Author    *signer
	Committer *signer
}

// A commit is one as REST has it.
type commit struct {
	SHA       string `json:"sha"`
	Author    *user  `json:"author"`
	Committer *user  `json:"committer"`
	Git       struct {
		Message   string    `json:"message"`
		Author    signature `json:"author"`
		Committer signature `json:"committer"`
	} `json:"commit"`
}

func (p person) commit() (x commit, certain bool) {
	if p.OID == "" || p.Message == nil {
		return x, false
	}
	var author, committer bool
	x.SHA, x.Git.Message = p.OID, *p.Message
	x.Git.Author, x.Author, author = p.Author.signed()
	x.Git.Committer, x.Committer, committer = p.Committer.signed()
	return x, author && committer
}

// commits returns what REST would list, and reports whether all of that is certain.
func commits(people []person) ([]commit, bool) {
	all := []commit{}
	for _, p := range people {
		x, certain := p.commit()
		if !certain {
			return nil, false
		}
		all = append(all, x)
	}
	return all, true
}

// A number is one that may have more than 53 bits, which GraphQL writes as a text.
type number int64

// UnmarshalJSON reads a number that may stand in quotes.
func (n *number) UnmarshalJSON(data []byte) error {
	i, err := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	if err != nil || i <= 0 {
		return errors.New("this is not the number of anything")
	}
	*n = number(i)
	return nil
}
