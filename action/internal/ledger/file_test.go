package ledger_test

import (
	"path/filepath"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/ledgertest"
)

func TestFileIsALedger(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) ledger.Ledger {
		return ledger.File{Path: filepath.Join(t.TempDir(), "new", "folder", "ledger.jsonl")}
	})
}
