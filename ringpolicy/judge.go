package ringpolicy

type scope struct{}
type finding struct{}

func (Checks) judge(*scope, *Criterion) finding    { return finding{} }
func (Metric) judge(*scope, *Criterion) finding    { return finding{} }
func (Incidents) judge(*scope, *Criterion) finding { return finding{} }
func (Approval) judge(*scope, *Criterion) finding  { return finding{} }
func (Signals) judge(*scope, *Criterion) finding   { return finding{} }
func (SignOff) judge(*scope, *Criterion) finding   { return finding{} }
