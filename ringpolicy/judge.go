package ringpolicy

type scope struct{}
type finding struct{}

func (ChecksRule) judge(*scope, *Criterion) finding    { return finding{} }
func (MetricRule) judge(*scope, *Criterion) finding    { return finding{} }
func (IncidentsRule) judge(*scope, *Criterion) finding { return finding{} }
func (ApprovalRule) judge(*scope, *Criterion) finding  { return finding{} }
func (SignalsRule) judge(*scope, *Criterion) finding   { return finding{} }
func (SignOffRule) judge(*scope, *Criterion) finding   { return finding{} }
